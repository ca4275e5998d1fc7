import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AuditProof } from '#contract';
import { Ledger } from '../../../src-main/core/ledger/index.ts';
import { checkProof, readVerifierKey } from './proof-check.ts';

let folder: string;
let ledger: Ledger;
let proof: AuditProof;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aegis-proof-'));
  ledger = await Ledger.open({
    path: join(folder, 'ledger.db'),
    anchorPath: join(folder, 'ledger.anchor'),
    log: pino({ level: 'silent' }),
  });
  const entries = await Promise.all(
    Array.from({ length: 21 }, (_, i) =>
      ledger.append({
        action: 'gate.request',
        outcome: 'allowed',
        actor: 'bot',
        target: `GET /€/${i}\u2028"\\`,
        details: { zebra: 1e21, apple: 'é', n: i / 3 },
      }),
    ),
  );
  const id = entries[13]?.id;
  if (!id) throw new Error('no entry');
  proof = await ledger.proof(id);
});
afterAll(async () => {
  await ledger.dispose();
  await rm(folder, { recursive: true, force: true });
});

const states = async (changed: AuditProof) => (await checkProof(changed)).map(({ state }) => state);

it('believes the proof of a real ledger', async () => {
  expect(await states(proof)).toEqual(['ok', 'ok', 'ok']);
  expect(readVerifierKey(proof.key ?? '')?.raw).toHaveLength(32);
});

it('sees a changed field, place, path, root, size and signature', async () => {
  expect(await states({ ...proof, entry: { ...proof.entry, target: 'GET /other' } })).toEqual([
    'failed',
    'failed',
    'ok',
  ]);
  expect((await states({ ...proof, index: proof.index + 1 }))[1]).toBe('failed');
  expect((await states({ ...proof, proof: proof.proof.slice(1) }))[1]).toBe('failed');
  expect((await states({ ...proof, proof: ['zz', ...proof.proof.slice(1)] }))[1]).toBe('failed');
  expect(await states({ ...proof, root: '0'.repeat(64) })).toEqual(['ok', 'failed', 'failed']);
  expect((await states({ ...proof, size: proof.size + 1 }))[2]).toBe('failed');
  expect((await states({ ...proof, note: (proof.note ?? '').replace('time 2', 'time 3') }))[2]).toBe(
    'failed',
  );
});

it('says so when there is no signature or no such key', async () => {
  expect(await states({ ...proof, note: null })).toEqual(['ok', 'ok', 'unknown']);
  expect((await states({ ...proof, key: 'someone+00000000+AAAA' }))[2]).toBe('failed');
});
