import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { changedPart, diffLines, foldUnchanged, linesOf } from './line-diff.ts';

const shape = (before: string, after: string) =>
  diffLines(before, after).lines.map((line) => ({ same: ' ', add: '+', remove: '-' })[line.kind] + line.text);

describe('line diff', () => {
  it('finds the shortest change', () => {
    expect(shape('a\nb\nc', 'a\nx\nc')).toEqual([' a', '-b', '+x', ' c']);
    expect(shape('', 'a\nb\n')).toEqual(['+a', '+b']);
    expect(shape('a\n', '')).toEqual(['-a']);
    expect(shape('a\nb\nc\na\nb\nb\na', 'c\nb\na\nb\na\nc').filter((line) => line[0] !== ' ')).toHaveLength(
      5,
    );
  });

  it('shows a changed line ending', () => {
    expect(shape('a\r\nb', 'a\nb')).toEqual(['-a\r', '+a', ' b']);
  });

  it('rebuilds both texts from the diff, with right line numbers', () => {
    const text = fc
      .array(fc.constantFrom('a', 'b', 'c', ''), { maxLength: 30 })
      .map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(text, text, fc.constantFrom(3, 1000), (before, after, bound) => {
        const { lines, added, removed } = diffLines(before, after, bound);
        const oldSide = lines.filter((line) => line.kind !== 'add');
        const newSide = lines.filter((line) => line.kind !== 'remove');
        expect(oldSide.map((line) => line.text)).toEqual(linesOf(before));
        expect(newSide.map((line) => line.text)).toEqual(linesOf(after));
        expect(oldSide.map((line) => line.oldLine)).toEqual(oldSide.map((_, i) => i + 1));
        expect(newSide.map((line) => line.newLine)).toEqual(newSide.map((_, i) => i + 1));
        expect(added - removed).toBe(newSide.length - oldSide.length);
      }),
    );
  });

  it('falls back to whole replacement when the texts have nothing in common', () => {
    const many = (tag: string) => Array.from({ length: 3000 }, (_, i) => `${tag}${i}`).join('\n');
    const diff = diffLines(many('a'), many('b'));
    expect(diff).toMatchObject({ coarse: true, added: 3000, removed: 3000 });
  });

  it('folds long unchanged stretches and keeps context', () => {
    const before = Array.from({ length: 30 }, (_, i) => `l${i}`);
    const after = before.with(15, 'changed');
    const hunks = foldUnchanged(diffLines(before.join('\n'), after.join('\n')).lines);
    expect(hunks.map((hunk) => [hunk.folded, hunk.lines.length])).toEqual([
      [true, 12],
      [false, 8],
      [true, 11],
    ]);
  });

  it('names the changed part of a replaced line', () => {
    expect(changedPart('const a = 1;', 'const a = 22;')).toEqual({ start: 10, oldEnd: 11, newEnd: 12 });
    expect(changedPart('abc', 'xyz')).toBeNull();
    expect(changedPart('aa', 'aaa')).toEqual({ start: 2, oldEnd: 2, newEnd: 3 });
  });
});
