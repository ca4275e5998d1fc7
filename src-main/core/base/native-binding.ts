import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The test runtime's older Electron cannot load better-sqlite3's stock binary; its set-up leaves one built for it beside
 * the executable. Nowhere else does this file exist.
 */
export function sqliteBinding(): string | undefined {
  if (!process.versions.electron) return undefined;
  const beside = join(dirname(process.execPath), 'native', 'better_sqlite3.node');
  return existsSync(beside) ? beside : undefined;
}
