import { chmodSync } from 'node:fs';
import { type LedgerDb, open } from './schema.ts';

/** Another process (or this one, a second time) writes this ledger. */
export class LockedError extends Error {
  readonly code = 'LEDGER_LOCKED';
}

/**
 * One writer per ledger. The lock is an open write transaction on a small database beside the ledger: the operating
 * system drops it when the process dies, however it dies, and readers can still see who holds it.
 */
export function lockLedger(path: string): { release(): void } {
  const db = open(path, false);
  try {
    db.pragma('busy_timeout = 500');
    db.pragma('journal_mode = DELETE');
    hold(db);
    chmodSync(path, 0o600);
  } catch (error) {
    const holder = holderOf(db);
    db.close();
    if (error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY') {
      throw new LockedError(`The ledger is being written by ${holder}.`);
    }
    throw error;
  }
  return { release: () => db.close() };
}

function hold(db: LedgerDb): void {
  db.exec('BEGIN IMMEDIATE');
  try {
    db.exec('CREATE TABLE IF NOT EXISTS holder (pid INTEGER NOT NULL, since TEXT NOT NULL)');
    db.exec('DELETE FROM holder');
    db.prepare('INSERT INTO holder VALUES (?, ?)').run(process.pid, new Date().toISOString());
    db.exec('COMMIT');
  } catch (error) {
    // A full disk must not keep the ledger from being read: the lock itself needs no space, only the note does.
    if (db.inTransaction) db.exec('ROLLBACK');
    if (error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY') throw error;
  }
  db.exec('BEGIN IMMEDIATE');
}

function holderOf(db: LedgerDb): string {
  try {
    const row = db.prepare<[], { pid: number; since: string }>('SELECT pid, since FROM holder').get();
    return row ? `process ${row.pid} since ${row.since}` : 'another process';
  } catch {
    return 'another process';
  }
}
