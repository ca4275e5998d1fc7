/** The system's own keychain. The real one is used where there is a session bus (CI starts one with gnome-keyring). */
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { afterEach, expect, test } from 'vitest';
import { bench, input, OWNER, refusal } from './fixture.ts';
import { SystemKeychain } from './key-stores.ts';

const bus = process.env.DBUS_SESSION_BUS_ADDRESS;
const real = bus !== undefined && bus !== '' && process.platform === 'linux';
if (!real) console.log('Skipped: the real keychain, because DBUS_SESSION_BUS_ADDRESS is not set.');

/** Items of tests are kept apart from a developer's own. */
const service = `Aegis test ${process.pid}`;

afterEach(() => {
  if (bus === undefined) delete process.env.DBUS_SESSION_BUS_ADDRESS;
  else process.env.DBUS_SESSION_BUS_ADDRESS = bus;
});

test.skipIf(!real)('the Secret Service keeps the key of the vault', async () => {
  const keychain = new SystemKeychain({ service });
  const account = randomBytes(8).toString('hex');
  const key = randomBytes(32);
  expect(await keychain.load(account)).toBeNull();
  await keychain.save(account, key);
  expect(await keychain.load(account)).toEqual(key);
  await keychain.save(account, key.reverse());
  expect(await keychain.load(account)).toEqual(key);
  await keychain.remove(account);
  expect(await keychain.load(account)).toBeNull();

  const { open } = bench();
  const vault = await open({ keychain });
  expect(vault.info()).toMatchObject({ state: 'open', slots: ['keychain'] });
  const { id } = await vault.add(input(), OWNER);
  await vault.lock(OWNER);
  await vault.unlock({}, OWNER);
  await vault.dispose();
  const again = await open({ keychain });
  expect(again.openSecret(id).toString()).toContain('sk-ant');
});

test.skipIf(!real)('an item that is not ours is not taken for a key', async () => {
  const keychain = new SystemKeychain({ service });
  const { setPassword } = await import('keytar');
  await setPassword(service, 'strange', 'hunter2');
  const refused = await refusal(() => keychain.load('strange'));
  expect(refused.code).toBe('MASTER_KEY_MISMATCH');
  expect(`${refused.message}${refused.hint}`).not.toContain('hunter2');
  await keychain.remove('strange');
});

const daemon = real ? keyringDaemon() : undefined;

test.skipIf(daemon === undefined)(
  'a keychain that hangs is given up on, asked once, and used when it is back',
  async () => {
    const keychain = new SystemKeychain({ service, limitMs: 300 });
    const account = randomBytes(8).toString('hex');
    const key = randomBytes(32);
    const patient = new SystemKeychain({ service });
    await patient.save(account, key);
    process.kill(daemon ?? 0, 'SIGSTOP');
    try {
      const calls = [1, 2, 3].map(() => refusal(() => keychain.load(account)));
      for (const error of await Promise.all(calls)) {
        expect(error).toMatchObject({
          code: 'KEYCHAIN_UNAVAILABLE',
          message: expect.stringContaining('did not answer'),
        });
      }
      expect(keychain.stuck).toBe(true);
      const vault = await bench().open({ keychain });
      expect(vault.info()).toMatchObject({
        state: 'not_set_up',
        hint: expect.stringContaining('passphrase'),
      });
    } finally {
      process.kill(daemon ?? 0, 'SIGCONT');
    }
    expect(await patient.load(account)).toEqual(key);
    await patient.remove(account);
  },
);

test.skipIf(process.platform !== 'linux')(
  'without a session bus the keychain is unavailable at once',
  async () => {
    process.env.DBUS_SESSION_BUS_ADDRESS = 'unix:path=/nonexistent/bus';
    const { execFile } = await import('node:child_process');
    const { promisify } = await import('node:util');
    // In a process of its own: libsecret remembers the first bus it met.
    const script = `
    import { SystemKeychain } from ${JSON.stringify(new URL('key-stores.ts', import.meta.url).href)};
    try { await new SystemKeychain().load('x'); } catch (error) { console.log(error.code, '|', error.hint); }`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script]);
    expect(stdout).toContain('KEYCHAIN_UNAVAILABLE');
    expect(stdout).toContain('passphrase');
  },
);

/** The gnome-keyring that serves this session bus, found by its environment; only such a one may be stopped. */
function keyringDaemon(): number | undefined {
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    try {
      const program = readFileSync(`/proc/${entry}/cmdline`, 'utf8').split('\0')[0] ?? '';
      const environment = readFileSync(`/proc/${entry}/environ`, 'utf8');
      if (
        program.endsWith('gnome-keyring-daemon') &&
        environment.split('\0').includes(`DBUS_SESSION_BUS_ADDRESS=${bus}`)
      ) {
        return Number(entry);
      }
    } catch {
      // Gone meanwhile, or somebody else's.
    }
  }
  return undefined;
}
