import { createHash, randomBytes } from 'node:crypto';
import { hashRaw } from '@node-rs/argon2';
import { z } from 'zod';
import { AegisError } from '../base/errors.ts';
import { bindingOf, KEY_BYTES, sameBytes, seal, unseal } from './crypto.ts';
import type { SlotRow } from './file.ts';

/**
 * 64 MiB and three passes: above every setting of the OWASP table (which starts at 46 MiB and one pass) and the memory of
 * RFC 9106's second recommendation. About a fifth of a second on a laptop.
 */
const COST = { memory_kib: 65_536, passes: 3, lanes: 1 } as const;
/** `Algorithm.Argon2id` and `Version.V0x13` of the library, whose const enums cannot be imported under type stripping. */
const ARGON2ID = 2;
const VERSION_13 = 1;

/**
 * What the slot remembers of its own making. The bounds keep an edited file from making us spend all memory, or from
 * weakening the hash to something cheap to guess.
 */
const Parameters = z.strictObject({
  kdf: z.literal('argon2id'),
  version: z.literal(1),
  memory_kib: z.number().int().min(19_456).max(1_048_576),
  passes: z.number().int().min(1).max(16),
  lanes: z.number().int().min(1).max(8),
  salt: z.string().regex(/^[0-9a-f]{32,128}$/),
});
type Parameters = z.infer<typeof Parameters>;

/** Keyboards and systems compose accents differently; the same passphrase must give the same key everywhere. */
const bytesOf = (passphrase: string): Buffer => Buffer.from(passphrase.normalize('NFKC'));

async function keyFrom(passphrase: string, parameters: Parameters): Promise<Buffer> {
  const bytes = bytesOf(passphrase);
  try {
    return await hashRaw(bytes, {
      algorithm: ARGON2ID,
      version: VERSION_13,
      memoryCost: parameters.memory_kib,
      timeCost: parameters.passes,
      parallelism: parameters.lanes,
      outputLen: KEY_BYTES,
      salt: Buffer.from(parameters.salt, 'hex'),
    });
  } finally {
    bytes.fill(0);
  }
}

const slotBinding = (vaultId: string, parameters: string): Buffer =>
  bindingOf('aegis/vault/passphrase-slot/v1', [vaultId, parameters]);

/** Not a secret: tells a damaged slot from a wrong passphrase, which the cipher alone cannot. */
const checksumOf = (vaultId: string, parameters: string, wrapped: Buffer): Buffer =>
  createHash('sha256').update(slotBinding(vaultId, parameters)).update(wrapped).digest();

/** Wraps the master key under a passphrase, with a fresh salt. */
export async function makePassphraseSlot(
  passphrase: string,
  masterKey: Buffer,
  vaultId: string,
): Promise<SlotRow> {
  const made: Parameters = {
    kdf: 'argon2id',
    version: 1,
    ...COST,
    salt: randomBytes(16).toString('hex'),
  };
  const parameters = JSON.stringify(made);
  const key = await keyFrom(passphrase, made);
  try {
    const wrapped = seal(key, masterKey, slotBinding(vaultId, parameters));
    return { kind: 'passphrase', parameters, wrapped, checksum: checksumOf(vaultId, parameters, wrapped) };
  } finally {
    key.fill(0);
  }
}

/**
 * The master key out of the slot. The caller zeroes it.
 * @throws SECRET_UNREADABLE when the slot itself is damaged
 * @returns undefined when the passphrase is wrong
 */
export async function openPassphraseSlot(
  passphrase: string,
  slot: SlotRow,
  vaultId: string,
): Promise<Buffer | undefined> {
  const parameters = readParameters(slot.parameters);
  if (
    !parameters ||
    !slot.wrapped ||
    !sameBytes(slot.checksum, checksumOf(vaultId, slot.parameters, slot.wrapped))
  ) {
    throw new AegisError('SECRET_UNREADABLE', "The vault's passphrase slot is damaged.", {
      hint: 'Unlock with the keychain and set the passphrase again, or restore a backup of the vault file.',
    });
  }
  const key = await keyFrom(passphrase, parameters);
  try {
    return unseal(key, slot.wrapped, slotBinding(vaultId, slot.parameters));
  } finally {
    key.fill(0);
  }
}

function readParameters(text: string): Parameters | undefined {
  try {
    const parsed = Parameters.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
