import { describe, expect, it } from 'vitest';
import { diffRows } from './diff-rows.ts';
import { diffLines } from './line-diff.ts';

const none = new Set<number>();

describe('diff rows', () => {
  it('folds unchanged stretches until they are opened', () => {
    const before = Array.from({ length: 20 }, (_, i) => `l${i}`);
    const diff = diffLines(before.join('\n'), before.with(10, 'x').join('\n'));
    expect(diffRows(diff, none).map((row) => row.type)).toEqual(['fold', ...Array(8).fill('line'), 'fold']);
    const opened = diffRows(diff, new Set([0]));
    expect(opened.filter((row) => row.type === 'fold')).toHaveLength(1);
    expect(opened).toHaveLength(7 + 8 + 1);
  });

  it('marks the changed part of a replaced line', () => {
    const rows = diffRows(diffLines('let a = 1;', 'let a = 25;'), none);
    expect(rows).toMatchObject([
      { kind: 'remove', changed: { start: 8, end: 9 } },
      { kind: 'add', changed: { start: 8, end: 10 } },
    ]);
  });

  it('cuts a very long line without losing a character, and places the changed part right', () => {
    const before = 'x'.repeat(5000);
    const after = `${'x'.repeat(3000)}Y${'x'.repeat(2000)}`;
    const rows = diffRows(diffLines(before, after), none).filter((row) => row.type === 'line');
    const added = rows.filter((row) => row.kind === 'add');
    expect(added.map((row) => row.text).join('')).toBe(after);
    expect(added.every((row) => row.text.length <= 2000)).toBe(true);
    expect(added.find((row) => row.changed)).toMatchObject({
      continued: true,
      changed: { start: 1000, end: 1001 },
    });
    expect(new Set(rows.map((row) => row.key)).size).toBe(rows.length);
  });
});
