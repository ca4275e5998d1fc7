import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type AnchoredNote,
  cutAt,
  type Finding,
  rewrittenBefore,
  type Witness,
  witnessesOf,
} from './attest.ts';
import { entryOf, ZERO_HASH } from './canonical.ts';
import { Frontier, type Hash, leafHash, TILE_HEIGHT, TILE_WIDTH } from './merkle.ts';
import type { Verifier } from './note.ts';
import type { LedgerDb } from './schema.ts';

/** Rows read at once: few enough to be forgotten young. */
const CHUNK = 512;
/** Chunks between two looks at the outside. */
const TURN = 16;
/**
 * Where members stand in a canonical entry. They are sorted, and only `details`, which comes before all of these, is
 * nested: so the last link is the entry's own, the number follows it and the id precedes it.
 */
const LINK_MARK = ',"prev_hash":"';
const SEQ_MARK = ',"seq":';
const ID_MARK = ',"id":"aud_';
/** How the canonical JSON of the entries about found tampering begins. */
const TAMPERING_MARK = '{"action":"ledger.tampering_';

export interface VerifyTask {
  readonly db: LedgerDb;
  /** Sizes and roots the ledger must have had. */
  readonly witnesses: readonly Witness[];
  /** Whoever must have signed the stored checkpoints; undefined leaves them unchecked. */
  readonly trusted: Verifier | undefined;
  /** Called about every 8192 entries; returning false ends the work. */
  readonly onProgress: (done: number, total: number) => boolean;
}

export interface Verified {
  readonly entries: number;
  /** Hex. */
  readonly root: string;
  readonly first_bad: Finding | undefined;
  /** Only when onProgress ended the work. */
  readonly cancelled: boolean;
}

/** The two blobs come as one string of hex: the id's 32 digits, then the hash's 64. */
type Row = [seq: number, blobs: string, body: string];

/** Stops the pass at the first thing that is wrong. */
class Bad extends Error {
  readonly finding: Finding;

  constructor(finding: Finding) {
    super(finding.problem);
    this.finding = finding;
  }
}

const bad = (seq: number, problem: string): Bad => new Bad({ seq, problem });

/**
 * Recomputes everything from the entries' own bytes: numbering, hashes, links, the tree with its tiles, every stored
 * checkpoint and every head kept outside. Works on one snapshot; appends go on meanwhile.
 */
export async function verifyEntries(task: VerifyTask): Promise<Verified> {
  const pass = new Pass(task);
  task.db.exec('BEGIN');
  try {
    pass.begin();
    const total = task.db.prepare<[], { n: number }>('SELECT count(*) AS n FROM entries').get()?.n ?? 0;
    const page = task.db
      .prepare<[number, number], Row>(
        'SELECT seq, lower(hex(id) || hex(hash)), body FROM entries WHERE seq > ? ORDER BY seq LIMIT ?',
      )
      .raw();
    for (let after = Number.MIN_SAFE_INTEGER, chunks = 1; ; chunks += 1) {
      const rows = page.all(after, CHUNK) as Row[];
      for (const row of rows) pass.entry(row);
      const last = rows.at(-1);
      if (!last || rows.length < CHUNK) break;
      after = last[0];
      if (chunks % TURN !== 0) continue;
      // Lets messages in, so that the work can be cancelled and others can be served between.
      await nextTurn();
      if (!task.onProgress(pass.size, total)) return pass.result(true);
    }
    pass.end();
    return pass.result(false);
  } catch (error) {
    if (error instanceof Bad) return pass.result(false, error.finding);
    throw error;
  } finally {
    task.db.exec('COMMIT');
  }
}

class Pass {
  readonly #db: LedgerDb;
  readonly #frontier = new Frontier();
  /** Per level the stored tile that is being filled, as hex. */
  readonly #open: (string | undefined)[] = [];
  readonly #task: VerifyTask;
  #witnesses: Witness[] = [];
  readonly #tile: (level: number, number: number) => Buffer | undefined;
  #nextWitness = 0;
  #previous = ZERO_HASH;
  /** The link from this entry to the one before failed; the next entry tells which of the two was replaced. */
  #broken: number | undefined;
  /** Size up to which a witness vouched for everything. */
  #good = 0;
  #tiles = 0;
  /** What a start of Aegis found and recorded, and nobody has accepted since. */
  #recorded: Finding | undefined;

  constructor(task: VerifyTask) {
    this.#db = task.db;
    this.#task = task;
    const tile = task.db.prepare<[number, number], { hashes: Buffer }>(
      'SELECT hashes FROM tiles WHERE level = ? AND number = ?',
    );
    this.#tile = (level, number) => tile.get(level, number)?.hashes;
  }

  begin(): void {
    const stored = storedCheckpoints(this.#db, this.#task.trusted);
    this.#witnesses = [...this.#task.witnesses, ...stored].sort((a, b) => a.size - b.size);
    this.#askWitnesses();
  }

  get size(): number {
    return this.#frontier.size;
  }

  entry([seq, blobs, body]: Row): void {
    const expected = this.#frontier.size + 1;
    if (seq !== expected) this.#misnumbered(seq, expected);
    const leaf = leafHash(body);
    const stored = blobs.slice(32);
    const link = body.lastIndexOf(LINK_MARK);
    const linked = body.startsWith(`${this.#previous}","reason":`, link + LINK_MARK.length);
    if (this.#broken !== undefined) throw this.#brokenLink(this.#broken, linked && leaf === stored);
    if (leaf !== stored) throw bad(seq, `Entry ${seq} was changed: its content does not fit its hash.`);
    if (!body.startsWith(`${seq},"service":`, body.indexOf(SEQ_MARK, link) + SEQ_MARK.length)) {
      throw bad(seq, `Entry ${seq} carries another number: entries were moved or renumbered.`);
    }
    if (
      !body.startsWith(
        `${blobs.slice(0, 32)}","on_behalf_of":`,
        body.lastIndexOf(ID_MARK, link) + ID_MARK.length,
      )
    ) {
      throw bad(seq, `Entry ${seq} is filed under an id that is not its own.`);
    }
    if (!linked) this.#broken = seq;
    if (body.startsWith(TAMPERING_MARK)) this.#recall(body);
    this.#previous = leaf;
    this.#addToTile(0, leaf);
    this.#frontier.add(leaf, (height, root) => {
      if (height % TILE_HEIGHT === 0) this.#addToTile(height / TILE_HEIGHT, root);
    });
    if (this.#witnesses[this.#nextWitness]?.size === this.#frontier.size) {
      if (this.#broken !== undefined) return;
      this.#askWitnesses();
    }
  }

  #recall(body: string): void {
    const { action, reason, details } = entryOf(body, '');
    if (action === 'ledger.tampering_accepted') this.#recorded = undefined;
    else this.#recorded ??= { seq: Number(details.first_bad), problem: reason ?? 'Tampering was found.' };
  }

  #misnumbered(seq: number, expected: number): never {
    if (this.#broken !== undefined) throw this.#brokenLink(this.#broken, false);
    if (seq < expected) throw bad(seq, `Entry ${seq} stands where the ledger begins: it was inserted.`);
    const range = seq === expected + 1 ? `Entry ${expected} is` : `Entries ${expected} to ${seq - 1} are`;
    throw bad(expected, `${range} missing: removed from the middle of the ledger.`);
  }

  #brokenLink(seq: number, nextFits: boolean): Bad {
    // An entry that its follower still vouches for is the original; then the one before it was replaced. The last one
    // has no follower; to change an entry and its hash is likelier than to change a link.
    const replaced = nextFits && seq > 1 ? seq - 1 : seq;
    return bad(
      replaced,
      `Entry ${replaced} was replaced, moved or inserted: entry ${seq} does not follow from the one before it.`,
    );
  }

  /** Compares the root with every witness of this size. */
  #askWitnesses(): void {
    for (;;) {
      const witness = this.#witnesses[this.#nextWitness];
      if (!witness || witness.size !== this.#frontier.size) return;
      if (witness.root !== this.#frontier.root()) {
        // Of a line that was cut off or replaced earlier, when that was found and recorded.
        throw new Bad(this.#recorded ?? rewrittenBefore(this.#good, witness));
      }
      this.#good = witness.size;
      this.#nextWitness += 1;
    }
  }

  /** Compares a node with the stored tile it belongs to, while that tile fills up. */
  #addToTile(level: number, hash: Hash): void {
    const width = TILE_WIDTH ** level;
    const index = Math.floor(this.#frontier.size / width);
    const within = index % TILE_WIDTH;
    const number = (index - within) / TILE_WIDTH;
    if (within === 0) this.#open[level] = this.#tile(level, number)?.toString('hex');
    const stored = this.#open[level];
    const seq = index * width + 1;
    if (stored !== undefined && !stored.startsWith(hash, within * hash.length)) {
      throw bad(seq, `Entry ${seq} was replaced: the stored tree holds another hash for it.`);
    }
    if (within < TILE_WIDTH - 1) return;
    if (stored?.length !== TILE_WIDTH * hash.length) {
      throw bad(
        number * TILE_WIDTH * width + 1,
        `The stored tree lost the part that ends with entry ${seq}.`,
      );
    }
    this.#tiles += 1;
  }

  /** After the last entry. */
  end(): void {
    if (this.#broken !== undefined) throw this.#brokenLink(this.#broken, true);
    const missing = this.#witnesses[this.#nextWitness];
    if (missing) throw new Bad(this.#recorded ?? cutAt(this.#frontier.size, missing));
    const tiles = this.#db.prepare<[], { n: number }>('SELECT count(*) AS n FROM tiles').get()?.n ?? 0;
    if (tiles !== this.#tiles) {
      throw bad(this.#frontier.size + 1, 'The stored tree covers more entries than there are.');
    }
  }

  result(cancelled: boolean, finding: Finding | undefined = this.#recorded): Verified {
    return {
      entries: this.#frontier.size,
      root: this.#frontier.root(),
      first_bad: finding,
      cancelled,
    };
  }
}

function storedCheckpoints(db: LedgerDb, trusted: Verifier | undefined): Witness[] {
  if (!trusted) return [];
  const rows = db
    .prepare<[], { size: number; note: string }>('SELECT size, note FROM checkpoints ORDER BY size')
    .all();
  return rows.flatMap(({ size, note }) => {
    const anchored: AnchoredNote = { name: `checkpoint stored at ${size}`, note };
    const { witnesses, findings } = witnessesOf([anchored], trusted);
    const finding = findings[0];
    if (finding) throw new Bad(finding);
    return witnesses;
  });
}
