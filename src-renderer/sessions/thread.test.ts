import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '#contract';
import { mergeEntries, threadSteps } from './thread.ts';

const entry = (seq: number, more: Partial<AuditEntry> = {}): AuditEntry =>
  ({
    seq,
    action: 'tool.called',
    outcome: 'info',
    actor: 'owner',
    target: null,
    reason: null,
    details: {},
    ...more,
  }) as AuditEntry;

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
