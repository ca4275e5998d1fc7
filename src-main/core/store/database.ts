import { chmodSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { AegisError, errnoOf, messageOf } from '../base/errors.ts';
import { sqliteBinding } from '../base/native-binding.ts';
import { privateFolder } from '../base/secure-files.ts';

export type Db = Database.Database;

/** One step of a schema. Steps are never edited once released: mend with a new one. */
export interface Migration {
  /** Unique within its namespace; applied in array order. */
  readonly id: string;
  readonly sql: string;
}

/** A service's own tables, kept apart by namespace so that services sharing a file do not know each other's steps. */
export interface Schema {
  readonly namespace: string;
  readonly migrations: readonly Migration[];
}

/**
 * Opens a database file for the owner only, in WAL with `synchronous=FULL` (what was acknowledged survives power loss),
 * and brings the given schemas up to date in one transaction. A damaged file is refused and left as it is.
 */
export function openDatabase(
  path: string,
  schemas: readonly Schema[],
  options: { busyMs?: number } = {},
): Db {
  if (path !== ':memory:') privateFolder(dirname(path));
  const binding = sqliteBinding();
  let db: Db | undefined;
  try {
    db = new Database(path, binding === undefined ? {} : { nativeBinding: binding });
    if (path !== ':memory:') chmodSync(path, 0o600);
    db.pragma(`busy_timeout = ${options.busyMs ?? 5000}`);
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = FULL');
    db.pragma('foreign_keys = ON');
    // Freed pages are overwritten: deleted ciphertext does not linger in the file.
    db.pragma('secure_delete = ON');
    migrate(db, schemas);
    return db;
  } catch (error) {
    db?.close();
    throw explain(path, error);
  }
}

function migrate(db: Db, schemas: readonly Schema[]): void {
  const run = db.transaction(() => {
    db.exec(
      'CREATE TABLE IF NOT EXISTS migrations (namespace TEXT NOT NULL, id TEXT NOT NULL, applied_at TEXT NOT NULL, PRIMARY KEY (namespace, id)) STRICT',
    );
    const done = db.prepare<[string], { id: string }>('SELECT id FROM migrations WHERE namespace = ?');
    const record = db.prepare('INSERT INTO migrations (namespace, id, applied_at) VALUES (?, ?, ?)');
    for (const { namespace, migrations } of schemas) {
      const applied = new Set(done.all(namespace).map((row) => row.id));
      const known = new Set(migrations.map((step) => step.id));
      for (const id of applied) {
        if (!known.has(id)) {
          throw new AegisError(
            'DATABASE_CORRUPT',
            `The file was written by a newer Aegis (step ${namespace}/${id} is unknown here).`,
            { hint: 'Update Aegis, or restore a backup made with this version.' },
          );
        }
      }
      for (const step of migrations) {
        if (applied.has(step.id)) continue;
        db.exec(step.sql);
        record.run(namespace, step.id, new Date().toISOString());
      }
    }
  });
  run.immediate();
}

function explain(path: string, error: unknown): AegisError {
  if (error instanceof AegisError) return error;
  const code = errnoOf(error);
  if (code === 'SQLITE_NOTADB' || code?.startsWith('SQLITE_CORRUPT')) {
    return new AegisError('DATABASE_CORRUPT', `${path} is damaged and was left as it is.`, {
      hint: `Move the file away and restore a backup, or start with an empty one: mv "${path}" "${path}.damaged"`,
      cause: error,
    });
  }
  if (code === 'SQLITE_BUSY') {
    return new AegisError('STATE_DIR_IN_USE', `Another process holds ${path}.`, {
      hint: 'End the other Aegis, or choose another folder with AEGIS_STATE_DIR.',
      cause: error,
    });
  }
  return new AegisError('DATABASE_CORRUPT', `${path} cannot be opened: ${messageOf(error)}`, {
    hint: 'Check that the disk has space and that the folder belongs to you.',
    cause: error,
  });
}
