/**
 * The search index: a second database beside the ledger, made from it and nothing else. It can be deleted at any time;
 * the reader makes it anew. Kept apart so that indexing never makes an append wait.
 */
import { chmodSync, rmSync } from 'node:fs';
import type { AuditEntry } from '#contract';
import type { ExactField } from './filter.ts';
import { type LedgerDb, open } from './schema.ts';

const LAYOUT = 2;

/** Entries per segment: the unit in which columns are stored and scanned. */
export const SEGMENT = 4096;

/** Columns whose values are few: stored as numbers of a dictionary, and counted for facets. */
export const WORD_COLUMNS = [
  'action',
  'outcome',
  'actor',
  'agent',
  'session_id',
  'service',
  'tenant',
  'on_behalf_of',
  'code',
  'policy',
  'rule',
] as const satisfies readonly ExactField[];
export type WordColumn = (typeof WORD_COLUMNS)[number];

/** Columns with a value of its own for nearly every entry: stored as a 32-bit hash, which the entry then confirms. */
export const HASH_COLUMNS = [
  'request_id',
  'approval_id',
  'trace_id',
  'target',
] as const satisfies readonly ExactField[];
export type HashColumn = (typeof HASH_COLUMNS)[number];

export const COLUMNS = [...WORD_COLUMNS, ...HASH_COLUMNS, 'time'] as const;
export type Column = (typeof COLUMNS)[number];

/** Columns that are tokens of the text index too, so that free text and these filters are intersected in one place. */
export const TOKEN_COLUMNS: readonly WordColumn[] = [
  'action',
  'outcome',
  'actor',
  'agent',
  'session_id',
  'service',
  'code',
];

const LAYOUT_SQL = `
CREATE TABLE words (
  column_number INTEGER NOT NULL,
  number INTEGER NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (column_number, number),
  UNIQUE (column_number, value)
) STRICT, WITHOUT ROWID;
CREATE TABLE segments (
  number INTEGER PRIMARY KEY,
  entries INTEGER NOT NULL,
  time_min INTEGER NOT NULL,
  time_max INTEGER NOT NULL,
  last_hash TEXT NOT NULL
) STRICT;
CREATE TABLE chunks (key INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT;
CREATE TABLE terms (term TEXT PRIMARY KEY, entries INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE VIRTUAL TABLE text USING fts5 (words, content = '', detail = none, columnsize = 0, tokenize = 'ascii');
`;

/** A segment's column: the columns of one kind lie together, so that a scan reads on. */
export const chunkKey = (column: Column, segment: number): number =>
  COLUMNS.indexOf(column) * 2 ** 32 + segment;

/** Opens the index for the reader thread; whatever is not a usable index is thrown away and begun anew. */
export function openIndexForWriting(path: string): LedgerDb {
  try {
    return prepared(path);
  } catch {
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(`${path}${suffix}`, { force: true });
    return prepared(path);
  }
}

function prepared(path: string): LedgerDb {
  const db = open(path, false);
  try {
    chmodSync(path, 0o600);
    db.pragma('journal_mode = WAL');
    // What a power loss takes away is indexed again.
    db.pragma('synchronous = NORMAL');
    db.pragma('busy_timeout = 5000');
    db.pragma('mmap_size = 268435456');
    const layout = Number(db.pragma('user_version', { simple: true }));
    if (layout !== 0 && layout !== LAYOUT) throw new Error('The index has another layout.');
    if (layout === 0) {
      db.transaction(() => {
        db.exec(LAYOUT_SQL);
        db.pragma(`user_version = ${LAYOUT}`);
      })();
    }
    db.prepare('SELECT count(*) FROM segments').get();
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** FNV-1a over UTF-16 units; 0 stands for null. */
export function hash32(value: string | null): number {
  if (value === null) return 0;
  let hash = 0x811c9dc5;
  for (let i = 0; i < value.length; i += 1) hash = Math.imul(hash ^ value.charCodeAt(i), 0x01000193);
  return hash >>> 0 || 1;
}

/** Milliseconds since 1970; 0 for a time nobody can read. */
export const timeOf = (entry: AuditEntry): number => {
  const at = Date.parse(entry.time);
  return Number.isNaN(at) ? 0 : at;
};

/** A column of a segment, as narrow as its largest number allows: 1, 2, 4 or 8 bytes each. */
export function packNumbers(numbers: readonly number[]): Buffer {
  let max = 0;
  for (const n of numbers) if (n > max) max = n;
  const packed =
    max < 2 ** 8
      ? Uint8Array.from(numbers)
      : max < 2 ** 16
        ? Uint16Array.from(numbers)
        : max < 2 ** 32
          ? Uint32Array.from(numbers)
          : Float64Array.from(numbers);
  return Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
}

export type Numbers = Uint8Array | Uint16Array | Uint32Array | Float64Array;

/** The inverse; the width follows from the length. Throws RangeError when it does not. */
export function unpackNumbers(data: Buffer, count: number): Numbers {
  const width = data.length / count;
  // Typed arrays want aligned memory, which a Buffer does not promise.
  const aligned = data.byteOffset % 8 === 0 ? data : Buffer.from(Uint8Array.from(data).buffer);
  const { buffer, byteOffset } = aligned;
  if (width === 1) return new Uint8Array(buffer, byteOffset, count);
  if (width === 2) return new Uint16Array(buffer, byteOffset, count);
  if (width === 4) return new Uint32Array(buffer, byteOffset, count);
  if (width === 8) return new Float64Array(buffer, byteOffset, count);
  throw new RangeError(`A column of ${count} entries cannot take ${data.length} bytes.`);
}
