export { Ledger, type LedgerOptions, type LedgerStatus } from './ledger.ts';
export type { AuditPage } from './reads.ts';
