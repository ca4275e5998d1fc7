/**
 * The newest head, kept outside the database and exact to the entry. Before each commit the size and root it will lead
 * to are announced in one slot, after it they are confirmed in the other: so at rest the database must be exactly where
 * both say, and after a crash at one of the two. The codes need the ledger's key: who can write the file still cannot
 * make it say something else. The file is not flushed at each commit; after a power loss it may be behind the database,
 * never ahead of it.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import {
  closeSync,
  constants,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  readSync,
  writeSync,
} from 'node:fs';
import { uptime } from 'node:os';
import { type Hash, hashToBase64 } from './merkle.ts';

const SLOT_BYTES = 256;

export interface Head {
  readonly size: number;
  readonly root: Hash;
  /** Which start of the machine it was written in. */
  readonly boot: string;
}

/** Tells one start of the machine from another: after a power loss it has changed. */
export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    // Elsewhere the moment of the start, to ten seconds: clocks drift a little.
    return `up-${Math.round((Date.now() / 1000 - uptime()) / 10)}`;
  }
}

const codeOf = (key: Uint8Array, size: number, root: string, boot: string): Buffer =>
  createHmac('sha256', key).update(`aegis ledger head\n${size}\n${root}\n${boot}\n`).digest();

/** The slots whose code is right, smaller first. Empty when the file is absent, cut or forged. */
export function readHeads(path: string, key: Uint8Array): Head[] {
  if (!existsSync(path)) return [];
  const file = openSync(path, 'r');
  try {
    const bytes = Buffer.alloc(2 * SLOT_BYTES);
    readSync(file, bytes, 0, bytes.length, 0);
    return [0, 1].flatMap((slot) => slotOf(bytes, slot, key)).sort((a, b) => a.size - b.size);
  } finally {
    closeSync(file);
  }
}

function slotOf(bytes: Buffer, slot: number, key: Uint8Array): Head[] {
  const text = bytes.toString('latin1', slot * SLOT_BYTES, (slot + 1) * SLOT_BYTES);
  const match = /^head (\d{1,16}) (\S{44}) (\S{1,64}) (\S{44})\s*$/.exec(text);
  const [, size = '', root = '', boot = '', code = ''] = match ?? [];
  if (!match) return [];
  const given = Buffer.from(code, 'base64');
  const right = codeOf(key, Number(size), root, boot);
  if (given.length !== right.length || !timingSafeEqual(given, right)) return [];
  return [{ size: Number(size), root: Buffer.from(root, 'base64').toString('hex'), boot }];
}

const CONFIRMED = 0;
const ANNOUNCED = 1;

export class HeadFile {
  readonly #file: number;
  readonly #key: Uint8Array;
  readonly #boot = bootId();
  #announced = '';

  /** Throws a system error. */
  constructor(path: string, key: Uint8Array) {
    const fresh = !existsSync(path);
    this.#file = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    this.#key = key;
    if (fresh) {
      // From here on the file never grows: a full disk does not keep it from being written.
      writeSync(this.#file, Buffer.alloc(2 * SLOT_BYTES, ' '), 0, 2 * SLOT_BYTES, 0);
      fsyncSync(this.#file);
    }
  }

  /** Says what the commit about to happen leads to. */
  announce(size: number, root: Hash): void {
    const encoded = hashToBase64(root);
    const code = codeOf(this.#key, size, encoded, this.#boot).toString('base64');
    this.#announced = `${`head ${size} ${encoded} ${this.#boot} ${code}`.padEnd(SLOT_BYTES - 1)}\n`;
    this.#write(ANNOUNCED);
  }

  /** The announced commit happened. */
  confirm(): void {
    this.#write(CONFIRMED);
  }

  #write(slot: number): void {
    writeSync(this.#file, this.#announced, slot * SLOT_BYTES, 'latin1');
  }

  close(): void {
    closeSync(this.#file);
  }
}
