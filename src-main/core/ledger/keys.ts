import { createPrivateKey, hkdfSync, type KeyObject, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { writePrivateFile } from '../base/secure-files.ts';

/**
 * Where the ledger's signing key comes from. It must be the same at every start: a ledger whose checkpoints were
 * signed by another key does not verify.
 */
export interface LedgerKeys {
  /** An Ed25519 private key. Rejects when it cannot be had just now (keychain locked). */
  signingKey(): Promise<KeyObject>;
}

/** 32 bytes kept somewhere safe, such as an item of the system keychain. */
export interface SecretItem {
  load(): Promise<Buffer | null>;
  save(secret: Buffer): Promise<void>;
}

/** RFC 8410: what comes before the 32 bytes of an Ed25519 private key in PKCS #8. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** The Ed25519 key of a 32-byte seed. Throws RangeError on any other length. */
export function keyOfSeed(seed: Uint8Array): KeyObject {
  if (seed.length !== 32) throw new RangeError('A ledger key has 32 bytes.');
  return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: 'der', type: 'pkcs8' });
}

/** The 32 bytes an Ed25519 private key is made from. */
export const seedOfKey = (key: KeyObject): Buffer =>
  key.export({ format: 'der', type: 'pkcs8' }).subarray(-32);

/** A key of its own, made on first use and kept in the keychain (or whatever the item is). */
export function storedLedgerKeys(item: SecretItem): LedgerKeys {
  return {
    async signingKey() {
      const stored = await item.load();
      if (stored) return keyOfSeed(stored);
      const seed = randomBytes(32);
      await item.save(seed);
      return keyOfSeed(seed);
    },
  };
}

/** A key derived from a master key (HKDF-SHA256), for servers whose only secret is in their environment. */
export function derivedLedgerKeys(masterKey: Uint8Array): LedgerKeys {
  const seed = Buffer.from(hkdfSync('sha256', masterKey, '', 'aegis ledger signing key v1', 32));
  return { signingKey: async () => keyOfSeed(seed) };
}

/**
 * A key in a private file. The weakest place: whoever can change the ledger can read it too. For machines without a
 * keychain or master key; tampering by other users and by accident still shows.
 */
export function fileLedgerKeys(path: string): LedgerKeys {
  return storedLedgerKeys({
    load: async () => (existsSync(path) ? Buffer.from(readFileSync(path, 'utf8').trim(), 'hex') : null),
    save: async (secret) => writePrivateFile(path, `${secret.toString('hex')}\n`),
  });
}

/** Key of the head file's authentication codes; follows from the signing key, so there is one secret to keep. */
export const headKeyOf = (signingKey: KeyObject): Buffer =>
  Buffer.from(hkdfSync('sha256', seedOfKey(signingKey), '', 'aegis ledger head v1', 32));
