import type { PageInput } from '#contract';

/**
 * One page of a list that is in memory. `keyOf` must rise along the list; the cursor is the key of the last item shown, so
 * that a list that changed meanwhile neither repeats nor skips what stayed.
 */
export function page<T>(
  items: readonly T[],
  { limit, cursor }: PageInput,
  keyOf: (item: T) => string,
): { items: T[]; next_cursor: string | null } {
  const from = cursor === undefined ? items : items.filter((item) => keyOf(item) > cursor);
  const shown = limit === undefined ? [...from] : from.slice(0, limit);
  const last = shown.at(-1);
  return { items: shown, next_cursor: last !== undefined && shown.length < from.length ? keyOf(last) : null };
}
