import { describe, expect, it } from 'vitest';
import type { Approval } from '#contract';
import { matchesSearch, nextPending, settledSentence, sortInbox, stepPending } from './queue.ts';
import { approvalFixture } from './test-fixture.ts';

const ids = (list: Approval[]) => list.map((approval) => approval.id.slice(-1));
const at = (n: number, more: Partial<Approval> = {}) =>
  approvalFixture(n, { opened_at: `2026-01-01T00:00:0${n}.000Z`, ...more });

describe('inbox', () => {
  it('puts the longest waiting first and the newest answer on top', () => {
    const { pending, history } = sortInbox([
      at(3),
      at(1),
      at(2, { state: 'denied', decided_at: '2026-01-01T00:01:00.000Z' }),
      at(4, { state: 'allowed', decided_at: '2026-01-01T00:02:00.000Z' }),
    ]);
    expect(ids(pending)).toEqual(['1', '3']);
    expect(ids(history)).toEqual(['4', '2']);
  });

  it('finds the next one to answer, and stops at the ends', () => {
    const pending = [at(1), at(2), at(3)];
    expect(nextPending(pending, at(2).id, at(2).opened_at)?.id).toBe(at(3).id);
    expect(nextPending(pending, at(3).id, at(3).opened_at)?.id).toBe(at(1).id);
    expect(nextPending([at(1)], at(1).id, at(1).opened_at)).toBeNull();
    // The one just answered has left the list already.
    expect(nextPending([at(1), at(3)], at(2).id, at(2).opened_at)?.id).toBe(at(3).id);
    expect(stepPending(pending, at(1).id, 1)?.id).toBe(at(2).id);
    expect(stepPending(pending, at(1).id, -1)).toBeNull();
  });

  it('searches every word in what can be seen', () => {
    const approval = at(1, { tool: 'Bash', input: { command: 'npm test' }, session_name: 'fix login' });
    expect(matchesSearch(approval, 'LOGIN npm')).toBe(true);
    expect(matchesSearch(approval, 'login yarn')).toBe(false);
    expect(matchesSearch(approval, '  ')).toBe(true);
  });

  it('says what became of a request', () => {
    const say = (more: Partial<Approval>) => settledSentence(at(1, more));
    expect(say({ state: 'allowed', decided_by: 'owner', decided_via: 'app', decided_scope: 'session' })).toBe(
      'Allowed for this session by owner in the app.',
    );
    expect(say({ state: 'denied', decided_by: 'ci', decided_via: 'api' })).toBe(
      'Denied by ci through the API.',
    );
    expect(say({ state: 'superseded', outcome: null })).toBe('Answered in the terminal.');
    expect(say({ state: 'expired', outcome: 'The session ended.' })).toBe('The session ended.');
  });
});
