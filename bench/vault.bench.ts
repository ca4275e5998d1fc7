/**
 * `npm run bench -- vault`: what the vault and identity cost the Gate per request, at 1, 100 and 10,000 entries. The baseline
 * of each row is the bare primitive in the same run: one AES-256-GCM decryption, one SHA-256.
 */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '../src-main/core/base/ids.ts';
import { silentLog } from '../src-main/core/base/log.ts';
import type { Actor } from '../src-main/core/base/principal.ts';
import { Identity, identitySchema } from '../src-main/core/identity/index.ts';
import { LiveHub } from '../src-main/core/live/index.ts';
import { openDatabase } from '../src-main/core/store/index.ts';
import { Vault } from '../src-main/core/vault/index.ts';

/** Microseconds per call unless the name says otherwise; `ratio` is to the baseline of the same run. */
export interface VaultRow {
  readonly what: string;
  readonly entries: number;
  readonly value: number;
  readonly ratio: number | null;
}

const SIZES = [1, 100, 10_000] as const;
const CALLS = 20_000;
const ROUNDS = 5;
const ACTOR: Actor = { name: 'bench', via: 'system' };
const PASSPHRASE = 'a passphrase for the bench';

/** Best of several rounds, in microseconds per call: the least disturbed one. */
function time(work: (i: number) => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = performance.now();
    for (let i = 0; i < CALLS; i += 1) work(i);
    best = Math.min(best, ((performance.now() - start) * 1000) / CALLS);
  }
  return best;
}

function bareDecryption(): number {
  const [key, nonce] = [randomBytes(32), randomBytes(12)];
  const cipher = createCipheriv('aes-256-gcm', key, nonce);
  const sealed = Buffer.concat([cipher.update(randomBytes(108)), cipher.final()]);
  const tag = cipher.getAuthTag();
  return time(() => {
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 });
    decipher.setAuthTag(tag);
    decipher.update(sealed);
    decipher.final();
  });
}

const bareHash = (): number => {
  const text = randomBytes(36).toString('hex');
  return time(() => {
    createHash('sha256').update(text).digest();
  });
};

async function measure(entries: number, decryption: number, hash: number): Promise<VaultRow[]> {
  const dir = mkdtempSync(join(tmpdir(), 'aegis-bench-vault-'));
  const shared = { ledger: { append: async () => undefined }, live: new LiveHub(), log: silentLog() };
  const options = { ...shared, dir, name: 'default' };
  try {
    let vault = await Vault.open(options);
    await vault.setPassphrase(PASSPHRASE, ACTOR);
    for (let i = 0; i < entries; i += 1) {
      const secret = `sk-${randomBytes(50).toString('hex')}`;
      const domains = ['api.example.com'];
      await vault.add({ name: `c${i}`, service: `s${i}`, secret, domains, auth_type: 'bearer' }, ACTOR);
    }
    await vault.dispose();

    const opening = performance.now();
    vault = await Vault.open(options);
    const openMs = performance.now() - opening;
    const unlocking = performance.now();
    await vault.unlock({ passphrase: PASSPHRASE }, ACTOR);
    const unlockMs = performance.now() - unlocking;

    const db = openDatabase(join(dir, 'aegis.db'), [identitySchema]);
    const credentials = {
      byName: (_: string, name: string) => vault.get(name),
      byId: vault.getById.bind(vault),
    };
    const identity = new Identity({ ...shared, db, credentials });
    const ids = vault.list().map((one) => one.id);
    const tokens: string[] = [];
    for (const id of ids) {
      const input = { session_id: newId('ses'), name: 'bench', credential_ids: [id] };
      tokens.push((await identity.issueSessionAgent(input, ACTOR)).token);
    }
    const idAt = (i: number) => ids[i % ids.length] ?? newId('crd');
    const lookup = time((i) => void vault.forService(`s${i % entries}`));
    const secret = time((i) => void vault.openSecret(idAt(i)).fill(0));
    const token = time((i) => void identity.authenticate(tokens[i % tokens.length] ?? ''));
    await identity.dispose();
    db.close();
    await vault.dispose();
    return [
      { what: 'open the file (ms)', entries, value: openMs, ratio: null },
      { what: 'unlock with passphrase (ms)', entries, value: unlockMs, ratio: null },
      { what: 'credentials of a service', entries, value: lookup, ratio: null },
      { what: 'open a secret', entries, value: secret, ratio: secret / decryption },
      { what: 'tell whose token it is', entries, value: token, ratio: token / hash },
    ];
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

export async function run(): Promise<VaultRow[]> {
  const [decryption, hash] = [bareDecryption(), bareHash()];
  const rows: VaultRow[] = [
    { what: 'baseline: one AES-256-GCM decryption', entries: 0, value: decryption, ratio: 1 },
    { what: 'baseline: one SHA-256', entries: 0, value: hash, ratio: 1 },
  ];
  for (const entries of SIZES) rows.push(...(await measure(entries, decryption, hash)));
  return rows;
}

if (process.argv[1]?.endsWith('vault.bench.ts')) {
  const rows = await run();
  if (process.argv.includes('--json')) console.log(JSON.stringify(rows));
  else
    console.table(
      rows.map((row) => ({ ...row, value: Number(row.value.toFixed(3)), ratio: row.ratio?.toFixed(2) })),
    );
}
