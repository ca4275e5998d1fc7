export { type Anchor, fileAnchor, itemAnchor } from './anchors.ts';
export {
  derivedLedgerKeys,
  fileLedgerKeys,
  type LedgerKeys,
  type SecretItem,
  storedLedgerKeys,
} from './keys.ts';
export { Ledger, type LedgerOptions, type LedgerStatus } from './ledger.ts';
export type { AuditPage, AuditQuery } from './reads.ts';
