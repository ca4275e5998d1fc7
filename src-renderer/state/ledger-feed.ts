import type { AuditEntry } from '#contract';

type Listener = (entries: readonly AuditEntry[]) => void;

/** New ledger entries as they are written, for whoever shows the ledger. Nothing is kept here. */
const listeners = new Set<Listener>();
const resets = new Set<() => void>();

export const ledgerFeed = {
  publish: (entries: readonly AuditEntry[]): void => {
    for (const listener of listeners) listener(entries);
  },
  /** The feed had a gap: read again. */
  reset: (): void => {
    for (const listener of resets) listener();
  },
  subscribe(listener: Listener, onReset: () => void): () => void {
    listeners.add(listener);
    resets.add(onReset);
    return () => {
      listeners.delete(listener);
      resets.delete(onReset);
    };
  },
};
