import type { AuditEntry } from '#contract';

/** Puts entries in front of a list that is newest first; those already there are left out. */
export function prepend(known: readonly AuditEntry[], news: readonly AuditEntry[]): AuditEntry[] {
  const newest = known[0]?.seq ?? 0;
  const fresh = news.filter((entry) => entry.seq > newest).sort((a, b) => b.seq - a.seq);
  return fresh.length === 0 ? [...known] : [...fresh, ...known];
}

/** Does the page reach down to what is known, so that nothing between them is missing? */
export function meets(known: readonly AuditEntry[], page: readonly AuditEntry[], complete: boolean): boolean {
  const newest = known[0]?.seq;
  const oldest = page.at(-1)?.seq;
  return complete || newest === undefined || oldest === undefined || oldest <= newest + 1;
}
