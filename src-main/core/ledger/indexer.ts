import type { AuditEntry } from '#contract';
import { entryOf } from './canonical.ts';
import {
  COLUMNS,
  type Column,
  chunkKey,
  HASH_COLUMNS,
  hash32,
  packNumbers,
  SEGMENT,
  TOKEN_COLUMNS,
  timeOf,
  unpackNumbers,
  WORD_COLUMNS,
  type WordColumn,
} from './index-schema.ts';
import type { LedgerDb } from './schema.ts';
import { ANY_TOKEN, columnToken, entryTokens } from './text.ts';

interface Row {
  readonly seq: number;
  readonly hash: string;
  readonly body: string;
}

interface SegmentRow {
  readonly number: number;
  readonly entries: number;
  readonly last_hash: string;
}

/** Follows the ledger and writes its search index. Lives in the reader thread. */
export class Indexer {
  readonly #ledger: LedgerDb;
  readonly #index: LedgerDb;
  readonly #words = new Map<WordColumn, Map<string, number>>();
  /** In how many entries of the present step each token is. */
  readonly #terms = new Map<string, number>();
  /** The numbers of the segment being filled. */
  #columns: Record<Column, number[]> = emptyColumns();
  #upto = 0;

  constructor(ledger: LedgerDb, index: LedgerDb) {
    this.#ledger = ledger;
    this.#index = index;
    for (const column of WORD_COLUMNS) this.#words.set(column, new Map());
    const last = index
      .prepare<[], SegmentRow>('SELECT number, entries, last_hash FROM segments ORDER BY number DESC LIMIT 1')
      .get();
    if (last) this.#resume(last);
  }

  /** Sequence number up to which everything is indexed. */
  get upto(): number {
    return this.#upto;
  }

  #resume(last: SegmentRow): void {
    const upto = last.number * SEGMENT + last.entries;
    const row = this.#ledger
      .prepare<[number], { hash: string }>('SELECT lower(hex(hash)) AS hash FROM entries WHERE seq = ?')
      .get(upto);
    if (row?.hash !== last.last_hash) {
      // The index is of another ledger, or of one that was changed since.
      this.#clear();
      return;
    }
    this.#upto = upto;
    const words = this.#index.prepare<[], { column_number: number; number: number; value: string }>(
      'SELECT column_number, number, value FROM words',
    );
    for (const { column_number, number, value } of words.iterate()) {
      const column = WORD_COLUMNS[column_number];
      if (column) this.#words.get(column)?.set(value, number);
    }
    if (last.entries < SEGMENT) this.#columns = this.#readColumns(last);
  }

  #readColumns({ number, entries }: SegmentRow): Record<Column, number[]> {
    const read = this.#index.prepare<[number], { data: Buffer }>('SELECT data FROM chunks WHERE key = ?');
    const columns = emptyColumns();
    for (const column of COLUMNS) {
      const row = read.get(chunkKey(column, number));
      if (row) columns[column] = Array.from(unpackNumbers(row.data, entries));
    }
    return columns;
  }

  #clear(): void {
    this.#index.transaction(() => {
      for (const table of ['words', 'segments', 'chunks', 'terms']) this.#index.exec(`DELETE FROM ${table}`);
      this.#index.exec("INSERT INTO text (text) VALUES ('delete-all')");
    })();
  }

  /** Indexes at most `limit` further entries, at most one segment; returns how many. */
  step(limit: number): number {
    const filled = this.#upto % SEGMENT;
    const rows = this.#ledger
      .prepare<[number, number], Row>(
        'SELECT seq, lower(hex(hash)) AS hash, body FROM entries WHERE seq > ? ORDER BY seq LIMIT ?',
      )
      .all(this.#upto, Math.min(limit, SEGMENT - filled));
    const last = rows.at(-1);
    if (!last) return 0;
    this.#terms.clear();
    this.#index.transaction(() => {
      const text = this.#index.prepare('INSERT INTO text (rowid, words) VALUES (?, ?)');
      for (const row of rows) text.run(row.seq, this.#enter(readEntry(row)));
      this.#countTerms();
      this.#writeSegment(Math.floor(this.#upto / SEGMENT), last.hash);
    })();
    this.#upto = last.seq;
    if (this.#upto % SEGMENT === 0) this.#columns = emptyColumns();
    return rows.length;
  }

  /** Puts an entry into the columns; returns its tokens. */
  #enter(entry: AuditEntry): string {
    const tokens: string[] = [];
    for (const column of WORD_COLUMNS) {
      const number = this.#numberOf(column, entry[column]);
      this.#columns[column].push(number);
      if (number > 0 && TOKEN_COLUMNS.includes(column)) tokens.push(columnToken(column, number));
    }
    for (const column of HASH_COLUMNS) this.#columns[column].push(hash32(entry[column]));
    this.#columns.time.push(timeOf(entry));
    tokens.push(...(entryTokens(entry) ?? [ANY_TOKEN]));
    for (const token of tokens) this.#terms.set(token, (this.#terms.get(token) ?? 0) + 1);
    return tokens.join(' ');
  }

  /** 0 is null. */
  #numberOf(column: WordColumn, value: string | null): number {
    if (value === null) return 0;
    const words = this.#words.get(column) ?? new Map<string, number>();
    const known = words.get(value);
    if (known !== undefined) return known;
    const number = words.size + 1;
    words.set(value, number);
    this.#index
      .prepare('INSERT INTO words (column_number, number, value) VALUES (?, ?, ?)')
      .run(WORD_COLUMNS.indexOf(column), number, value);
    return number;
  }

  /** Adds the step's tokens to the table that tells how common each is. */
  #countTerms(): void {
    const add = this.#index.prepare(
      'INSERT INTO terms (term, entries) VALUES (?, ?) ON CONFLICT (term) DO UPDATE SET entries = entries + excluded.entries',
    );
    // In order, so that the writes lie together.
    for (const [term, entries] of [...this.#terms].sort(([a], [b]) => (a < b ? -1 : 1)))
      add.run(term, entries);
    this.#terms.clear();
  }

  #writeSegment(number: number, lastHash: string): void {
    const write = this.#index.prepare('INSERT OR REPLACE INTO chunks (key, data) VALUES (?, ?)');
    for (const column of COLUMNS) write.run(chunkKey(column, number), packNumbers(this.#columns[column]));
    const { time } = this.#columns;
    let [min, max] = [time[0] ?? 0, time[0] ?? 0];
    for (const at of time) {
      if (at < min) min = at;
      if (at > max) max = at;
    }
    this.#index
      .prepare(
        'INSERT OR REPLACE INTO segments (number, entries, time_min, time_max, last_hash) VALUES (?, ?, ?, ?, ?)',
      )
      .run(number, time.length, min, max, lastHash);
  }
}

/** A damaged row is indexed as an entry without anything to find it by. */
function readEntry(row: Row): AuditEntry {
  try {
    return entryOf(row.body, row.hash);
  } catch {
    const blank: Partial<Record<string, unknown>> = { details: {}, time: '' };
    for (const column of [...WORD_COLUMNS, ...HASH_COLUMNS]) blank[column] = null;
    return { ...blank, action: '', outcome: '', actor: '' } as unknown as AuditEntry;
  }
}

function emptyColumns(): Record<Column, number[]> {
  const columns: Partial<Record<Column, number[]>> = {};
  for (const column of COLUMNS) columns[column] = [];
  return columns as Record<Column, number[]>;
}
