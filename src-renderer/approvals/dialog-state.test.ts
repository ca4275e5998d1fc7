import { describe, expect, it } from 'vitest';
import { arrivals, mayOpenByItself } from './dialog-state.ts';
import { approvalFixture } from './test-fixture.ts';

const calm = { dialogOpen: false, terminalFocused: false, typing: false, inboxShown: false };

describe('the dialog by itself', () => {
  it('opens only when it interrupts nothing', () => {
    expect(mayOpenByItself(calm)).toBe(true);
    for (const key of ['dialogOpen', 'terminalFocused', 'typing', 'inboxShown'] as const)
      expect(mayOpenByItself({ ...calm, [key]: true }), key).toBe(false);
  });

  it('tells new requests from known ones', () => {
    const pending = [approvalFixture(1), approvalFixture(2)];
    const arrived = arrivals(pending, new Set([approvalFixture(1).id]));
    expect(arrived.map((approval) => approval.id)).toEqual([approvalFixture(2).id]);
  });
});
