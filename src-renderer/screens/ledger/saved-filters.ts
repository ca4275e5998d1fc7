import { z } from 'zod';
import { AuditFilter } from '#contract';
import { remembered } from '../../state/index.ts';

export const SavedFilter = z.object({ name: z.string().min(1).max(60), filter: AuditFilter });
export type SavedFilter = z.infer<typeof SavedFilter>;

/** More than anybody finds again. */
const MOST = 100;

/** Filters people named, on this machine. */
export const savedFilters = remembered<SavedFilter[]>('ledger.saved', z.array(SavedFilter).max(MOST), []);

/** Adds it, in the order of names; one of the same name is replaced. */
export function withSaved(saved: readonly SavedFilter[], name: string, filter: AuditFilter): SavedFilter[] {
  const trimmed = name.trim();
  const others = saved.filter((each) => !sameName(each.name, trimmed));
  return [...others, { name: trimmed, filter }]
    .sort((a, b) => a.name.localeCompare(b.name, undefined, { sensitivity: 'base', numeric: true }))
    .slice(0, MOST);
}

export const withoutSaved = (saved: readonly SavedFilter[], name: string): SavedFilter[] =>
  saved.filter((each) => !sameName(each.name, name));

/** The saved filter that is in force. */
export function savedAs(saved: readonly SavedFilter[], filter: AuditFilter): SavedFilter | undefined {
  const wanted = fingerprint(filter);
  return saved.find((each) => fingerprint(each.filter) === wanted);
}

const sameName = (a: string, b: string): boolean =>
  a.localeCompare(b, undefined, { sensitivity: 'base' }) === 0;

const fingerprint = (filter: AuditFilter): string =>
  JSON.stringify(
    Object.entries(filter)
      .filter(([, value]) => value !== undefined)
      .sort(([a], [b]) => a.localeCompare(b)),
  );

/** Why a name cannot be used; null when it can. */
export function nameProblem(name: string, saved: readonly SavedFilter[]): string | null {
  const trimmed = name.trim();
  if (trimmed === '') return 'Give it a name.';
  if (trimmed.length > 60) return 'At most 60 characters.';
  if (saved.length >= MOST && !saved.some((each) => sameName(each.name, trimmed)))
    return `There are ${MOST} saved filters. Delete one first.`;
  return null;
}
