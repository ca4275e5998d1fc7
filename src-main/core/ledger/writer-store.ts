import type { AnchoredNote, Attestation } from './attest.ts';
import { ZERO_HASH } from './canonical.ts';
import { Frontier, type Hash, leafHash, TILE_HEIGHT } from './merkle.ts';
import { type LedgerDb, openForWriting } from './schema.ts';
import type { Seal } from './seal.ts';
import { nodesOf, rootsOf, TileEdge } from './tiles.ts';

/** What a durable batch became. */
export interface Appended {
  readonly first_seq: number;
  readonly previous: string;
  readonly hashes: Uint8Array<ArrayBuffer>;
}

/** A row without its body, as the writer needs it to go on. */
interface HeadRow {
  readonly seq: number;
  readonly hash: Buffer;
}

const STORE_EVERY_ENTRIES = 10_000;
const STORE_EVERY_MS = 3_600_000;

const lastCheckpoint = (db: LedgerDb): number =>
  db.prepare<[], { size: number | null }>('SELECT max(size) AS size FROM checkpoints').get()?.size ?? 0;

/** Rows per statement: calls into SQLite cost as much as the rows themselves. */
const ROWS_AT_ONCE = 16;
const COLUMNS = 4;
type RowValue = number | string;

function inserter(db: LedgerDb): (rows: RowValue[]) => void {
  const insert = (n: number) =>
    db.prepare(
      `INSERT INTO entries (seq, id, hash, body) VALUES ${Array(n).fill('(?, unhex(?), unhex(?), ?)').join(', ')}`,
    );
  const many = insert(ROWS_AT_ONCE);
  const one = insert(1);
  return (rows) => {
    if (rows.length === ROWS_AT_ONCE * COLUMNS) many.run(...rows);
    else for (let i = 0; i < rows.length; i += COLUMNS) one.run(...rows.slice(i, i + COLUMNS));
  };
}

const ID_MARK = ',"id":"aud_';

/**
 * The ledger file as its one writer sees it. After any error the object is spent: close it and open a new one, which
 * reads from disk what really happened.
 */
export class WriterStore {
  readonly #db: LedgerDb;
  readonly #insertRows: (rows: RowValue[]) => void;
  readonly #insertTile: (level: number, number: number, hashes: Buffer) => void;
  readonly #frontier: Frontier;
  readonly #edge: TileEdge;
  readonly #seal: Seal | undefined;
  /** How the database compares with what is kept outside it. Undefined without a key. */
  readonly attestation: Attestation | undefined;
  #head: string;
  #stored: { size: number; at: number };

  /**
   * `unsealedSince`: the size this process found when it began to write without a key; what it added since is its own.
   */
  constructor(
    path: string,
    seal: Seal | undefined,
    anchors: readonly AnchoredNote[],
    unsealedSince: number | undefined,
  ) {
    const db = openForWriting(path);
    this.#db = db;
    this.#seal = seal;
    try {
      const insertTile = db.prepare('INSERT INTO tiles (level, number, hashes) VALUES (?, ?, ?)');
      this.#insertRows = inserter(db);
      this.#insertTile = (...row) => insertTile.run(...row);
      const last = db.prepare<[], HeadRow>('SELECT seq, hash FROM entries ORDER BY seq DESC LIMIT 1').get();
      const size = last?.seq ?? 0;
      this.#head = last?.hash.toString('hex') ?? ZERO_HASH;
      this.#frontier = Frontier.of(size, nodesOf(db));
      this.#edge = TileEdge.of(size, nodesOf(db));
      this.attestation = seal?.start(db, Math.min(size, unsealedSince ?? size), anchors);
      this.#stored = { size: lastCheckpoint(db), at: Date.now() };
    } catch (error) {
      db.close();
      throw error;
    }
  }

  get size(): number {
    return this.#frontier.size;
  }

  /** Hex of the newest hash. */
  get head(): string {
    return this.#head;
  }

  /** Numbers, chains, hashes and stores a batch of canonical runs (see ToWriter); durable when it returns. */
  append(text: string): Appended {
    const runs = text.split('\n');
    const count = runs.length / 3;
    const previous = this.#head;
    const first = this.#frontier.size + 1;
    const hashes = Buffer.allocUnsafeSlow(count * 32);
    this.#db.exec('BEGIN IMMEDIATE');
    const rows: RowValue[] = [];
    for (let i = 0; i < count; i += 1) {
      const start = runs[3 * i] ?? '';
      const seq = first + i;
      const body = `${start}${this.#head}${runs[3 * i + 1]}${seq}${runs[3 * i + 2]}`;
      const leaf = leafHash(body);
      hashes.write(leaf, i * 32, 32, 'hex');
      this.#head = leaf;
      const at = start.lastIndexOf(ID_MARK) + ID_MARK.length;
      rows.push(seq, start.slice(at, at + 32), leaf, body);
      if (rows.length === ROWS_AT_ONCE * COLUMNS) this.#insertRows(rows.splice(0));
      this.#grow(leaf);
    }
    this.#insertRows(rows);
    this.#seal?.announce(this.#frontier.size, this.#frontier.root());
    this.#db.exec('COMMIT');
    this.#seal?.confirm();
    return { first_seq: first, previous, hashes };
  }

  #grow(leaf: Hash): void {
    this.#addToTile(0, leaf);
    this.#frontier.add(leaf, (height, root) => {
      if (height % TILE_HEIGHT === 0) this.#addToTile(height / TILE_HEIGHT, root);
    });
  }

  #addToTile(level: number, hash: Hash): void {
    const full = this.#edge.add(level, hash);
    if (full === undefined) return;
    // The leaf being added is not in the size yet.
    const number = Math.floor(this.#frontier.size / 256 ** (level + 1));
    this.#insertTile(level, number, Buffer.from(full, 'hex'));
  }

  /**
   * Signs the present head. Now and then (every 10,000 entries, every hour, when `always`) the note is stored beside
   * the entries too, so that later changes can be placed between two of them. Undefined without a key.
   */
  checkpoint(always: boolean): string | undefined {
    const size = this.#frontier.size;
    const note = this.#seal?.sign(size, this.#frontier.root());
    if (note === undefined) return undefined;
    const due =
      size - this.#stored.size >= STORE_EVERY_ENTRIES || Date.now() - this.#stored.at >= STORE_EVERY_MS;
    if ((due || always) && size > this.#stored.size) {
      this.#db.prepare('INSERT OR REPLACE INTO checkpoints (size, note) VALUES (?, ?)').run(size, note);
      this.#stored = { size, at: Date.now() };
    }
    return note;
  }

  /**
   * Removes stored checkpoints of a line of entries that was cut off or replaced. Only for a ledger whose tampering a
   * person has accepted: the entries about it say what was there.
   */
  disown(): void {
    const rootAt = rootsOf(this.#db);
    const notes = this.#db
      .prepare<[], { size: number; note: string }>('SELECT size, note FROM checkpoints')
      .all();
    for (const { size, note } of notes) {
      const stated = note.split('\n')[2] ?? '';
      const fits = size <= this.size && Buffer.from(stated, 'base64').toString('hex') === rootAt(size);
      if (!fits) this.#db.prepare('DELETE FROM checkpoints WHERE size = ?').run(size);
    }
    this.#stored = { size: lastCheckpoint(this.#db), at: Date.now() };
  }

  /** Commits something that changes nothing. Throws when the file cannot be written. */
  probe(): void {
    this.#db.pragma(`user_version = ${this.#db.pragma('user_version', { simple: true })}`);
  }

  /** Moves the log into the database file while nothing else is to be done. */
  tidy(): void {
    this.#db.pragma('wal_checkpoint(PASSIVE)');
  }

  get root(): Hash {
    return this.#frontier.root();
  }

  close(): void {
    this.#seal?.close();
    this.#db.close();
  }
}
