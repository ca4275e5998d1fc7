import { existsSync } from 'node:fs';
import type { VerifyResult } from '#contract';
import { AegisError } from '../base/errors.ts';
import { nowIso } from '../base/time.ts';
import { type Anchor, fileAnchor } from './anchors.ts';
import { attest, type Finding, type Witness, witnessesOf } from './attest.ts';
import { bootId, readHeads } from './head-file.ts';
import { headKeyOf, type LedgerKeys } from './keys.ts';
import { verifierOfKey } from './note.ts';
import { type LedgerDb, openForReading } from './schema.ts';
import { headPathOf } from './seal.ts';
import { rootsOf } from './tiles.ts';
import { type Verified, verifyEntries } from './verify.ts';

export interface OfflineOptions {
  readonly path: string;
  readonly anchorPath: string;
  /** As the ledger was opened with. */
  readonly keys: LedgerKeys;
  readonly anchors?: readonly Anchor[];
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Verifies a ledger no Aegis is running on, changing nothing. Throws NOT_FOUND when there is none and what SQLite or
 * the key store throw.
 */
export async function verifyOffline(options: OfflineOptions): Promise<VerifyResult> {
  const started = performance.now();
  if (!existsSync(options.path)) {
    throw new AegisError('NOT_FOUND', `There is no ledger at ${options.path}.`, {
      hint: 'Give the state folder it is in: AEGIS_STATE_DIR.',
    });
  }
  const key = await options.keys.signingKey();
  const trusted = verifierOfKey(key);
  const notes = [];
  for (const anchor of [fileAnchor(options.anchorPath), ...(options.anchors ?? [])]) {
    const note = await anchor.load();
    if (note !== null) notes.push({ name: anchor.name, note });
  }
  const anchored = witnessesOf(notes, trusted);
  const heads = readHeads(headPathOf(options.anchorPath), headKeyOf(key));
  const db = openForReading(options.path);
  try {
    const { findings } = attest(sizeOf(db), rootsOf(db), heads, anchored, bootId());
    const sure: Witness[] = heads.slice(0, 1).map((head) => ({ ...head, source: 'newest head' }));
    const done = await verifyEntries({
      db,
      witnesses: [...anchored.witnesses, ...sure],
      trusted,
      onProgress: (count, total) => {
        options.onProgress?.(count, total);
        return true;
      },
    });
    return resultOf(done, done.first_bad ?? findings[0], started);
  } finally {
    db.close();
  }
}

const sizeOf = (db: LedgerDb): number =>
  db.prepare<[], { n: number | null }>('SELECT max(seq) AS n FROM entries').get()?.n ?? 0;

export function resultOf(done: Verified, firstBad: Finding | undefined, started: number): VerifyResult {
  return {
    valid: firstBad === undefined,
    entries: done.entries,
    root: done.root,
    ...(firstBad === undefined ? {} : { first_bad: firstBad }),
    verified_at: nowIso(),
    duration_ms: Math.round(performance.now() - started),
  };
}
