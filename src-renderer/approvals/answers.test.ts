import { describe, expect, it } from 'vitest';
import { answeredBefore, timeLeft, toDecision } from './answers.ts';
import { approvalFixture } from './test-fixture.ts';

describe('answers', () => {
  it('names the version that was read', () => {
    const approval = approvalFixture(1, { version: 3 });
    expect(toDecision(approval, { decision: 'allow', scope: 'session' })).toEqual({
      id: approval.id,
      version: 3,
      decision: 'allow',
      scope: 'session',
    });
    expect(toDecision(approval, { decision: 'deny', message: '  ' })).not.toHaveProperty('message');
    expect(toDecision(approval, { decision: 'deny', message: ' no ' })).toMatchObject({ message: 'no' });
  });

  it('counts what was answered before to exactly this question', () => {
    const one = approvalFixture(1);
    const all = [
      one,
      approvalFixture(2, { state: 'allowed' }),
      approvalFixture(3, { state: 'denied' }),
      approvalFixture(4, { state: 'allowed', input: { command: 'other' } }),
      approvalFixture(5, { state: 'superseded' }),
    ];
    expect(answeredBefore(one, all)).toEqual({ allowed: 1, denied: 1 });
  });

  it('says how much time is left', () => {
    const now = Date.parse('2026-01-01T00:00:00.000Z');
    const at = (ms: number) => timeLeft(new Date(now + ms).toISOString(), now);
    expect([at(1), at(59_000), at(90_000), at(3_700_000), at(0), timeLeft(null, now)]).toEqual([
      '1 s',
      '59 s',
      '1 min 30 s',
      '1 h 1 min',
      null,
      null,
    ]);
  });
});
