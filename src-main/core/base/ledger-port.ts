import type { AuditEvent } from '#contract';

/**
 * The one thing services below the control plane need of the ledger. Resolves when the entry is durable; rejects with
 * LEDGER_UNAVAILABLE, and then the action it stands for must not happen.
 */
export interface LedgerPort {
  append(event: AuditEvent): Promise<unknown>;
}
