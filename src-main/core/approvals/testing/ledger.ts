import type { AuditEntry, AuditEvent } from '#contract';
import { AegisError } from '../../base/errors.ts';
import { newId } from '../../base/ids.ts';
import { nowIso } from '../../base/time.ts';
import type { LedgerPort } from '../approvals.ts';

/**
 * A ledger in memory whose failures can be chosen: `down` refuses, `stuck` writes and never says so, which is what a
 * crash right after the write looks like.
 */
export class MemoryLedger implements LedgerPort {
  readonly entries: AuditEntry[] = [];
  mode: 'ok' | 'down' | 'stuck' = 'ok';

  async append(event: AuditEvent): Promise<AuditEntry> {
    if (this.mode === 'down') throw new AegisError('LEDGER_UNAVAILABLE', 'The disk is full.');
    await Promise.resolve();
    const entry: AuditEntry = {
      on_behalf_of: null,
      tenant: 'default',
      service: null,
      code: null,
      request_id: null,
      bytes_in: null,
      bytes_out: null,
      duration_ms: null,
      ...event,
      agent: event.agent ?? null,
      session_id: event.session_id ?? null,
      target: event.target ?? null,
      reason: event.reason ?? null,
      approval_id: event.approval_id ?? null,
      details: event.details ?? {},
      id: newId('aud'),
      seq: this.entries.length + 1,
      time: nowIso(),
      prev_hash: '',
      hash: '',
    } as AuditEntry;
    this.entries.push(entry);
    if (this.mode === 'stuck') await new Promise(() => undefined);
    return entry;
  }

  list(filter: { approval_id?: string; action?: string }): { items: AuditEntry[] } {
    return {
      items: this.entries.filter(
        (entry) =>
          (filter.approval_id === undefined || entry.approval_id === filter.approval_id) &&
          (filter.action === undefined || entry.action === filter.action),
      ),
    };
  }
}
