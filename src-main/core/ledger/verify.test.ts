import { rmSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { VerifyResult } from '#contract';
import { keyOfSeed } from './keys.ts';
import { signCheckpoint, verifierOfKey } from './note.ts';
import type { LedgerDb } from './schema.ts';
import {
  deleteEntry,
  editBody,
  insertEntry,
  rehashEntry,
  rewriteAll,
  rowsOf,
  swapEntries,
} from './testing/attacks.ts';
import { fill, LedgerFolder, sampleEvent } from './testing/ledgers.ts';

/** More than one tile, so that the stored tree is part of it. */
const SIZE = 600;

let original: LedgerFolder;
let folder: LedgerFolder;
beforeAll(async () => {
  original = new LedgerFolder();
  const ledger = await original.open();
  await fill(ledger, SIZE);
  await ledger.dispose();
});
afterAll(() => original.remove());
beforeEach(() => {
  folder = new LedgerFolder();
  folder.copyFrom(original);
});
afterEach(() => folder.remove());

/** Verifies the closed files, then the same with Aegis started on them. */
async function verifyBoth(): Promise<[VerifyResult, VerifyResult]> {
  const closed = await folder.verify();
  const ledger = await folder.open();
  try {
    return [closed, await ledger.verify()];
  } finally {
    await ledger.dispose();
  }
}

async function expectBad(near: number, by = 1): Promise<void> {
  for (const result of await verifyBoth()) {
    expect(result.valid).toBe(false);
    expect(result.first_bad?.problem).toMatch(/\.$/);
    expect(Math.abs((result.first_bad?.seq ?? 0) - near)).toBeLessThanOrEqual(by);
  }
}

test('an untouched ledger is valid, closed and open, empty and not', async () => {
  for (const result of await verifyBoth()) expect(result).toMatchObject({ valid: true, entries: SIZE });
  const empty = new LedgerFolder();
  const ledger = await empty.open();
  expect(await ledger.verify()).toMatchObject({ valid: true, entries: 0 });
  await ledger.dispose();
  expect(await empty.verify()).toMatchObject({ valid: true });
  empty.remove();
});

const seqs = fc.integer({ min: 1, max: SIZE });
const property = (attack: (db: LedgerDb, seq: number, other: number) => number | undefined, runs: number) =>
  fc.assert(
    fc.asyncProperty(seqs, seqs, async (seq, other) => {
      folder.copyFrom(original);
      let bad: number | undefined;
      folder.tamper((db) => {
        bad = attack(db, seq, other);
      });
      const result = await folder.verify();
      if (bad === undefined) return;
      expect(result.valid).toBe(false);
      expect(result.first_bad?.seq).toBe(bad);
    }),
    { numRuns: runs },
  );

describe('wherever it is done, it is found and named', () => {
  test('any member of an entry edited', () =>
    fc.assert(
      fc.asyncProperty(
        seqs,
        fc.nat(),
        fc.constantFrom('x', '0', '9', 'a', 'null'),
        async (seq, nth, value) => {
          folder.copyFrom(original);
          let changed = false;
          folder.tamper((db) =>
            editBody(db, seq, (body) => {
              const entry: Record<string, unknown> = JSON.parse(body);
              const names = Object.keys(entry);
              const name = names[nth % names.length] ?? '';
              const was = JSON.stringify(entry[name]);
              const edited = JSON.stringify({ ...entry, [name]: value === was ? 'y' : value });
              changed = edited !== body;
              return edited;
            }),
          );
          expect(changed).toBe(true);
          const result = await folder.verify();
          expect(result).toMatchObject({ valid: false, first_bad: { seq } });
        },
      ),
      { numRuns: 60 },
    ));

  test('any single byte of an entry flipped', () =>
    fc.assert(
      fc.asyncProperty(seqs, fc.nat(), fc.integer({ min: 0, max: 6 }), async (seq, at, bit) => {
        folder.copyFrom(original);
        folder.tamper((db) =>
          editBody(db, seq, (body) => {
            const bytes = Buffer.from(body);
            const i = at % bytes.length;
            bytes[i] = (bytes[i] ?? 0) ^ (1 << bit);
            return bytes.toString('latin1');
          }),
        );
        const result = await folder.verify();
        expect(result).toMatchObject({ valid: false, first_bad: { seq } });
      }),
      { numRuns: 40 },
    ));

  test('an entry edited and its hash made to fit', () =>
    property((db, seq) => {
      editBody(db, seq, (body) => body.replace('"tenant":"default"', '"tenant":"another"'));
      rehashEntry(db, seq);
      // Nothing follows the last one: only the root kept outside tells, and that some entry up to it was changed.
      return seq === SIZE ? 1 : seq;
    }, 30));

  test('an entry deleted', () =>
    property((db, seq) => {
      deleteEntry(db, seq);
      return seq;
    }, 30));

  test('two entries swapped', () =>
    property((db, a, b) => {
      if (a === b) return undefined;
      swapEntries(db, a, b);
      return Math.min(a, b);
    }, 30));

  test('an entry inserted', () =>
    property((db, seq) => {
      insertEntry(db, seq);
      return seq;
    }, 30));

  test('the end cut off, by any length', () =>
    property((db, seq) => {
      db.prepare('DELETE FROM entries WHERE seq >= ?').run(seq);
      db.exec(`DELETE FROM tiles WHERE (number + 1) * 256 >= ${seq}`);
      return seq;
    }, 30));

  test('everything rewritten with our own code after an edit, the tree too', () =>
    property((db, seq) => {
      editBody(db, seq, (body) => body.replace('"tenant":"default"', '"tenant":"another"'));
      rewriteAll(db);
      db.exec('DELETE FROM checkpoints');
      return 1;
    }, 20));
});

test('the end cut by a single entry is found at the next start and for ever after', async () => {
  folder.tamper((db) => db.exec(`DELETE FROM entries WHERE seq = ${SIZE}`));
  const first = await folder.open();
  expect(first.status()).toMatchObject({
    state: 'degraded',
    detail: expect.stringContaining(`Entry ${SIZE} is missing`),
  });
  expect(first.list({ action: 'ledger.tampering_found' }).items).toHaveLength(1);
  await fill(first, 10);
  expect(await first.verify()).toMatchObject({ valid: false, first_bad: { seq: SIZE } });
  await first.dispose();

  const second = await folder.open();
  expect(await second.verify()).toMatchObject({ valid: false, first_bad: { seq: SIZE } });
  expect(second.list({ action: 'ledger.tampering_found' }).items).toHaveLength(1);
  await second.dispose();
});

test('an older copy put back is found', async () => {
  const newer = new LedgerFolder();
  newer.copyFrom(original);
  const ledger = await newer.open();
  await fill(ledger, 50);
  await ledger.dispose();
  folder.copyFrom(newer);
  // The database of before, the anchors of now.
  folder.copyFrom(original, ['ledger.db', 'ledger.db-wal', 'ledger.db-shm']);
  await expectBad(SIZE + 1, 0);
  newer.remove();
});

test('all files of an older day put back are found by an anchor elsewhere', async () => {
  let note: string | null = null;
  const elsewhere = {
    name: 'keychain',
    load: async () => note,
    save: async (next: string) => {
      note = next;
    },
  };
  const ledger = await folder.open({ anchors: [elsewhere] });
  await fill(ledger, 50);
  await ledger.dispose();
  folder.copyFrom(original);
  const again = await folder.open({ anchors: [elsewhere] });
  expect(again.status().state).toBe('degraded');
  expect(await again.verify()).toMatchObject({ valid: false, first_bad: { seq: SIZE + 1 } });
  await again.dispose();
});

test('entries added by another program are found', async () => {
  folder.tamper((db) => {
    const last = rowsOf(db).at(-1);
    if (!last) return;
    const id = Buffer.alloc(16, 7);
    db.prepare('INSERT INTO entries VALUES (?, ?, ?, ?)').run(SIZE + 1, id, last.hash, last.body);
    editBody(db, SIZE + 1, (body) =>
      body.replace(/"id":"aud_[0-9a-f]+"/, `"id":"aud_${id.toString('hex')}"`),
    );
    rewriteAll(db);
  });
  await expectBad(SIZE + 1, 0);
});

test('checkpoints signed by somebody else do not count', async () => {
  const key = keyOfSeed(Buffer.alloc(32, 9));
  folder.tamper((db) => {
    editBody(db, 5, (body) => body.replace('"tenant":"default"', '"tenant":"another"'));
    rewriteAll(db);
    const note = signCheckpoint(3, '00'.repeat(32), '2026-01-01T00:00:00.000Z', key, verifierOfKey(key));
    db.exec('DELETE FROM checkpoints');
    db.prepare('INSERT INTO checkpoints VALUES (3, ?)').run(note);
  });
  await expectBad(1, 0);
});

test('without the files outside the database nothing can be vouched for, and that is said', async () => {
  rmSync(`${folder.anchor}.head`);
  rmSync(folder.anchor);
  for (const result of await verifyBoth()) expect(result.valid).toBe(false);
});

test('a change made while Aegis runs is found', async () => {
  const ledger = await folder.open();
  folder.tamper((db) => editBody(db, 77, (body) => body.replace('allowed', 'denied ')));
  expect(await ledger.verify()).toMatchObject({ valid: false, first_bad: { seq: 77 } });
  expect(ledger.status().state).toBe('degraded');
  await ledger.dispose();
});

test('verification goes on beside appends, tells how far it is and can be cancelled', async () => {
  const ledger = await folder.open();
  await fill(ledger, 20_000);
  const steps: number[] = [];
  const appending = fill(ledger, 3_000, 20_000);
  const result = await ledger.verify({ onProgress: (done) => steps.push(done) });
  await appending;
  expect(result.valid).toBe(true);
  expect(result.entries).toBeGreaterThanOrEqual(SIZE + 20_000);
  expect(steps.length).toBeGreaterThan(1);

  const stop = new AbortController();
  const cancelled = ledger.verify({ signal: stop.signal, onProgress: () => stop.abort(new Error('enough')) });
  await expect(cancelled).rejects.toThrow('enough');
  await ledger.append(sampleEvent(1));
  await ledger.dispose();
});
