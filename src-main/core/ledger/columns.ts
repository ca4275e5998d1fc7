import type { AuditFilter } from '#contract';
import { sinceOf, untilOf } from './filter.ts';
import {
  type Column,
  chunkKey,
  HASH_COLUMNS,
  hash32,
  type Numbers,
  SEGMENT,
  unpackNumbers,
  WORD_COLUMNS,
  type WordColumn,
} from './index-schema.ts';
import type { LedgerDb } from './schema.ts';

export interface Segment {
  readonly number: number;
  readonly entries: number;
  readonly time_min: number;
  readonly time_max: number;
  readonly last_hash: string;
}

/** A filter in the index's numbers. */
export interface Condition {
  readonly equal: readonly { readonly column: Column; readonly value: number }[];
  readonly since: number;
  readonly until: number;
}

/** The columns of the search index, for reading. */
export class Columns {
  readonly #db: LedgerDb;
  readonly #chunk: (key: number) => Buffer | undefined;
  #segments: Segment[] = [];

  constructor(db: LedgerDb) {
    this.#db = db;
    const chunk = db.prepare<[number], Buffer>('SELECT data FROM chunks WHERE key = ?').pluck();
    this.#chunk = (key) => chunk.get(key) as Buffer | undefined;
  }

  /** Segments in order; those complete when last asked are not read again. */
  segments(): readonly Segment[] {
    let known = this.#segments.length;
    while (known > 0 && this.#segments[known - 1]?.entries !== SEGMENT) known -= 1;
    const read = this.#db.prepare<[number], Segment>(
      'SELECT number, entries, time_min, time_max, last_hash FROM segments WHERE number >= ? ORDER BY number',
    );
    this.#segments = [...this.#segments.slice(0, known), ...read.all(known)];
    return this.#segments;
  }

  /** A filter's exact fields and times in numbers; undefined when one asks for a value no indexed entry has. */
  condition(filter: AuditFilter): Condition | undefined {
    const equal: { column: Column; value: number }[] = [];
    for (const column of WORD_COLUMNS) {
      const value = filter[column];
      if (value === undefined) continue;
      const number = this.numberOf(column, value);
      if (number === undefined) return undefined;
      equal.push({ column, value: number });
    }
    for (const column of HASH_COLUMNS) {
      const value = filter[column];
      if (value !== undefined) equal.push({ column, value: hash32(value) });
    }
    return { equal, since: sinceOf(filter), until: untilOf(filter) };
  }

  numberOf(column: WordColumn, value: string): number | undefined {
    return this.#db
      .prepare<[number, string], { number: number }>(
        'SELECT number FROM words WHERE column_number = ? AND value = ?',
      )
      .get(WORD_COLUMNS.indexOf(column), value)?.number;
  }

  /** The dictionary of a column: number -> value. */
  words(column: WordColumn): Map<number, string> {
    const rows = this.#db
      .prepare<[number], { number: number; value: string }>(
        'SELECT number, value FROM words WHERE column_number = ?',
      )
      .all(WORD_COLUMNS.indexOf(column));
    return new Map(rows.map(({ number, value }) => [number, value]));
  }

  numbers(column: Column, segment: Segment): Numbers {
    const data = this.#chunk(chunkKey(column, segment.number));
    if (!data) throw new RangeError(`The index lost a part of ${column}.`);
    return unpackNumbers(data, segment.entries);
  }

  /** Positions within a segment that meet the condition, ascending. */
  positions(segment: Segment, { equal, since, until }: Condition): Positions {
    if (segment.time_max < since || segment.time_min >= until) return NONE;
    let positions: Positions = 'all';
    for (const { column, value } of equal) {
      positions = keepEqual(positions, this.numbers(column, segment), value);
      if (positions.length === 0) return positions;
    }
    if (segment.time_min < since || segment.time_max >= until) {
      positions = keepBetween(positions, this.numbers('time', segment), since, until);
    }
    return positions;
  }

  /** Sequence numbers below `before` that meet the condition, newest first. */
  *newestFirst(condition: Condition, before: number): Generator<number> {
    const segments = this.segments();
    for (let s = segments.length - 1; s >= 0; s -= 1) {
      const segment = segments[s];
      const first = s * SEGMENT + 1;
      if (!segment || first >= before) continue;
      const positions = this.positions(segment, condition);
      for (let i = countOf(positions, segment) - 1; i >= 0; i -= 1) {
        const seq = first + positionAt(positions, i);
        if (seq < before) yield seq;
      }
    }
  }

  /** Sequence numbers above `after` that meet the condition, oldest first. */
  *oldestFirst(condition: Condition, after: number): Generator<number> {
    for (const segment of this.segments().slice(Math.floor(after / SEGMENT))) {
      const first = segment.number * SEGMENT + 1;
      const positions = this.positions(segment, condition);
      const count = countOf(positions, segment);
      for (let i = 0; i < count; i += 1) {
        const seq = first + positionAt(positions, i);
        if (seq > after) yield seq;
      }
    }
  }
}

/** Positions within a segment, ascending; `all` stands for every one of them. */
export type Positions = Int32Array | readonly number[] | 'all';

const NONE: Positions = new Int32Array();
const scratch = new Int32Array(SEGMENT);

export const countOf = (positions: Positions, segment: Segment): number =>
  positions === 'all' ? segment.entries : positions.length;

export const positionAt = (positions: Positions, i: number): number =>
  positions === 'all' ? i : (positions[i] ?? 0);

/** The inner loops of every query: plain, so that they compile to machine code. */
function keepEqual(positions: Positions, numbers: Numbers, value: number): Int32Array {
  let count = 0;
  if (positions === 'all') {
    const entries = numbers.length;
    for (let i = 0; i < entries; i += 1) {
      if (numbers[i] === value) {
        scratch[count] = i;
        count += 1;
      }
    }
  } else {
    for (const i of positions) {
      if (numbers[i] === value) {
        scratch[count] = i;
        count += 1;
      }
    }
  }
  return scratch.slice(0, count);
}

function keepBetween(positions: Positions, times: Numbers, since: number, until: number): Int32Array {
  let count = 0;
  const total = positions === 'all' ? times.length : positions.length;
  for (let n = 0; n < total; n += 1) {
    const i = positionAt(positions, n);
    const at = times[i] ?? 0;
    if (at >= since && at < until) {
      scratch[count] = i;
      count += 1;
    }
  }
  return scratch.slice(0, count);
}
