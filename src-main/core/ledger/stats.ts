import type { AuditFilter } from '#contract';
import { type Columns, countOf, type Positions, positionAt, type Segment } from './columns.ts';
import { type Numbers, SEGMENT, type WordColumn } from './index-schema.ts';

/** Columns worth counting by. */
export const FACETS = [
  'action',
  'outcome',
  'actor',
  'agent',
  'service',
  'code',
  'session_id',
  'tenant',
  'policy',
] as const satisfies readonly WordColumn[];
export type Facet = (typeof FACETS)[number];

export interface Count {
  readonly value: string | null;
  readonly count: number;
}

export interface Bucket {
  /** First moment, ISO 8601. */
  readonly start: string;
  readonly total: number;
  readonly outcomes: Record<string, number>;
}

/** The same entries, chosen by position: what to count within. */
export type Chosen = (segment: Segment) => Positions;

/** Entries a filter without free text chooses. */
export function chosenBy(columns: Columns, filter: AuditFilter): Chosen {
  const condition = columns.condition(filter);
  return condition ? (segment) => columns.positions(segment, condition) : () => [];
}

/** Entries named by number. */
export function chosenSeqs(seqs: Iterable<number>): Chosen {
  const bySegment = new Map<number, number[]>();
  for (const seq of seqs) {
    const number = Math.floor((seq - 1) / SEGMENT);
    const positions = bySegment.get(number) ?? [];
    bySegment.set(number, positions);
    positions.push((seq - 1) % SEGMENT);
  }
  return (segment) => bySegment.get(segment.number) ?? [];
}

export function total(columns: Columns, chosen: Chosen): number {
  return columns.segments().reduce((sum, segment) => sum + countOf(chosen(segment), segment), 0);
}

/** How often each value of each column occurs, most frequent first. */
export function countBy<C extends WordColumn>(
  columns: Columns,
  wanted: readonly C[],
  chosen: Chosen,
  top: number,
): Record<C, Count[]> {
  const tallies = wanted.map((column) => {
    const words = columns.words(column);
    return { column, words, counts: new Float64Array(largest(words.keys()) + 1) };
  });
  for (const segment of columns.segments()) {
    const positions = chosen(segment);
    const count = countOf(positions, segment);
    if (count === 0) continue;
    for (const { column, counts } of tallies)
      tally(counts, columns.numbers(column, segment), positions, count);
  }
  const result: Partial<Record<C, Count[]>> = {};
  for (const { column, words, counts } of tallies) {
    result[column] = [...counts]
      .map((count, number) => ({ value: words.get(number) ?? null, count }))
      .filter(({ count }) => count > 0)
      .sort((a, b) => b.count - a.count)
      .slice(0, top);
  }
  return result as Record<C, Count[]>;
}

function largest(numbers: Iterable<number>): number {
  let max = 0;
  for (const number of numbers) if (number > max) max = number;
  return max;
}

function tally(counts: Float64Array, numbers: Numbers, positions: Positions, count: number): void {
  for (let i = 0; i < count; i += 1) {
    const number = numbers[positionAt(positions, i)] ?? 0;
    counts[number] = (counts[number] ?? 0) + 1;
  }
}

/** How many of each outcome fall into each interval; intervals without entries are left out. */
export function histogram(columns: Columns, chosen: Chosen, intervalMs: number): Bucket[] {
  const outcomes = columns.words('outcome');
  const buckets = new Map<number, Float64Array>();
  for (const segment of columns.segments()) {
    const positions = chosen(segment);
    const count = countOf(positions, segment);
    if (count === 0) continue;
    const times = columns.numbers('time', segment);
    const numbers = columns.numbers('outcome', segment);
    let at = Number.NaN;
    let bucket: Float64Array = new Float64Array();
    for (let i = 0; i < count; i += 1) {
      const position = positionAt(positions, i);
      const slot = Math.floor((times[position] ?? 0) / intervalMs);
      if (slot !== at) {
        at = slot;
        bucket = buckets.get(slot) ?? new Float64Array(outcomes.size + 1);
        buckets.set(slot, bucket);
      }
      const number = numbers[position] ?? 0;
      bucket[number] = (bucket[number] ?? 0) + 1;
    }
  }
  return [...buckets]
    .sort(([a], [b]) => a - b)
    .map(([slot, counts]) => {
      const named = [...counts].flatMap((count, number): [string, number][] =>
        count === 0 ? [] : [[outcomes.get(number) ?? 'unknown', count]],
      );
      return {
        start: new Date(slot * intervalMs).toISOString(),
        total: named.reduce((sum, [, count]) => sum + count, 0),
        outcomes: Object.fromEntries(named),
      };
    });
}
