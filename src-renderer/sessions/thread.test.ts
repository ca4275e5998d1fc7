import { describe, expect, it } from 'vitest';
import { type AuditEntry, AuditEntry as Schema } from '#contract';
import { mergeEntries, threadSteps } from './thread.ts';

const entry = (seq: number, more: Partial<AuditEntry> = {}): AuditEntry =>
  Schema.parse({
    id: `aud_${String(seq).padStart(32, '0')}`,
    seq,
    time: '2026-01-01T00:00:00.000Z',
    action: 'tool.called',
    outcome: 'info',
    actor: 'owner',
    on_behalf_of: null,
    tenant: 'default',
    agent: null,
    session_id: null,
    service: null,
    target: null,
    code: null,
    reason: null,
    request_id: null,
    approval_id: null,
    bytes_in: null,
    bytes_out: null,
    duration_ms: null,
    details: {},
    prev_hash: '0',
    hash: '0',
    ...more,
  });

describe('thread', () => {
  it('keeps the order of the ledger and each entry once', () => {
    const merged = mergeEntries([entry(2), entry(4)], [entry(5), entry(1), entry(4)]);
    expect(merged.map((one) => one.seq)).toEqual([1, 2, 4, 5]);
  });

  it('tells each step in words', () => {
    const steps = threadSteps([
      entry(1, { action: 'session.started' }),
      entry(2, { action: 'approval.decided', outcome: 'denied', target: 'Bash', reason: 'not now' }),
      entry(3, { action: 'gate.request', outcome: 'denied', target: 'GET a.example', reason: 'no grant' }),
      entry(4, { action: 'gate.completed', target: 'GET a.example', details: { status: 200 } }),
      entry(5, { action: 'grant.added' }),
    ]);
    expect(steps.map(({ kind, title, detail }) => [kind, title, detail])).toEqual([
      ['session', 'Session started', null],
      ['approval', 'Denied by owner', 'Bash · not now'],
      ['request', 'Request refused by the Gate', 'GET a.example · no grant'],
      ['request', 'Request completed', 'GET a.example · status 200'],
      ['other', 'An agent was allowed to use a credential', null],
    ]);
  });
});
