import type { AuditEntry, AuditFilter } from '#contract';
import { AegisError } from '../base/errors.ts';
import { entryOf } from './canonical.ts';
import { EXACT_FIELDS, matcher } from './filter.ts';
import type { LedgerDb } from './schema.ts';

export interface AuditPage {
  readonly items: AuditEntry[];
  readonly next_cursor: string | null;
}

export type AuditQuery = AuditFilter & { limit?: number | undefined; cursor?: string | undefined };

interface Row {
  readonly seq: number;
  readonly body: string;
  readonly hash: Buffer;
}

const DEFAULT_LIMIT = 50;

const entryOfRow = (row: Row): AuditEntry => entryOf(row.body, row.hash.toString('hex'));

/** The page's position: the sequence number of its last entry. */
function seqOfCursor(cursor: string | undefined): number {
  if (cursor === undefined) return Number.MAX_SAFE_INTEGER;
  const seq = /^[1-9]\d{0,15}$/.test(cursor) ? Number(cursor) : Number.NaN;
  if (Number.isSafeInteger(seq)) return seq;
  throw new AegisError('INVALID_INPUT', 'The cursor is not one this server gave out.', {
    hint: 'Read again from the first page, without a cursor.',
  });
}

/** Reads of the ledger file, newest first, on a connection of their own. */
export class Reads {
  readonly #db: LedgerDb;

  constructor(db: LedgerDb) {
    this.#db = db;
  }

  list(filter: AuditQuery): AuditPage {
    const limit = filter.limit ?? DEFAULT_LIMIT;
    const before = seqOfCursor(filter.cursor);
    const match = matcher(filter);
    const items: AuditEntry[] = [];
    for (const row of this.#candidates(filter, before)) {
      const entry = entryOfRow(row);
      if (!match(entry)) continue;
      // One more than asked for was found: there is a next page.
      if (items.length === limit) return { items, next_cursor: String(items.at(-1)?.seq) };
      items.push(entry);
    }
    return { items, next_cursor: null };
  }

  /** Rows that may match: the canonical text of an exact field is looked for as it is. */
  *#candidates(filter: AuditFilter, before: number): Generator<Row> {
    const marks = EXACT_FIELDS.flatMap((field) => {
      const value = filter[field];
      return value === undefined ? [] : [`"${field}":${JSON.stringify(value)}`];
    });
    const sql = `SELECT seq, body, hash FROM entries WHERE seq < ?${' AND instr(body, ?) > 0'.repeat(marks.length)} ORDER BY seq DESC`;
    yield* this.#db.prepare<unknown[], Row>(sql).iterate(before, ...marks);
  }

  get(id: string): AuditEntry {
    const row = this.#db
      .prepare<[Buffer], Row>('SELECT seq, body, hash FROM entries WHERE id = ?')
      .get(Buffer.from(id.slice('aud_'.length), 'hex'));
    const entry = row && entryOfRow(row);
    if (entry?.id === id) return entry;
    throw new AegisError('NOT_FOUND', `No ledger entry has the id ${id}.`);
  }

  count(): number {
    return this.#db.prepare<[], { n: number | null }>('SELECT max(seq) AS n FROM entries').get()?.n ?? 0;
  }

  close(): void {
    this.#db.close();
  }
}
