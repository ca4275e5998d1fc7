import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openDatabase, type Schema, StateLock } from './index.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'aegis-store-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

const one: Schema = { namespace: 'one', migrations: [{ id: '1', sql: 'CREATE TABLE a (x INTEGER) STRICT' }] };
const oneTwo: Schema = {
  namespace: 'one',
  migrations: [...one.migrations, { id: '2', sql: 'ALTER TABLE a ADD COLUMN y TEXT' }],
};

test('migrations run once, in order, and survive a reopen', () => {
  const path = join(dir, 'sub', 'x.db');
  openDatabase(path, [one]).close();
  const db = openDatabase(path, [oneTwo]);
  db.prepare("INSERT INTO a (x, y) VALUES (1, 'b')").run();
  expect(db.prepare('SELECT count(*) AS n FROM migrations').get()).toEqual({ n: 2 });
  db.close();
});

test("files are the owner's alone, whatever the umask", () => {
  const before = process.umask(0);
  const path = join(dir, 'sub', 'x.db');
  const db = openDatabase(path, [one]);
  db.prepare('INSERT INTO a VALUES (1)').run();
  process.umask(before);
  expect(statSync(join(dir, 'sub')).mode & 0o777).toBe(0o700);
  for (const file of ['x.db', 'x.db-wal', 'x.db-shm'])
    expect(statSync(join(dir, 'sub', file)).mode & 0o777).toBe(0o600);
  db.close();
});

test('commits survive power loss: WAL with synchronous=FULL', () => {
  const db = openDatabase(join(dir, 'x.db'), []);
  expect(db.pragma('journal_mode', { simple: true })).toBe('wal');
  expect(db.pragma('synchronous', { simple: true })).toBe(2);
  db.close();
});

test('a damaged file is refused, named, and left as it is', () => {
  const path = join(dir, 'x.db');
  const garbage = 'not a database at all '.repeat(100);
  writeFileSync(path, garbage);
  expect(() => openDatabase(path, [one])).toThrow(expect.objectContaining({ code: 'DATABASE_CORRUPT' }));
  expect(readFileSync(path, 'utf8')).toBe(garbage);
});

test('a file of a newer version is refused', () => {
  const path = join(dir, 'x.db');
  openDatabase(path, [oneTwo]).close();
  expect(() => openDatabase(path, [one])).toThrow(/newer Aegis/);
});

test('a failing migration leaves nothing behind', () => {
  const path = join(dir, 'x.db');
  const broken: Schema = {
    namespace: 'one',
    migrations: [...one.migrations, { id: '2', sql: 'CREATE TABLE b (x); SELECT nonsense' }],
  };
  expect(() => openDatabase(path, [broken])).toThrow();
  const db = openDatabase(path, []);
  expect(db.prepare("SELECT count(*) AS n FROM sqlite_master WHERE name IN ('a', 'b')").get()).toEqual({
    n: 0,
  });
  db.close();
});

test('one control plane per state folder', () => {
  const lock = new StateLock(join(dir, 'run'));
  expect(() => new StateLock(join(dir, 'run'))).toThrow(
    expect.objectContaining({
      code: 'STATE_DIR_IN_USE',
      message: `Another Aegis already uses ${dir}.`,
    }),
  );
  lock.dispose();
  new StateLock(join(dir, 'run')).dispose();
});
