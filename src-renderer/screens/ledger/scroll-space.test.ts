import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_HEIGHT, mostRows, placeAt, rowsAt, scrolled, spaceOf } from './scroll-space.ts';

const ROW = 32;
const VIEW = 600;
const count = fc.integer({ min: 100, max: 20_000_000 });

describe('a list taller than a browser can lay out', () => {
  it('is laid out as it is while it fits', () => {
    const space = spaceOf(1000, ROW);
    expect(space.laid).toBe(32_000);
    expect(scrolled({ scrollTop: 0, offset: 0 }, 20_000, space, VIEW)).toEqual({
      scrollTop: 20_000,
      offset: 0,
    });
  });

  it('shows any row where it was asked for, inside the layout', () => {
    fc.assert(
      fc.property(count, fc.double({ min: 0, max: 1, noNaN: true }), (rows, part) => {
        const space = spaceOf(rows, ROW);
        const y = Math.floor(part * (space.full - VIEW));
        const place = placeAt(y, space, VIEW);
        expect(place.scrollTop + place.offset).toBe(y);
        expect(place.scrollTop).toBeGreaterThanOrEqual(0);
        expect(place.scrollTop).toBeLessThanOrEqual(space.laid);
      }),
    );
  });

  it('moves exactly as far as a wheel turns', () => {
    fc.assert(
      fc.property(
        count,
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        fc.integer({ min: -500, max: 500 }),
        (rows, part, by) => {
          const space = spaceOf(rows, ROW);
          const from = placeAt(Math.floor(part * (space.full - VIEW)), space, VIEW);
          const y = from.scrollTop + from.offset;
          fc.pre(y + by > 0 && y + by < space.full - VIEW);
          fc.pre(from.scrollTop + by > 0 && from.scrollTop + by < space.laid - VIEW - 1);
          const to = scrolled(from, from.scrollTop + by, space, VIEW);
          expect(to.scrollTop + to.offset).toBe(y + by);
        },
      ),
    );
  });

  it('goes to both ends with the scroll bar', () => {
    const space = spaceOf(1_000_000, ROW);
    expect(space.laid).toBe(MAX_HEIGHT);
    const end = scrolled({ scrollTop: 0, offset: 0 }, MAX_HEIGHT - VIEW, space, VIEW);
    expect(end.scrollTop + end.offset).toBe(space.full - VIEW);
    const start = scrolled(end, 0, space, VIEW);
    expect(start.scrollTop + start.offset).toBe(0);
    const middle = scrolled(start, (MAX_HEIGHT - VIEW) / 2, space, VIEW);
    expect((middle.scrollTop + middle.offset) / space.full).toBeCloseTo(0.5, 3);
  });

  it('draws what is in view, and never more than it has elements for', () => {
    fc.assert(
      fc.property(
        count,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.integer({ min: 50, max: 3000 }),
        (rows, part, view) => {
          const space = spaceOf(rows, ROW);
          const y = Math.floor(part * Math.max(0, space.full - view));
          const { first, last } = rowsAt(placeAt(y, space, view), view, ROW, rows);
          expect(first * ROW).toBeLessThanOrEqual(y);
          expect(last === rows || last * ROW >= y + view).toBe(true);
          expect(last - first).toBeLessThanOrEqual(mostRows(view, ROW));
        },
      ),
    );
  });
});
