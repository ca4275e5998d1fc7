import { createHash, hkdfSync, randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { EnvironmentKey, type KeyStore, SystemKeychain } from './vault/index.ts';

export interface LocalTokenOptions {
  readonly stateDir: string;
  /** AEGIS_MASTER_KEY, where it stands in for the keychain. */
  readonly environmentKey?: string | undefined;
  readonly keychain?: KeyStore;
}

/**
 * The token by which commands of the desktop owner call the running control plane: whoever can read this user's
 * keychain (or holds the master key) is the owner. It never lies in a file, where every agent of the same user would
 * find it. Made on first use. Rejects with KEYCHAIN_UNAVAILABLE where there is neither key nor keychain.
 */
export async function localToken({ stateDir, environmentKey, keychain }: LocalTokenOptions): Promise<string> {
  const account = `local-commands:${createHash('sha256').update(resolve(stateDir)).digest('hex').slice(0, 32)}`;
  if (environmentKey !== undefined) {
    const master = await new EnvironmentKey(environmentKey).load();
    const derived = Buffer.from(hkdfSync('sha256', master, '', `aegis ${account}`, 32));
    master.fill(0);
    return format(derived);
  }
  const store = keychain ?? new SystemKeychain();
  const known = await store.load(account);
  if (known) return format(known);
  const made = randomBytes(32);
  await store.save(account, made);
  return format(made);
}

const format = (key: Buffer): string => `aegis_local_${key.toString('base64url')}`;
