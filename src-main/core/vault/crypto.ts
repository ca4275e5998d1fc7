import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';

/** All keys of the vault are 256 bit. */
export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** First byte of every box, so that another cipher can follow one day. */
const FORMAT = 1;
const HEADER_BYTES = 1 + NONCE_BYTES;

/** A fresh random key, in memory of its own so that filling it with zeros really removes it. */
export const newKey = (): Buffer => {
  const key = Buffer.allocUnsafeSlow(KEY_BYTES);
  const random = randomBytes(KEY_BYTES);
  random.copy(key);
  random.fill(0);
  return key;
};

/** HKDF-SHA256 (RFC 5869): one key for one purpose, named by `info`, within one vault, named by `salt`. */
export const deriveKey = (key: Buffer, salt: string, info: string): Buffer =>
  Buffer.from(hkdfSync('sha256', key, Buffer.from(salt), Buffer.from(info), KEY_BYTES));

/**
 * What a box is bound to, as bytes. A JSON array is unambiguous: no two different lists of parts give the same text.
 */
export const bindingOf = (label: string, parts: readonly unknown[]): Buffer =>
  Buffer.from(JSON.stringify([label, ...parts]));

/** AES-256-GCM. The box is `format | nonce | ciphertext | tag`; `binding` is authenticated along with it. */
export function seal(key: Buffer, plaintext: Buffer, binding: Buffer): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(binding);
  const body = cipher.update(plaintext);
  cipher.final();
  return Buffer.concat([Buffer.of(FORMAT), nonce, body, cipher.getAuthTag()]);
}

/**
 * Opens a box. The caller owns the plaintext and zeroes it.
 * @returns undefined when key, box and binding do not belong together: one answer for all of them, on purpose
 */
export function unseal(key: Buffer, box: Buffer, binding: Buffer): Buffer | undefined {
  if (box.length < HEADER_BYTES + TAG_BYTES || box[0] !== FORMAT) return undefined;
  const decipher = createDecipheriv('aes-256-gcm', key, box.subarray(1, HEADER_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(binding);
  decipher.setAuthTag(box.subarray(box.length - TAG_BYTES));
  const plaintext = decipher.update(box.subarray(HEADER_BYTES, box.length - TAG_BYTES));
  try {
    decipher.final();
    return plaintext;
  } catch {
    plaintext.fill(0);
    return undefined;
  }
}

export const sameBytes = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);
