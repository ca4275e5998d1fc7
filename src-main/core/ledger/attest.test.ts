import { expect, test } from 'vitest';
import { attest } from './attest.ts';

const root = (size: number): string => size.toString(16).padStart(64, '0');
const head = (size: number) => ({ size, root: root(size), boot: 'this boot' });
const nothing = { witnesses: [], findings: [] };

test.each([
  ['after an orderly end', 9, [head(9), head(9)]],
  ['killed before the announced commit', 9, [head(9), head(12)]],
  ['killed after it, before it was confirmed', 12, [head(9), head(12)]],
])('%s all is well', (_when, size, heads) => {
  expect(attest(size, root, heads, nothing, 'this boot')).toEqual({ findings: [], recoveredFrom: undefined });
});

test.each([
  ['below what was confirmed', 8, [head(9), head(12)], 9],
  ['between confirmed and announced: a commit happens whole', 11, [head(9), head(12)], 12],
  ['below both after an orderly end', 3, [head(9), head(9)], 4],
])('a size %s means the end was cut off', (_where, size, heads, seq) => {
  const { findings } = attest(size, root, heads, nothing, 'this boot');
  expect(findings).toHaveLength(1);
  expect(findings[0]).toMatchObject({ seq, problem: expect.stringContaining('missing') });
});

test('entries beyond the announced head were not written by this ledger, unless the machine went down', () => {
  const heads = [head(9), head(9)];
  expect(attest(11, root, heads, nothing, 'this boot').findings[0]).toMatchObject({ seq: 10 });
  expect(attest(11, root, heads, nothing, 'a later boot')).toEqual({ findings: [], recoveredFrom: 10 });
});
