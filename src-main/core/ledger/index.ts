export { type Anchor, itemAnchor } from './anchors.ts';
export type { ExportFormat } from './export-format.ts';
export { type VerifiedExport, verifyExport } from './export-verify.ts';
export {
  derivedLedgerKeys,
  fileLedgerKeys,
  type LedgerKeys,
  type SecretItem,
  storedLedgerKeys,
} from './keys.ts';
export { Ledger, type LedgerOptions, type LedgerStatus } from './ledger.ts';
export { type OfflineOptions, verifyOffline } from './offline.ts';
export type { CallOptions } from './reader-client.ts';
export type { ExportOptions } from './reading.ts';
export type { AuditPage, AuditQuery } from './reads.ts';
