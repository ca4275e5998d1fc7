import { type RefObject, useCallback, useLayoutEffect, useRef, useState } from 'react';
import { useSize } from '../../ui/use-size.ts';
import {
  mostRows,
  type Place,
  placeAt,
  type Rows,
  rowsAt,
  type Space,
  scrolled,
  spaceOf,
} from './scroll-space.ts';

export interface ListScroll {
  space: Space;
  /** Pixels between a row's place in the list and in the layout. */
  offset: number;
  rows: Rows;
  /** Rows this many apart are never drawn at once. */
  most: number;
  /** First row in view, and the first one after the view. */
  view(): Rows;
  onScroll(): void;
  /** Brings a row into view, in the middle if it was far away. */
  reveal(index: number): void;
  toTop(): void;
}

export interface ScrollOptions {
  count: number;
  rowHeight: number;
  /** Pixels at the top of the scroller in which no rows are seen: a header that stays. */
  above: number;
}

/** Which rows of a list of any length are in view. */
export function useScroll(
  scroller: RefObject<HTMLDivElement | null>,
  { count, rowHeight, above }: ScrollOptions,
): ListScroll {
  const height = Math.max(0, useSize(scroller).height - above);
  const space = spaceOf(count, rowHeight);
  const place = useRef<Place>({ scrollTop: 0, offset: 0 });
  const [drawn, setDrawn] = useState<Rows & { offset: number }>({ first: 0, last: 0, offset: 0 });
  const latest = useRef({ space, height, count });
  latest.current = { space, height, count };

  const go = useCallback(
    (next: Place) => {
      place.current = next;
      const { height, count } = latest.current;
      const rows = rowsAt(next, height, rowHeight, count);
      setDrawn((old) =>
        old.first === rows.first && old.last === rows.last && old.offset === next.offset
          ? old
          : { ...rows, offset: next.offset },
      );
    },
    [rowHeight],
  );
  const set = (next: Place) => {
    go(next);
    if (scroller.current && Math.abs(scroller.current.scrollTop - next.scrollTop) >= 1)
      scroller.current.scrollTop = next.scrollTop;
  };
  // The list grew or shrank, or the window did.
  // biome-ignore lint/correctness/useExhaustiveDependencies: `go` reads both from the newest drawing
  useLayoutEffect(() => go(place.current), [go, count, height]);

  const view = (): Rows => {
    const y = place.current.scrollTop + place.current.offset;
    return {
      first: Math.floor(y / rowHeight),
      last: Math.min(count, Math.max(0, Math.ceil((y + height) / rowHeight))),
    };
  };
  return {
    space,
    offset: drawn.offset,
    rows: { first: Math.min(drawn.first, count), last: Math.min(drawn.last, count) },
    most: mostRows(height, rowHeight),
    view,
    onScroll: () => {
      const top = scroller.current?.scrollTop ?? 0;
      // The event of a scroll of our own.
      if (Math.abs(top - place.current.scrollTop) < 1) return;
      set(scrolled(place.current, top, space, height));
    },
    reveal: (index) => {
      const y = place.current.scrollTop + place.current.offset;
      const top = index * rowHeight;
      if (top >= y && top + rowHeight <= y + height) return;
      const near = Math.abs(top - y) < height * 2;
      const goal = near ? (top < y ? top : top + rowHeight - height) : top - height / 2;
      set(placeAt(goal, space, height));
    },
    toTop: () => set({ scrollTop: 0, offset: 0 }),
  };
}
