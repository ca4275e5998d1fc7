/**
 * Browsers lay out elements up to some ten million pixels only; a million rows are more. Beyond `MAX_HEIGHT` the
 * scroll bar stands for the whole list while small movements stay exact: the layout is moved under the view.
 */

/** Tallest layout that every engine still draws exactly, in pixels. */
export const MAX_HEIGHT = 8_000_000;
/** Where small movements pass from one stretch of a squeezed list to the next, in pixels. */
const STRETCH = MAX_HEIGHT / 100;

export interface Space {
  /** Rows times row height. */
  readonly full: number;
  /** Height the scroller is given. */
  readonly laid: number;
}

export function spaceOf(count: number, rowHeight: number): Space {
  const full = count * rowHeight;
  return { full, laid: Math.min(full, MAX_HEIGHT) };
}

/** Where the view is: `scrollTop` is what the scroller says, `offset` what has to be added for the place in the list. */
export interface Place {
  readonly scrollTop: number;
  readonly offset: number;
}

/** The offset of a stretch of the list, so that the last one ends where the layout ends. */
function offsetOf(y: number, { full, laid }: Space): number {
  if (full <= laid) return 0;
  const stretches = Math.floor(full / STRETCH);
  const stretch = Math.max(0, Math.min(stretches - 1, Math.floor(y / STRETCH)));
  return Math.round((stretch * (full - laid)) / (stretches - 1));
}

/** The place that shows row pixel `y` at the top of a view of this height. */
export function placeAt(y: number, space: Space, viewport: number): Place {
  const top = Math.max(0, Math.min(y, space.full - viewport));
  const offset = offsetOf(top, space);
  return { scrollTop: top - offset, offset };
}

/**
 * What a scroll event means. A movement within one view is taken as it is; a longer one is a pull at the scroll bar
 * and goes to that part of the whole list. Where the answer's `scrollTop` differs, the scroller is to be set to it.
 */
export function scrolled(from: Place, scrollTop: number, space: Space, viewport: number): Place {
  if (space.full <= space.laid) return { scrollTop, offset: 0 };
  const moved = scrollTop - from.scrollTop;
  const atEdge = scrollTop <= 0 || scrollTop >= space.laid - viewport - 1;
  if (Math.abs(moved) <= viewport && !atEdge) return placeAt(scrollTop + from.offset, space, viewport);
  const part = Math.max(0, Math.min(1, scrollTop / (space.laid - viewport)));
  // Keeps what the scroller says: it is being dragged, and setting it would tear it out of the hand.
  return { scrollTop, offset: Math.round(part * (space.full - viewport) - scrollTop) };
}

export interface Rows {
  readonly first: number;
  /** Exclusive. */
  readonly last: number;
}

/** Rows are drawn in steps of this many, so that not every pixel draws anew. */
const STEP = 8;

/** Rows to draw: those in view and some around them. */
export function rowsAt(place: Place, viewport: number, rowHeight: number, count: number): Rows {
  const y = place.scrollTop + place.offset;
  const first = Math.floor(y / rowHeight / STEP - 1) * STEP;
  const last = Math.ceil((y + viewport) / rowHeight / STEP + 1) * STEP;
  return { first: Math.max(0, first), last: Math.max(0, Math.min(count, last)) };
}

/** Never fewer than `rowsAt` gives for this height: rows that many apart can take turns in one element. */
export const mostRows = (viewport: number, rowHeight: number): number =>
  (Math.ceil(viewport / rowHeight / STEP) + 4) * STEP;
