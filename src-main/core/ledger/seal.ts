import type { KeyObject } from 'node:crypto';
import { type AnchoredNote, type Attestation, attest, witnessesOf } from './attest.ts';
import { bootId, HeadFile, readHeads } from './head-file.ts';
import { headKeyOf } from './keys.ts';
import type { Hash } from './merkle.ts';
import { signCheckpoint, type Verifier, verifierOfKey } from './note.ts';
import type { LedgerDb } from './schema.ts';
import { rootsOf } from './tiles.ts';

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
    this.#head = new HeadFile(path, this.#headKey, result.slot);
    return result;
  }

  announce(size: number, root: Hash): void {
    this.#head?.announce(size, root);
  }

  committed(): void {
    this.#head?.committed();
  }

  sign(size: number, root: Hash): string {
    return signCheckpoint(size, root, new Date().toISOString(), this.#key, this.verifier);
  }

  close(): void {
    this.#head?.close();
    this.#head = undefined;
  }
}
