/** What somebody with write access to the file could do to it, up to rewriting everything with our public code. */
import { canonicalEntry, entryOf, ZERO_HASH } from '../canonical.ts';
import { Frontier, leafHash, TILE_HEIGHT } from '../merkle.ts';
import type { LedgerDb } from '../schema.ts';
import { TileEdge } from '../tiles.ts';

interface Row {
  readonly seq: number;
  readonly id: Buffer;
  readonly hash: Buffer;
  readonly body: string;
}

export const rowsOf = (db: LedgerDb): Row[] =>
  db.prepare<[], Row>('SELECT seq, id, hash, body FROM entries ORDER BY seq').all();

export function deleteEntry(db: LedgerDb, seq: number): void {
  db.prepare('DELETE FROM entries WHERE seq = ?').run(seq);
}

/** Changes a stored body as text; the hash stays. */
export function editBody(db: LedgerDb, seq: number, edit: (body: string) => string): void {
  const row = rowsOf(db).find((candidate) => candidate.seq === seq);
  if (row) db.prepare('UPDATE entries SET body = ? WHERE seq = ?').run(edit(row.body), seq);
}

/** Puts another hash to an entry's content, as it now is. */
export function rehashEntry(db: LedgerDb, seq: number): void {
  const row = rowsOf(db).find((candidate) => candidate.seq === seq);
  if (row) db.prepare('UPDATE entries SET hash = unhex(?) WHERE seq = ?').run(leafHash(row.body), seq);
}

/** Swaps content, id and hash of two entries. */
export function swapEntries(db: LedgerDb, a: number, b: number): void {
  const rows = rowsOf(db);
  const [first, second] = [rows.find((row) => row.seq === a), rows.find((row) => row.seq === b)];
  if (!first || !second) return;
  for (const seq of [a, b]) deleteEntry(db, seq);
  const insert = db.prepare('INSERT INTO entries (seq, id, hash, body) VALUES (?, ?, ?, ?)');
  insert.run(a, second.id, second.hash, second.body);
  insert.run(b, first.id, first.hash, first.body);
}

/** Moves everything from `seq` on one place up and puts a copy of it, with another id, there. */
export function insertEntry(db: LedgerDb, seq: number): void {
  const rows = rowsOf(db).filter((row) => row.seq >= seq);
  const copied = rows[0];
  if (!copied) return;
  for (const row of rows.reverse())
    db.prepare('UPDATE entries SET seq = ? WHERE seq = ?').run(row.seq + 1, row.seq);
  const id = Buffer.from(copied.id.map((byte) => byte ^ 0xff));
  db.prepare('INSERT INTO entries (seq, id, hash, body) VALUES (?, ?, ?, ?)').run(
    seq,
    id,
    copied.hash,
    copied.body,
  );
}

/** Renumbers, relinks and rehashes every entry and rebuilds the tree: a ledger in perfect order, but another one. */
export function rewriteAll(db: LedgerDb): void {
  const rows = rowsOf(db);
  db.exec('DELETE FROM entries; DELETE FROM tiles');
  const insert = db.prepare('INSERT INTO entries (seq, id, hash, body) VALUES (?, unhex(?), unhex(?), ?)');
  const frontier = new Frontier();
  const edge = new TileEdge();
  const addToTile = (level: number, hash: string): void => {
    const full = edge.add(level, hash);
    const number = Math.floor(frontier.size / 256 ** (level + 1));
    if (full) db.prepare('INSERT INTO tiles VALUES (?, ?, unhex(?))').run(level, number, full);
  };
  let previous = ZERO_HASH;
  for (const [i, row] of rows.entries()) {
    const entry = entryOf(row.body, '');
    const body = canonicalEntry({ ...entry, seq: i + 1, prev_hash: previous });
    previous = leafHash(body);
    insert.run(i + 1, entry.id.slice(4), previous, body);
    addToTile(0, previous);
    frontier.add(previous, (height, root) => {
      if (height % TILE_HEIGHT === 0) addToTile(height / TILE_HEIGHT, root);
    });
  }
}
