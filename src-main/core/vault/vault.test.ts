import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Credential, Vault as VaultInfo } from '#contract';
import { bench, input, MASTER, OTHER_MASTER, OWNER, refusal, tamper, temporaryFolder } from './fixture.ts';
import type { Vault } from './vault.ts';

describe('a credential', () => {
  test('is added, shown without its secret, opened for the Gate and removed', async () => {
    const { open, ledger, published } = bench();
    const vault = await open();
    const added = await vault.add(input({ ttl_days: 7 }), OWNER);
    expect(Credential.parse(added)).toEqual(added);
    expect(JSON.stringify([added, vault.list(), ledger.events, published])).not.toContain('sk-ant-api03');
    expect(Date.parse(added.expires_at ?? '') - Date.parse(added.created_at)).toBe(7 * 86_400_000);
    expect(vault.get('anthropic')).toEqual(added);
    expect(vault.getById(added.id)).toEqual(added);
    expect(vault.forService('anthropic').map((one) => one.id)).toEqual([added.id]);
    expect(vault.openSecret(added.id).toString()).toBe('sk-ant-api03-0123456789');

    expect(await vault.remove('anthropic', OWNER)).toMatchObject({ id: added.id });
    expect(vault.list()).toEqual([]);
    expect(vault.forService('anthropic')).toEqual([]);
    expect(() => vault.openSecret(added.id)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
    expect(() => vault.get('anthropic')).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
    expect(ledger.actions()).toEqual(['vault.set_up', 'credential.added', 'credential.removed']);
    expect(published.map((event) => event.type)).toEqual([
      'vault.changed',
      'credential.changed',
      'vault.changed',
      'credential.removed',
      'vault.changed',
    ]);
  });

  test('zeroing the buffer handed out does not touch the stored secret', async () => {
    const vault = await bench().open();
    const { id } = await vault.add(input(), OWNER);
    for (let round = 0; round < 3; round += 1) {
      const secret = vault.openSecret(id);
      expect(secret.toString()).toBe('sk-ant-api03-0123456789');
      secret.fill(0);
    }
  });

  test('of the largest size survives a restart; one byte more is refused', async () => {
    const { open } = bench();
    const vault = await open();
    const secret = 'x'.repeat(512 * 1024);
    const { id } = await vault.add(input({ secret }), OWNER);
    await vault.dispose();
    const again = await open();
    expect(again.openSecret(id).equals(Buffer.from(secret))).toBe(true);
    const refused = await refusal(() => again.add(input({ name: 'more', secret: `${secret}x` }), OWNER));
    expect(refused.code).toBe('INVALID_INPUT');
    expect(again.list()).toHaveLength(1);
  });

  test('keeps its name to itself, also when two are added at once', async () => {
    const { open, ledger } = bench();
    const vault = await open();
    const results = await Promise.allSettled([1, 2, 3].map(() => vault.add(input(), OWNER)));
    expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(ledger.actions().filter((action) => action === 'credential.added')).toHaveLength(1);
  });

  test('several may serve one service', async () => {
    const vault = await bench().open();
    await vault.add(input({ name: 'work' }), OWNER);
    await vault.add(input({ name: 'home' }), OWNER);
    expect(vault.forService('anthropic').map((one) => one.name)).toEqual(['work', 'home']);
    expect(vault.forService('openai')).toEqual([]);
  });

  test('remembers when it was used', async () => {
    const { open } = bench();
    const vault = await open();
    const { id } = await vault.add(input(), OWNER);
    vault.touchUsed(id);
    const used = vault.get('anthropic').last_used_at;
    expect(used).not.toBeNull();
    await vault.dispose();
    expect((await open()).get('anthropic').last_used_at).toBe(used);
  });
});

describe('the ledger comes first', () => {
  test('nothing is given out or stored when it cannot be written', async () => {
    const { open, ledger } = bench();
    const vault = await open();
    ledger.down = true;
    expect((await refusal(() => vault.add(input(), OWNER))).code).toBe('LEDGER_UNAVAILABLE');
    expect(vault.list()).toEqual([]);
    ledger.down = false;
    const { id } = await vault.add(input(), OWNER);
    ledger.down = true;
    expect((await refusal(() => vault.remove('anthropic', OWNER))).code).toBe('LEDGER_UNAVAILABLE');
    expect(vault.openSecret(id).toString()).toContain('sk-ant');
    expect((await refusal(() => vault.setPassphrase('a good passphrase', OWNER))).code).toBe(
      'LEDGER_UNAVAILABLE',
    );
    expect(vault.info().slots).toEqual(['environment']);
  });

  test('locking is never refused, but the caller is told', async () => {
    const { open, ledger } = bench();
    const vault = await open();
    ledger.down = true;
    expect((await refusal(() => vault.lock(OWNER))).code).toBe('LEDGER_UNAVAILABLE');
    expect(vault.info().state).toBe('locked');
    expect((await refusal(() => vault.unlock({}, OWNER))).code).toBe('LEDGER_UNAVAILABLE');
    expect(vault.info().state).toBe('locked');
    ledger.down = false;
    expect((await vault.unlock({}, OWNER)).state).toBe('open');
  });

  test('without it the vault opens locked and says so', async () => {
    const { open, ledger } = bench();
    ledger.down = true;
    expect((await open()).info()).toMatchObject({
      state: 'not_set_up',
      reason: expect.stringContaining('ledger'),
    });
  });

  test('a write that fails after its entry is followed by an error entry', async () => {
    const { open, ledger, path } = bench();
    const vault = await open();
    tamper(path, 'DROP TABLE credential_versions');
    expect((await refusal(() => vault.add(input(), OWNER))).code).toBe('INTERNAL');
    expect(vault.list()).toEqual([]);
    expect(ledger.events.at(-1)).toMatchObject({ action: 'credential.added', outcome: 'error' });
  });
});

describe('locked', () => {
  test('nothing opens, everything can be looked at, and the listener hears it at once', async () => {
    const { open, ledger } = bench();
    const vault = await open();
    const { id } = await vault.add(input(), OWNER);
    vault.openSecret(id).fill(0);
    let heard = 0;
    vault.onLocked(() => {
      heard += 1;
    });
    const locking = vault.lock(OWNER);
    expect(heard).toBe(1);
    expect(() => vault.openSecret(id)).toThrow(expect.objectContaining({ code: 'VAULT_LOCKED' }));
    const info = await locking;
    expect(VaultInfo.parse(info)).toEqual(info);
    expect(info).toMatchObject({ state: 'locked', credentials: 1 });
    expect(vault.list()).toHaveLength(1);
    for (const work of [
      () => vault.add(input({ name: 'two' }), OWNER),
      () => vault.remove('anthropic', OWNER),
      () => vault.setPassphrase('a good passphrase', OWNER),
      () => vault.deriveKey('x'),
    ]) {
      expect((await refusal(work)).code).toBe('VAULT_LOCKED');
    }
    await vault.lock(OWNER);
    await vault.unlock({}, OWNER);
    expect(vault.openSecret(id).toString()).toContain('sk-ant');
    expect(ledger.actions().filter((action) => action.startsWith('vault.'))).toEqual([
      'vault.set_up',
      'vault.locked',
      'vault.unlocked',
    ]);
  });

  test('purpose keys are stable over restarts and differ by purpose and vault', async () => {
    const first = bench();
    const vault = await first.open();
    const key = vault.deriveKey('cli');
    expect(key).toHaveLength(32);
    expect(vault.deriveKey('cli')).toEqual(key);
    expect(vault.deriveKey('other')).not.toEqual(key);
    await vault.dispose();
    expect((await first.open()).deriveKey('cli')).toEqual(key);
    expect((await bench().open()).deriveKey('cli')).not.toEqual(key);
  });
});

describe('an environment key', () => {
  test('of another vault opens nothing and loses nothing', async () => {
    const { open } = bench();
    const vault = await open();
    const { id } = await vault.add(input(), OWNER);
    await vault.dispose();
    const wrong = await open({ environmentKey: OTHER_MASTER });
    expect(wrong.info()).toMatchObject({ state: 'locked', reason: expect.stringContaining('another vault') });
    expect((await refusal(() => wrong.unlock({}, OWNER))).code).toBe('MASTER_KEY_MISMATCH');
    expect((await refusal(() => wrong.add(input({ name: 'two' }), OWNER))).code).toBe('VAULT_LOCKED');
    await wrong.dispose();
    expect((await open()).openSecret(id).toString()).toContain('sk-ant');
  });

  test('that is missing is asked for by name', async () => {
    const { open } = bench();
    await (await open()).dispose();
    expect((await open({})).info()).toMatchObject({
      state: 'locked',
      hint: expect.stringContaining('AEGIS_MASTER_KEY'),
    });
  });

  test('that is no key is refused', async () => {
    for (const environmentKey of ['', 'abc', `${MASTER}0`, MASTER.replace('5', 'g')]) {
      expect((await refusal(() => bench().open({ environmentKey }))).code).toBe('INVALID_INPUT');
    }
  });
});

describe('a file changed from outside', () => {
  const three = ['one', 'two', 'three'];

  async function filled() {
    const b = bench();
    const vault = await b.open();
    for (const name of three)
      await vault.add(input({ name, service: name, secret: `secret-of-${name}` }), OWNER);
    await vault.dispose();
    return b;
  }

  const unreadable = (vault: Vault, name: string) =>
    refusal(() => vault.openSecret(vault.get(name).id)).then((error) => {
      expect(error.code).toBe('SECRET_UNREADABLE');
      expect(error.message).toContain(name);
    });

  const works = (vault: Vault, name: string) =>
    expect(vault.openSecret(vault.get(name).id).toString()).toBe(`secret-of-${name}`);

  test.each<[string, string]>([
    ['domains', '["evil.example.com"]'],
    ['service', 'elsewhere'],
    ['auth_type', 'query'],
    ['header_name', 'X-Leak'],
    ['query_name', 'leak'],
    ['scopes', '["read"]'],
    ['upstream', 'https://evil.example.com'],
    ['allow_private', '1'],
    ['created_at', '2020-01-01T00:00:00.000Z'],
    ['expires_at', '2999-01-01T00:00:00.000Z'],
    ['version', '2'],
  ])('an edited %s refuses the secret of that row; the rest works', async (column, value) => {
    const { open, path } = await filled();
    expect(tamper(path, `UPDATE credentials SET ${column} = ? WHERE name = 'two'`, value)).toBe(1);
    const vault = await open();
    await unreadable(vault, 'two');
    works(vault, 'one');
    works(vault, 'three');
  });

  test('a renamed row refuses', async () => {
    const { open, path } = await filled();
    tamper(path, "UPDATE credentials SET name = 'new' WHERE name = 'two'");
    await unreadable(await open(), 'new');
  });

  test('swapped secrets refuse, both of them', async () => {
    const { open, path } = await filled();
    const idOf = (name: string) => `(SELECT id FROM credentials WHERE name = '${name}')`;
    const move = `UPDATE credential_versions SET credential_id = `;
    tamper(path, `${move} 'aside' WHERE credential_id = ${idOf('one')}`);
    tamper(path, `${move} ${idOf('one')} WHERE credential_id = ${idOf('two')}`);
    tamper(path, `${move} ${idOf('two')} WHERE credential_id = 'aside'`);
    const vault = await open();
    await unreadable(vault, 'one');
    await unreadable(vault, 'two');
    works(vault, 'three');
  });

  test('a flipped bit or a missing secret refuses, and the damaged credential can be replaced', async () => {
    const { open, path } = await filled();
    tamper(
      path,
      `UPDATE credential_versions SET sealed = zeroblob(40)
       WHERE credential_id = (SELECT id FROM credentials WHERE name = 'one')`,
    );
    tamper(
      path,
      `DELETE FROM credential_versions WHERE credential_id = (SELECT id FROM credentials WHERE name = 'two')`,
    );
    const vault = await open();
    await unreadable(vault, 'one');
    await unreadable(vault, 'two');
    works(vault, 'three');
    await vault.remove('one', OWNER);
    await vault.add(input({ name: 'one', secret: 'secret-of-one' }), OWNER);
    works(vault, 'one');
  });

  test.each([["domains = 'not json'"], ["auth_type = 'magic'"], ["id = 'nonsense'"]])(
    'a row that cannot be read (%s) is named, keeps its name, and can be removed',
    async (change) => {
      const { open, path } = await filled();
      tamper(
        path,
        'PRAGMA foreign_keys = OFF'.length > 0 ? `UPDATE credentials SET ${change} WHERE name = 'two'` : '',
      );
      const vault = await open();
      expect(vault.damaged()).toEqual(['two']);
      expect(vault.list().map((one) => one.name)).toEqual(['one', 'three']);
      expect((await refusal(() => vault.get('two'))).code).toBe('SECRET_UNREADABLE');
      expect((await refusal(() => vault.add(input({ name: 'two' }), OWNER))).code).toBe('NAME_TAKEN');
      works(vault, 'one');
      expect(Credential.parse(await vault.remove('two', OWNER))).toMatchObject({ name: 'two' });
      expect(vault.damaged()).toEqual([]);
      await vault.add(input({ name: 'two', secret: 'secret-of-two' }), OWNER);
      works(vault, 'two');
    },
  );

  test('a row changed while the vault is open never goes where the change says', async () => {
    const { open, path } = await filled();
    const vault = await open();
    tamper(path, `UPDATE credentials SET domains = '["evil.example.com"]' WHERE name = 'two'`);
    expect(vault.get('two').domains).toEqual(['api.anthropic.com']);
    works(vault, 'two');
  });

  test('a changed check value makes every key a stranger; nothing is overwritten', async () => {
    const { open, path } = await filled();
    tamper(path, 'UPDATE vault_meta SET key_check = zeroblob(32)');
    const vault = await open();
    expect(vault.info().state).toBe('locked');
    expect((await refusal(() => vault.unlock({}, OWNER))).code).toBe('MASTER_KEY_MISMATCH');
    expect(vault.list()).toHaveLength(3);
  });

  test('a file that is no database is refused and left alone', async () => {
    const { open, path } = await filled();
    writeFileSync(path, Buffer.alloc(8192, 7));
    const refused = await refusal(() => open());
    expect(refused.code).toBe('DATABASE_CORRUPT');
    expect(refused.message).toContain(path);
    expect(readFileSync(path).equals(Buffer.alloc(8192, 7))).toBe(true);
  });
});

test('no file of the vault holds a secret, the passphrase or the key, in any usual spelling', async () => {
  const { open, dir } = bench();
  const vault = await open();
  const secrets = ['sk-plainly-visible-0123456789', 'user:plainly-visible-password'];
  const passphrase = 'plainly visible passphrase';
  await vault.setPassphrase(passphrase, OWNER);
  await vault.add(input({ secret: secrets[0] ?? '' }), OWNER);
  await vault.add(input({ name: 'basic', auth_type: 'basic', secret: secrets[1] ?? '' }), OWNER);
  await vault.add(input({ name: 'gone', secret: `${secrets[0]}-gone` }), OWNER);
  await vault.remove('gone', OWNER);
  const search = () => {
    const master = Buffer.from(MASTER, 'hex');
    const needles = [...secrets, passphrase]
      .flatMap((text) => spellings(Buffer.from(text)))
      .concat(spellings(master));
    const files = readdirSync(dir);
    expect(files).toContain('default.db');
    for (const file of files) {
      const content = readFileSync(join(dir, file));
      for (const needle of needles) expect(content.includes(needle), file).toBe(false);
    }
    return files;
  };
  expect(search()).toContain('default.db-wal');
  await vault.dispose();
  search();
});

const spellings = (bytes: Buffer): Buffer[] => [
  bytes,
  Buffer.from(bytes.toString('hex')),
  Buffer.from(bytes.toString('base64').replace(/=+$/, '')),
  Buffer.from(bytes.toString('base64url')),
  Buffer.from(bytes.toString(), 'utf16le'),
];

test.skipIf(process.platform === 'win32')('files are 0600 and folders 0700 whatever the umask', async () => {
  const before = process.umask(0o000);
  try {
    const { open, dir } = bench(join(temporaryFolder(), 'vaults'));
    const vault = await open();
    await vault.add(input(), OWNER);
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    for (const file of readdirSync(dir)) expect(statSync(join(dir, file)).mode & 0o777, file).toBe(0o600);
  } finally {
    process.umask(before);
  }
});
