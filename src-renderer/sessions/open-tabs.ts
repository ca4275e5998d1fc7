/** Which sessions are open as tabs. Pure. */

/** At the end, once. */
export const openTab = (tabs: readonly string[], id: string): string[] =>
  tabs.includes(id) ? [...tabs] : [...tabs, id];

/** What to show after closing `id`: the tab to its right, else the one to its left, else none. */
export function closeTab(
  tabs: readonly string[],
  id: string,
  active: string | null,
): { tabs: string[]; active: string | null } {
  const index = tabs.indexOf(id);
  const left = tabs.filter((tab) => tab !== id);
  if (active !== id) return { tabs: left, active };
  return { tabs: left, active: left[index] ?? left[index - 1] ?? null };
}

/** The neighbour by `step`, around the ends. */
export function stepTab(tabs: readonly string[], active: string | null, step: 1 | -1): string | null {
  if (tabs.length === 0) return null;
  const index = active === null ? -1 : tabs.indexOf(active);
  return tabs[(index + step + tabs.length) % tabs.length] ?? null;
}
