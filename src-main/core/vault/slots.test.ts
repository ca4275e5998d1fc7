import { expect, test, vi } from 'vitest';
import { AegisError } from '../base/errors.ts';
import { Attempts } from './attempts.ts';
import { bench, Drawer, input, MASTER, OTHER_MASTER, OWNER, refusal, tamper } from './fixture.ts';

const PASSPHRASE = 'correct horse battery staple';

test('the first start makes a key in the keychain, the next one finds it', async () => {
  const { open, ledger } = bench();
  const keychain = new Drawer();
  const vault = await open({ keychain });
  expect(vault.info()).toMatchObject({ state: 'open', slots: ['keychain'], reason: null, hint: null });
  const { id } = await vault.add(input(), OWNER);
  await vault.dispose();
  const again = await open({ keychain });
  expect(again.openSecret(id).toString()).toContain('sk-ant');
  expect(keychain.items.size).toBe(1);
  expect(ledger.actions()).toEqual(['vault.set_up', 'credential.added', 'vault.unlocked']);
});

test('two state folders never share or overwrite a key', async () => {
  const keychain = new Drawer();
  await bench().open({ keychain });
  await bench().open({ keychain });
  expect(new Set(keychain.items.values()).size).toBe(2);
});

test('without a keychain the vault offers the passphrase, and says why', async () => {
  const { open } = bench();
  const keychain = new Drawer();
  keychain.broken = new AegisError('KEYCHAIN_UNAVAILABLE', 'No D-Bus here.', {
    hint: 'Give the vault a passphrase.',
  });
  const vault = await open({ keychain });
  expect(vault.info()).toEqual({
    name: 'default',
    state: 'not_set_up',
    reason: 'No D-Bus here.',
    hint: 'Give the vault a passphrase.',
    slots: [],
    credentials: 0,
  });
  expect((await refusal(() => vault.add(input(), OWNER))).code).toBe('VAULT_NOT_SET_UP');
  expect((await refusal(() => vault.unlock({}, OWNER))).code).toBe('KEYCHAIN_UNAVAILABLE');
  expect((await refusal(() => vault.unlock({ passphrase: 'x' }, OWNER))).code).toBe('VAULT_NOT_SET_UP');
  keychain.broken = undefined;
  expect((await vault.unlock({}, OWNER)).state).toBe('open');
});

test('a passphrase opens what it closed; a wrong one does not, and both are in the ledger', async () => {
  const { open, ledger } = bench();
  const vault = await open({});
  expect(vault.info().state).toBe('not_set_up');
  expect((await refusal(() => vault.setPassphrase('too short', OWNER))).code).toBe('INVALID_INPUT');
  expect(vault.info().state).toBe('not_set_up');
  await vault.setPassphrase(PASSPHRASE, OWNER);
  const { id } = await vault.add(input(), OWNER);
  await vault.dispose();

  const again = await open({});
  expect(again.info()).toMatchObject({ state: 'locked', hint: expect.stringContaining('passphrase') });
  expect((await refusal(() => again.unlock({ passphrase: `${PASSPHRASE} ` }, OWNER))).code).toBe(
    'PASSPHRASE_WRONG',
  );
  expect(again.info().state).toBe('locked');
  await again.unlock({ passphrase: PASSPHRASE }, OWNER);
  expect(again.openSecret(id).toString()).toContain('sk-ant');
  expect(ledger.events.map((event) => [event.action, event.code ?? null])).toEqual([
    ['vault.set_up', null],
    ['credential.added', null],
    ['vault.unlock_refused', 'PASSPHRASE_WRONG'],
    ['vault.unlocked', null],
  ]);
});

test('the same passphrase typed with composed or decomposed accents is the same', async () => {
  const { open } = bench();
  await (await open({})).setPassphrase('gr\u00fc\u00dfe aus k\u00f6ln', OWNER);
  const vault = await open({});
  expect((await vault.unlock({ passphrase: 'gru\u0308\u00dfe aus ko\u0308ln' }, OWNER)).state).toBe('open');
});

test('a second slot opens the vault when the keychain does not fit, and mends the keychain that lost the key', async () => {
  const { open } = bench();
  const keychain = new Drawer();
  const vault = await open({ keychain });
  const { id } = await vault.add(input(), OWNER);
  const info = await vault.setPassphrase(PASSPHRASE, OWNER);
  expect(info.slots).toEqual(['keychain', 'passphrase']);
  await vault.dispose();
  const [account = '', key = ''] = [...keychain.items][0] ?? [];

  // Another key under this vault's name: it is refused and not overwritten.
  keychain.items.set(account, OTHER_MASTER);
  const mismatching = await open({ keychain });
  expect(mismatching.info()).toMatchObject({ state: 'locked', hint: expect.stringContaining('passphrase') });
  expect((await refusal(() => mismatching.unlock({}, OWNER))).code).toBe('MASTER_KEY_MISMATCH');
  await mismatching.unlock({ passphrase: PASSPHRASE }, OWNER);
  expect(mismatching.openSecret(id).toString()).toContain('sk-ant');
  await mismatching.dispose();
  expect(keychain.items.get(account)).toBe(OTHER_MASTER);

  // A new machine: the keychain is empty. The passphrase opens, and the keychain gets its key back.
  keychain.items.clear();
  const moved = await open({ keychain });
  expect(moved.info().state).toBe('locked');
  await moved.unlock({ passphrase: PASSPHRASE }, OWNER);
  await vi.waitFor(() => expect(keychain.items.get(account)).toBe(key));
});

test('a vault with a passphrase alone does not ask the keychain, nor move into it', async () => {
  const { open } = bench();
  await (await open({})).setPassphrase(PASSPHRASE, OWNER);
  const keychain = new Drawer();
  const vault = await open({ keychain });
  expect(vault.info()).toMatchObject({ state: 'locked', slots: ['passphrase'] });
  await vault.unlock({ passphrase: PASSPHRASE }, OWNER);
  expect(vault.info().slots).toEqual(['passphrase']);
  expect(keychain.items.size).toBe(0);
});

test('a new passphrase replaces the old one', async () => {
  const { open } = bench();
  const vault = await open();
  await vault.setPassphrase('the first passphrase', OWNER);
  await vault.setPassphrase(PASSPHRASE, OWNER);
  await vault.dispose();
  const again = await open({});
  expect((await refusal(() => again.unlock({ passphrase: 'the first passphrase' }, OWNER))).code).toBe(
    'PASSPHRASE_WRONG',
  );
  expect((await again.unlock({ passphrase: PASSPHRASE }, OWNER)).state).toBe('open');
});

test.each([
  ['UPDATE key_slots SET wrapped = zeroblob(61) WHERE kind = ?'],
  [`UPDATE key_slots SET parameters = replace(parameters, '"passes":3', '"passes":2') WHERE kind = ?`],
  [`UPDATE key_slots SET parameters = replace(parameters, '65536', '4294967295') WHERE kind = ?`],
  [`UPDATE key_slots SET parameters = 'x' WHERE kind = ?`],
])('a damaged passphrase slot is called damaged, not a wrong passphrase: %s', async (sql) => {
  const { open, path } = bench();
  const vault = await open();
  await vault.setPassphrase(PASSPHRASE, OWNER);
  await vault.dispose();
  expect(tamper(path, sql, 'passphrase')).toBe(1);
  const again = await open({});
  expect((await refusal(() => again.unlock({ passphrase: PASSPHRASE }, OWNER))).code).toBe(
    'SECRET_UNREADABLE',
  );
  await again.dispose();
  const rescued = await open({ environmentKey: MASTER });
  await rescued.setPassphrase(PASSPHRASE, OWNER);
  expect(rescued.info().state).toBe('open');
});

test('guessing is slowed down, and the right passphrase clears it', async () => {
  const { open, ledger } = bench();
  const vault = await open();
  await vault.setPassphrase(PASSPHRASE, OWNER);
  await vault.dispose();
  let now = 0;
  const again = await open({ now: () => now });
  const guess = (passphrase: string) => again.unlock({ passphrase }, OWNER);
  // All at once: they queue, and the wait applies to those behind.
  const codes = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((text) => refusal(() => guess(text))));
  expect(codes.map((error) => error.code)).toEqual([
    'PASSPHRASE_WRONG',
    'PASSPHRASE_WRONG',
    'PASSPHRASE_WRONG',
    'RATE_LIMITED',
    'RATE_LIMITED',
  ]);
  expect(ledger.actions().filter((action) => action === 'vault.unlock_refused')).toHaveLength(5);
  const limited = await refusal(() => guess(PASSPHRASE));
  expect(limited).toMatchObject({ code: 'RATE_LIMITED', data: { retry_after_seconds: 1 } });
  now += 1000;
  expect((await guess(PASSPHRASE)).state).toBe('open');
});

test('the wait doubles up to five minutes', () => {
  let now = 0;
  const attempts = new Attempts(() => now);
  const waits: number[] = [];
  for (let i = 0; i < 14; i += 1) {
    attempts.wrong();
    let waited = 0;
    for (let step = 0; step < 400; step += 1) {
      try {
        attempts.check();
        break;
      } catch {
        now += 1000;
        waited += 1;
      }
    }
    waits.push(waited);
  }
  expect(waits).toEqual([0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
  attempts.right();
  attempts.check();
});
