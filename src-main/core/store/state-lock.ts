import { join } from 'node:path';
import { AegisError, errnoOf } from '../base/errors.ts';
import { type Db, openDatabase } from './database.ts';

/**
 * One control plane per state folder. The lock is an open write transaction on a small database: the system releases it
 * when the process ends, however it ends.
 */
export class StateLock {
  readonly #db: Db;

  /** Throws STATE_DIR_IN_USE. */
  constructor(runDir: string) {
    let db: Db | undefined;
    try {
      // Opening needs a moment of the file to itself, so it may fail for the same reason as the lock.
      db = openDatabase(join(runDir, 'lock.db'), [], { busyMs: 0 });
      db.exec('BEGIN IMMEDIATE');
    } catch (error) {
      db?.close();
      if (!isHeld(error)) throw error;
      throw new AegisError('STATE_DIR_IN_USE', `Another Aegis already uses ${join(runDir, '..')}.`, {
        hint: 'Use that one, end it first, or choose another folder with AEGIS_STATE_DIR.',
        cause: error,
      });
    }
    this.#db = db;
  }

  dispose(): void {
    if (!this.#db.open) return;
    this.#db.exec('ROLLBACK');
    this.#db.close();
  }
}

const isHeld = (error: unknown): boolean =>
  errnoOf(error) === 'SQLITE_BUSY' || (error instanceof AegisError && error.code === 'STATE_DIR_IN_USE');
