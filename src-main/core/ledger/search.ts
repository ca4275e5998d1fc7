/** Reads of the search index: which entries may meet a filter. The entries themselves have the last word. */
import type { AuditFilter } from '#contract';
import { Columns, type Condition } from './columns.ts';
import { fieldOfId, isId, wordsOf } from './filter.ts';
import { HASH_COLUMNS, SEGMENT, TOKEN_COLUMNS } from './index-schema.ts';
import type { LedgerDb } from './schema.ts';
import { ANY_TOKEN, columnToken, tokensOfWord } from './text.ts';

/** More words than this that begin alike are left to the index's own, slower, prefix search. */
const MAX_EXPANSION = 64;

/**
 * Ids in the free text are filters of their own. Undefined when the ids contradict the filter: then nothing matches.
 */
export function withIds(filter: AuditFilter): { filter: AuditFilter; id: string | undefined } | undefined {
  const result: AuditFilter = { ...filter };
  let id: string | undefined;
  for (const word of wordsOf(filter.q ?? '')) {
    if (!isId(word)) continue;
    const field = fieldOfId(word);
    const given = field === 'id' ? id : result[field];
    if (given !== undefined && given !== word) return undefined;
    if (field === 'id') id = word;
    else result[field] = word;
  }
  return { filter: result, id };
}

/** A token this many times as common as the rarest does not tell much more. */
const COMMON = 10;
/** More lists than this cost more to walk than they leave out. */
const MAX_PARTS = 3;
/** Fewer entries than this are looked at in any case. */
const FEW = 2_000;

/** A part of the question and in how many entries it is, at least. */
interface Part {
  readonly expression: string;
  readonly entries: number;
}

const quoted = (token: string): string => `"${token}"`;

export class Search {
  readonly #db: LedgerDb;
  readonly columns: Columns;

  constructor(db: LedgerDb) {
    this.#db = db;
    this.columns = new Columns(db);
  }

  /** Up to which entry the index goes, and that entry's hash. */
  head(): { upto: number; hash: string } | undefined {
    const last = this.columns.segments().at(-1);
    return last && { upto: last.number * SEGMENT + last.entries, hash: last.last_hash };
  }

  /** Runs reads that belong together on one state of the index. */
  snapshot<T>(read: () => T): T {
    this.#db.exec('BEGIN');
    try {
      return read();
    } finally {
      this.#db.exec('COMMIT');
    }
  }

  /** Sequence numbers below `before` that may match, newest first, by the columns alone. */
  byColumns(condition: Condition, before: number): Generator<number> {
    return this.columns.newestFirst(condition, before);
  }

  /** Whether free text is better looked for in the text index than in the entries the columns leave. */
  helps(filter: AuditFilter): boolean {
    return (
      HASH_COLUMNS.every((column) => filter[column] === undefined) &&
      wordsOf(filter.q ?? '').some((word) => tokensOfWord(word) !== undefined)
    );
  }

  /** The same by the text index. */
  *byText(filter: AuditFilter, condition: Condition, before: number): Generator<number> {
    const [from, to] = this.#bounds(condition);
    const rows = this.#db
      .prepare<[string, number, number], number>(
        'SELECT rowid FROM text WHERE text MATCH ? AND rowid < ? AND rowid >= ? ORDER BY rowid DESC',
      )
      .pluck();
    yield* rows.iterate(this.#expression(filter), Math.min(before, to), from) as IterableIterator<number>;
  }

  /** The entries of the segments that overlap the time range: [from, to). */
  #bounds({ since, until }: Condition): [number, number] {
    const overlap = this.columns
      .segments()
      .filter((segment) => segment.time_max >= since && segment.time_min < until);
    const [first, last] = [overlap[0], overlap.at(-1)];
    if (!first || !last) return [1, 1];
    return [first.number * SEGMENT + 1, last.number * SEGMENT + last.entries + 1];
  }

  /**
   * What to ask the text index. Tokens far more common than the rarest one are left out: walking their long lists
   * would cost more than looking at the few entries the rare one leaves.
   */
  #expression(filter: AuditFilter): string {
    const words: Part[] = [];
    for (const word of wordsOf(filter.q ?? '')) {
      const tokens = tokensOfWord(word);
      if (!tokens) continue;
      words.push(...tokens.exact.map((token) => this.#exactly(token)), this.#beginning(tokens.prefix));
    }
    const fields = TOKEN_COLUMNS.flatMap((column) => {
      const value = filter[column];
      const number = value === undefined ? undefined : this.columns.numberOf(column, value);
      return number === undefined ? [] : [this.#exactly(columnToken(column, number))];
    });
    const parts = [...words, ...fields].sort((a, b) => a.entries - b.entries).slice(0, MAX_PARTS);
    const most = Math.max((parts[0]?.entries ?? 0) * COMMON, FEW);
    const asked = new Set(parts.filter((part) => part.entries <= most));
    const text = words.filter((part) => asked.has(part)).map((part) => part.expression);
    const either = text.length === 0 ? [] : [`((${text.join(' AND ')}) OR ${quoted(ANY_TOKEN)})`];
    return [...either, ...fields.filter((part) => asked.has(part)).map((part) => part.expression)].join(
      ' AND ',
    );
  }

  #exactly(token: string): Part {
    const known = this.#db
      .prepare<[string], number>('SELECT entries FROM terms WHERE term = ?')
      .pluck()
      .get(token) as number | undefined;
    return { expression: quoted(token), entries: known ?? 0 };
  }

  /** Words known to begin so are asked for one by one: the index streams those, but not the words of a prefix. */
  #beginning(prefix: string): Part {
    const terms = this.#db
      .prepare<[string, string, number], { term: string; entries: number }>(
        'SELECT term, entries FROM terms WHERE term >= ? AND term < ? LIMIT ?',
      )
      .all(prefix, `${prefix}\u{10ffff}`, MAX_EXPANSION + 1);
    const entries = terms.reduce((sum, term) => sum + term.entries, 0);
    if (terms.length === 0) return { expression: quoted(prefix), entries: 0 };
    if (terms.length > MAX_EXPANSION) return { expression: `${quoted(prefix)} *`, entries };
    return { expression: `(${terms.map(({ term }) => quoted(term)).join(' OR ')})`, entries };
  }

  close(): void {
    this.#db.close();
  }
}
