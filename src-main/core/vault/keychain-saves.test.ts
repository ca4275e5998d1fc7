import { expect, test, vi } from 'vitest';

/** A keychain that answers when it is told to: what the real one cannot be made to do. */
const kept = new Map<string, string>();
let hold: Promise<void> | undefined;
vi.mock('keytar', () => ({
  default: undefined,
  getPassword: async (_service: string, account: string) => kept.get(account) ?? null,
  setPassword: async (_service: string, account: string, text: string) => {
    await hold;
    kept.set(account, text);
  },
  deletePassword: async () => true,
}));
const { SystemKeychain } = await import('./key-stores.ts');

test('a text saved while an earlier save hangs is saved itself, after it, or said not to be', async () => {
  const keychain = new SystemKeychain({ limitMs: 50 });
  let release = (): void => undefined;
  hold = new Promise((resolve) => {
    release = resolve;
  });
  await expect(keychain.saveText('head', 'one')).rejects.toMatchObject({ code: 'KEYCHAIN_UNAVAILABLE' });
  await expect(keychain.saveText('head', 'two')).rejects.toMatchObject({ code: 'KEYCHAIN_UNAVAILABLE' });
  expect(keychain.stuck).toBe(true);
  release();
  await keychain.saveText('head', 'three');
  expect(kept.get('head')).toBe('three');
  expect(keychain.stuck).toBe(false);
});
