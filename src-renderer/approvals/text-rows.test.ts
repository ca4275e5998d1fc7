import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rowAt, textRows } from './text-rows.ts';

describe('text rows', () => {
  it('covers every character but the line feeds, in order, within the length', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'b', '\n', '😀', '\r'), maxLength: 300 }),
        (text) => {
          const rows = textRows(text, 7);
          for (const row of rows) {
            expect(row.end - row.start).toBeLessThanOrEqual(7);
            expect(text.slice(row.start, row.end)).not.toMatch(/\n/);
            expect(text.slice(row.start, row.end)).not.toMatch(/^[\udc00-\udfff]|[\ud800-\udbff]$/);
          }
          const back = rows
            .map((row, i) => (i > 0 && !row.continued ? '\n' : '') + text.slice(row.start, row.end))
            .join('');
          expect(back).toBe(text.length > 1 && text.endsWith('\n') ? text.slice(0, -1) : back);
          expect(back.replaceAll('\n', '')).toBe(text.replaceAll('\n', ''));
        },
      ),
    );
  });

  it('numbers lines and tells continued rows', () => {
    expect(textRows('abcdef\ng', 4)).toEqual([
      { start: 0, end: 4, line: 1, continued: false },
      { start: 4, end: 6, line: 1, continued: true },
      { start: 7, end: 8, line: 2, continued: false },
    ]);
    expect(textRows('')).toEqual([{ start: 0, end: 0, line: 1, continued: false }]);
    expect(textRows('a\n')).toHaveLength(1);
  });

  it('finds the row of an offset', () => {
    const rows = textRows('ab\ncd\nef');
    expect([0, 2, 3, 5, 6, 8].map((offset) => rowAt(rows, offset))).toEqual([0, 0, 1, 1, 2, 2]);
  });

  it('cuts a megabyte on one line into bounded rows', () => {
    expect(textRows('x'.repeat(1_000_000))).toHaveLength(500);
  });
});
