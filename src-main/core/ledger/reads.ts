import type { AuditEntry, AuditFilter } from '#contract';
import { AegisError } from '../base/errors.ts';
import { entryOf } from './canonical.ts';
import { EXACT_FIELDS, type Match, matcher, wordsOf } from './filter.ts';
import type { LedgerDb } from './schema.ts';
import { type Search, withIds } from './search.ts';
import { tokensOfWord } from './text.ts';

export interface AuditPage {
  readonly items: AuditEntry[];
  readonly next_cursor: string | null;
}

export type AuditQuery = AuditFilter & { limit?: number | undefined; cursor?: string | undefined };

export interface Row {
  readonly seq: number;
  readonly body: string;
  readonly hash: string;
}

const DEFAULT_LIMIT = 50;
/** Entries looked at one by one before the text index is asked: common words fill a page within these. */
const FIRST_LOOK = 200;
/** Entries looked at for one page at most. A page may come back short, with a cursor to go on from. */
const MAX_LOOK = 5_000;

const SELECT = 'SELECT seq, body, lower(hex(hash)) AS hash FROM entries';

/** The position of a page: the sequence number of the last entry looked at. */
function seqOfCursor(cursor: string | undefined): number {
  if (cursor === undefined) return Number.MAX_SAFE_INTEGER;
  const seq = /^[1-9]\d{0,15}$/.test(cursor) ? Number(cursor) : Number.NaN;
  if (Number.isSafeInteger(seq)) return seq;
  throw new AegisError('INVALID_INPUT', 'The cursor is not one this server gave out.', {
    hint: 'Read again from the first page, without a cursor.',
  });
}

/** Collects a page. `offer` returns false when it is done. */
class PageBuilder {
  readonly #limit: number;
  readonly #match: Match;
  readonly items: AuditEntry[] = [];
  #looked = 0;
  #cursor: number | null = null;
  #last = 0;

  constructor(limit: number, match: Match) {
    this.#limit = limit;
    this.#match = match;
  }

  offer(row: Row): boolean {
    this.#looked += 1;
    const entry = readable(row);
    if (entry && this.#match(entry)) {
      // One more than asked for was found: there is a next page.
      if (this.items.length === this.#limit) this.#cursor = this.#last;
      else this.items.push(entry);
    } else if (this.#looked >= MAX_LOOK) {
      this.#cursor = row.seq;
    }
    if (this.#cursor === null) this.#last = row.seq;
    return this.#cursor === null;
  }

  /** Where the next source has to go on from. */
  get last(): number {
    return this.#last;
  }

  page(): AuditPage {
    return { items: this.items, next_cursor: this.#cursor === null ? null : String(this.#cursor) };
  }
}

/** Reads of the ledger file, newest first, on a connection of their own. */
export class Reads {
  readonly #db: LedgerDb;
  readonly #search: () => Search | undefined;
  readonly #bySeq: (seq: number) => Row | undefined;

  /** `search` gives the index when there is one just now. */
  constructor(db: LedgerDb, search: () => Search | undefined) {
    this.#db = db;
    this.#search = search;
    const bySeq = db.prepare<[number], Row>(`${SELECT} WHERE seq = ?`);
    this.#bySeq = (seq) => bySeq.get(seq);
  }

  list(query: AuditQuery): AuditPage {
    const { limit = DEFAULT_LIMIT, cursor, ...given } = query;
    const before = seqOfCursor(cursor);
    const builder = new PageBuilder(limit, matcher(given));
    const plan = withIds(given);
    if (plan) this.#fill(builder, plan.filter, plan.id, before);
    return builder.page();
  }

  #fill(builder: PageBuilder, filter: AuditFilter, id: string | undefined, before: number): void {
    if (id !== undefined) {
      const row = this.#byId(id);
      if (row && row.seq < before) builder.offer(row);
      return;
    }
    const search = isEmpty(filter) ? undefined : this.#search();
    const read = (): void => {
      const upto = search ? this.#indexed(search) : 0;
      for (const row of this.#notIndexed(filter, upto, before)) if (!builder.offer(row)) return;
      if (search && upto > 0) this.#fillIndexed(builder, search, filter, Math.min(before, upto + 1));
    };
    if (search) search.snapshot(read);
    else read();
  }

  /** Up to where the index can be believed: its last entry is the ledger's. */
  #indexed(search: Search): number {
    const head = search.head();
    return head && this.#bySeq(head.upto)?.hash === head.hash ? head.upto : 0;
  }

  #fillIndexed(builder: PageBuilder, search: Search, filter: AuditFilter, before: number): void {
    const condition = search.columns.condition(filter);
    if (!condition) return;
    const byText = search.helps(filter);
    let looked = 0;
    for (const seq of search.byColumns(condition, before)) {
      const row = this.#bySeq(seq);
      if (row && !builder.offer(row)) return;
      looked += 1;
      if (byText && looked >= FIRST_LOOK) break;
    }
    if (!byText || looked < FIRST_LOOK) return;
    for (const seq of search.byText(filter, condition, builder.last)) {
      const row = this.#bySeq(seq);
      if (row && !builder.offer(row)) return;
    }
  }

  /** Rows between that may match: what is looked for is looked for in the canonical text, by SQLite itself. */
  *#notIndexed(filter: AuditFilter, after: number, before: number, order = 'DESC'): Generator<Row> {
    const marks = EXACT_FIELDS.flatMap((field) => {
      const value = filter[field];
      return value === undefined ? [] : [`"${field}":${JSON.stringify(value)}`];
    });
    const words = wordsOf(filter.q ?? '').flatMap((word) => {
      const tokens = tokensOfWord(word);
      return tokens ? [...tokens.exact, tokens.prefix].filter((token) => /^[a-z0-9]+$/.test(token)) : [];
    });
    const where = [
      'seq < ? AND seq > ?',
      ...marks.map(() => 'instr(body, ?) > 0'),
      // LIKE takes no notice of case in ASCII.
      ...words.map(() => 'body LIKE ?'),
    ];
    const values = [before, after, ...marks, ...words.map((word) => `%${word}%`)];
    const rows = this.#db.prepare<unknown[], Row>(
      `${SELECT} WHERE ${where.join(' AND ')} ORDER BY seq ${order}`,
    );
    yield* rows.iterate(...values);
  }

  /** What belongs together, oldest first. Of the filter the exact fields and times count. */
  thread(query: AuditQuery): AuditPage {
    const { limit = DEFAULT_LIMIT, cursor, q: _, ...filter } = query;
    const after = cursor === undefined ? 0 : seqOfCursor(cursor);
    const builder = new PageBuilder(limit, matcher(filter));
    const search = this.#search();
    const read = (): void => {
      const upto = search ? this.#indexed(search) : 0;
      const condition = search && upto > after ? search.columns.condition(filter) : undefined;
      for (const seq of search && condition ? search.columns.oldestFirst(condition, after) : []) {
        const row = seq <= upto ? this.#bySeq(seq) : undefined;
        if (row && !builder.offer(row)) return;
      }
      const rest = this.#notIndexed(filter, Math.max(after, upto), Number.MAX_SAFE_INTEGER, 'ASC');
      for (const row of rest) if (!builder.offer(row)) return;
    };
    if (search) search.snapshot(read);
    else read();
    return builder.page();
  }

  #byId(id: string): Row | undefined {
    return this.#db.prepare<[string], Row>(`${SELECT} WHERE id = unhex(?)`).get(id.slice('aud_'.length));
  }

  get(id: string): AuditEntry {
    const row = this.#byId(id);
    const entry = row && entryOf(row.body, row.hash);
    if (entry?.id === id) return entry;
    throw new AegisError('NOT_FOUND', `No ledger entry has the id ${id}.`);
  }

  close(): void {
    this.#db.close();
  }
}

/** A row that is no JSON any more is passed over here; verification names it. */
function readable(row: Row): AuditEntry | undefined {
  try {
    return entryOf(row.body, row.hash);
  } catch {
    return undefined;
  }
}

const isEmpty = (filter: AuditFilter): boolean =>
  Object.values(filter).every((value) => value === undefined || value === '');
