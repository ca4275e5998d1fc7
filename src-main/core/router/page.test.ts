import fc from 'fast-check';
import { expect, test } from 'vitest';
import { page } from './page.ts';

test('the pages together are the list, whatever their size', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.string({ minLength: 1 })),
      fc.integer({ min: 1, max: 5 }),
      (names, limit) => {
        const list = [...names].sort((a, b) => (a < b ? -1 : 1));
        const seen: string[] = [];
        let cursor: string | undefined;
        for (let i = 0; i <= list.length; i += 1) {
          const { items, next_cursor } = page(list, { limit, cursor }, (name) => name);
          expect(items.length).toBeLessThanOrEqual(limit);
          seen.push(...items);
          if (next_cursor === null) break;
          cursor = next_cursor;
        }
        expect(seen).toEqual(list);
      },
    ),
  );
});

test('without a limit all of it, and an item that went away meanwhile skips nothing', () => {
  expect(page(['a', 'c', 'd'], {}, (name) => name)).toEqual({ items: ['a', 'c', 'd'], next_cursor: null });
  expect(page(['a', 'c', 'd'], { cursor: 'b', limit: 1 }, (name) => name)).toEqual({
    items: ['c'],
    next_cursor: 'c',
  });
});
