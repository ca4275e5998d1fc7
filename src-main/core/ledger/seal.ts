import type { KeyObject } from 'node:crypto';
import { type AnchoredNote, type Attestation, attest, witnessesOf } from './attest.ts';
import { bootId, HeadFile, readHeads } from './head-file.ts';
import { headKeyOf } from './keys.ts';
import { type Hash, subtreeRoot } from './merkle.ts';
import { signCheckpoint, type Verifier, verifierOfKey } from './note.ts';
import type { LedgerDb } from './schema.ts';
import { nodesOf, rootsOf } from './tiles.ts';

/** The places outside the database, derived from the anchor's path. */
export const headPathOf = (anchorPath: string): string => `${anchorPath}.head`;

/** Signs what the writer stores and keeps the newest head outside the database. */
export class Seal {
  readonly #key: KeyObject;
  readonly #headKey: Buffer;
  readonly #anchorPath: string;
  readonly verifier: Verifier;
  #head: HeadFile | undefined;

  constructor(key: KeyObject, anchorPath: string) {
    this.#key = key;
    this.#headKey = headKeyOf(key);
    this.#anchorPath = anchorPath;
    this.verifier = verifierOfKey(key);
  }

  /** Compares the database with the heads kept outside it and gets ready to keep the next one. */
  start(db: LedgerDb, size: number, anchors: readonly AnchoredNote[]): Attestation {
    this.close();
    const path = headPathOf(this.#anchorPath);
    const heads = readHeads(path, this.#headKey);
    const result = attest(size, rootsOf(db), heads, witnessesOf(anchors, this.verifier), bootId());
    this.#head = new HeadFile(path, this.#headKey);
    // What was found is kept as it is until it is recorded.
    if (result.findings.length === 0 && result.recoveredFrom === undefined) {
      this.#head.announce(size, subtreeRoot(nodesOf(db), 0, size));
      this.#head.confirm();
    }
    return result;
  }

  announce(size: number, root: Hash): void {
    this.#head?.announce(size, root);
  }

  confirm(): void {
    this.#head?.confirm();
  }

  sign(size: number, root: Hash): string {
    return signCheckpoint(size, root, new Date().toISOString(), this.#key, this.verifier);
  }

  close(): void {
    this.#head?.close();
    this.#head = undefined;
  }
}
