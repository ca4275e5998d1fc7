import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '#contract';
import { meets, prepend } from './merge.ts';

const entries = (...seqs: number[]) => seqs.map((seq) => ({ seq }) as AuditEntry);
const seqs = (list: readonly AuditEntry[]) => list.map((entry) => entry.seq);

describe('live ledger', () => {
  it('puts new entries on top, once, newest first', () => {
    expect(seqs(prepend(entries(3, 2, 1), entries(3, 4, 5)))).toEqual([5, 4, 3, 2, 1]);
    expect(seqs(prepend([], entries(1, 2)))).toEqual([2, 1]);
  });

  it('notices a gap between a page and what is shown', () => {
    expect(meets(entries(3, 2), entries(6, 5, 4), false)).toBe(true);
    expect(meets(entries(3, 2), entries(8, 7, 6), false)).toBe(false);
    expect(meets(entries(3, 2), entries(8, 7, 6), true)).toBe(true);
    expect(meets([], entries(8), false)).toBe(true);
  });
});
