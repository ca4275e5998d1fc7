import { chmodSync, existsSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { sqliteBinding } from '../base/native-binding.ts';
import { privateFolder } from '../base/secure-files.ts';

export type LedgerDb = Database.Database;

/** Says what file this is (`PRAGMA application_id`, "AeGL") and in which layout (`user_version`). */
const APPLICATION_ID = 0x4165474c;
const LAYOUT = 1;

/**
 * The body of an entry is its canonical JSON and the only truth; `hash` is its RFC 9162 leaf hash. A tile holds the
 * 256 hashes of one complete run of 256 subtrees (level 0: entries; level 1: tiles of level 0; and so on), so that an
 * append writes next to nothing for the tree and a proof reads a handful of rows.
 */
const LAYOUT_SQL = `
CREATE TABLE entries (
  seq INTEGER PRIMARY KEY,
  id BLOB NOT NULL,
  hash BLOB NOT NULL,
  body TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX entries_id ON entries (id);
CREATE TABLE tiles (
  level INTEGER NOT NULL,
  number INTEGER NOT NULL,
  hashes BLOB NOT NULL,
  PRIMARY KEY (level, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE checkpoints (
  size INTEGER PRIMARY KEY,
  note TEXT NOT NULL
) STRICT;
`;

/** Thrown when the file is some other database, or was written by a newer version. */
export class LayoutError extends Error {
  readonly code = 'LEDGER_LAYOUT';
}

/** Opens the ledger for the one writer; makes it when absent. Throws SqliteError or LayoutError. */
export function openForWriting(path: string): LedgerDb {
  privateFolder(dirname(path));
  const fresh = !existsSync(path);
  const db = open(path, false);
  try {
    if (fresh) chmodSync(path, 0o600);
    if (fresh) db.pragma('page_size = 8192');
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    // On macOS a flush reaches the medium only with this.
    db.pragma('fullfsync = ON');
    db.pragma('busy_timeout = 5000');
    // The writer checkpoints by itself, when it has nothing else to do.
    db.pragma('wal_autocheckpoint = 8000');
    db.pragma('cache_size = -16000');
    const layout = Number(db.pragma('user_version', { simple: true }));
    if (layout === 0) create(db);
    else checkLayout(path, db, layout);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function create(db: LedgerDb): void {
  const tables = db.prepare<[], { n: number }>('SELECT count(*) AS n FROM sqlite_schema').get()?.n ?? 0;
  if (tables > 0) throw new LayoutError('The file is a database, but not a ledger.');
  db.transaction(() => {
    db.exec(LAYOUT_SQL);
    db.pragma(`application_id = ${APPLICATION_ID}`);
    db.pragma(`user_version = ${LAYOUT}`);
  }).immediate();
}

function checkLayout(path: string, db: LedgerDb, layout: number): void {
  if (db.pragma('application_id', { simple: true }) !== APPLICATION_ID) {
    throw new LayoutError(`${path} is a database, but not a ledger.`);
  }
  if (layout > LAYOUT) {
    throw new LayoutError(`${path} was written by a newer Aegis (layout ${layout}, known here: ${LAYOUT}).`);
  }
}

/** Opens an existing ledger for reading only. */
export function openForReading(path: string): LedgerDb {
  const db = open(path, true);
  try {
    db.pragma('busy_timeout = 5000');
    db.pragma('cache_size = -16000');
    db.pragma('mmap_size = 1073741824');
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

export function open(path: string, readonly: boolean): LedgerDb {
  const binding = sqliteBinding();
  return new Database(path, {
    readonly,
    fileMustExist: readonly,
    ...(binding === undefined ? {} : { nativeBinding: binding }),
  });
}
