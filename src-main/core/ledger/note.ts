/**
 * Signed notes (C2SP signed-note) and checkpoints of a log (C2SP tlog-checkpoint): the text a ledger signs to stand by
 * its size and root, readable by the tools of the transparency-log world.
 */
import { createHash, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { type Hash, hashToBase64 } from './merkle.ts';

/** Signature type of Ed25519 in the signed-note format. */
const ED25519 = 0x01;
const SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** A note or key that does not follow the format. */
export class NoteError extends Error {}

/** Who signs: name and public key, as one line (`vkey`) that verifiers pin. */
export interface Verifier {
  readonly name: string;
  /** First four bytes of SHA-256(name ‖ LF ‖ type ‖ key). */
  readonly keyId: Buffer;
  readonly publicKey: KeyObject;
  readonly vkey: string;
}

function keyIdOf(name: string, raw: Uint8Array): Buffer {
  return createHash('sha256')
    .update(`${name}\n`)
    .update(Buffer.of(ED25519))
    .update(raw)
    .digest()
    .subarray(0, 4);
}

function rawPublicKey(key: KeyObject): Buffer {
  if (key.asymmetricKeyType !== 'ed25519') throw new NoteError('The signing key is not an Ed25519 key.');
  const spki = createPublicKey(
    key.type === 'private'
      ? { key: key.export({ format: 'pem', type: 'pkcs8' }) }
      : key.export({ format: 'pem', type: 'spki' }),
  ).export({ format: 'der', type: 'spki' });
  return Buffer.from(spki.subarray(spki.length - 32));
}

function verifierOf(name: string, raw: Buffer): Verifier {
  if (!/^[^\s+]+$/u.test(name)) throw new NoteError(`"${name}" cannot be the name of a key.`);
  const keyId = keyIdOf(name, raw);
  const vkey = `${name}+${keyId.toString('hex')}+${Buffer.concat([Buffer.of(ED25519), raw]).toString('base64')}`;
  const publicKey = createPublicKey({ key: Buffer.concat([SPKI_PREFIX, raw]), format: 'der', type: 'spki' });
  return { name, keyId, publicKey, vkey };
}

/** The verifier of a private or public Ed25519 key; unnamed ledgers are called after their key. */
export function verifierOfKey(key: KeyObject, name?: string): Verifier {
  const raw = rawPublicKey(key);
  const fingerprint = createHash('sha256').update(raw).digest('hex').slice(0, 12);
  return verifierOf(name ?? `aegis-ledger-${fingerprint}`, raw);
}

/** Reads `<name>+<key id>+<base64>`. Throws NoteError. */
export function parseVkey(vkey: string): Verifier {
  const match = /^([^\s+]+)\+([0-9a-f]{8})\+(.+)$/u.exec(vkey.trim());
  const [, name = '', id = '', encoded = ''] = match ?? [];
  const bytes = BASE64.test(encoded) ? Buffer.from(encoded, 'base64') : Buffer.alloc(0);
  if (!match || bytes.length !== 33 || bytes[0] !== ED25519) {
    throw new NoteError('Not a verifier key: it must look like name+12345678+base64 of an Ed25519 key.');
  }
  const verifier = verifierOf(name, bytes.subarray(1));
  if (verifier.keyId.toString('hex') !== id)
    throw new NoteError('The id in the verifier key does not fit the key.');
  return verifier;
}

/** What a checkpoint says. */
export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Hash;
  /** When it was signed; an extension line. Null in checkpoints of other makers. */
  readonly time: string | null;
}

/** A signed note: text, an empty line, the signature line. */
export function signCheckpoint(size: number, root: Hash, time: string, key: KeyObject, as: Verifier): string {
  const text = `${as.name}\n${size}\n${hashToBase64(root)}\ntime ${time}\n`;
  const signature = Buffer.concat([as.keyId, sign(null, Buffer.from(text), key)]).toString('base64');
  return `${text}\n\u2014 ${as.name} ${signature}\n`;
}

/** Reads a checkpoint and checks that `trusted` signed it. Throws NoteError. */
export function openCheckpoint(note: string, trusted: Verifier): Checkpoint {
  const end = note.lastIndexOf('\n\n');
  if (end < 0 || !note.endsWith('\n')) throw new NoteError('The checkpoint is not a signed note.');
  const text = note.slice(0, end + 1);
  const signatures = note.slice(end + 2, -1).split('\n');
  if (!signatures.some((line) => isSignedBy(line, text, trusted))) {
    throw new NoteError(`The checkpoint is not signed by ${trusted.name}.`);
  }
  const [origin = '', size = '', root = '', ...extensions] = text.slice(0, -1).split('\n');
  const bytes = BASE64.test(root) ? Buffer.from(root, 'base64') : Buffer.alloc(0);
  if (origin === '' || !/^(?:0|[1-9]\d{0,15})$/.test(size) || bytes.length !== 32) {
    throw new NoteError('The signed text is not a checkpoint.');
  }
  const time = extensions.find((line) => line.startsWith('time '))?.slice('time '.length) ?? null;
  return { origin, size: Number(size), root: bytes.toString('hex'), time };
}

function isSignedBy(line: string, text: string, trusted: Verifier): boolean {
  const match = /^\u2014 (\S+) (\S+)$/u.exec(line);
  const [, name, encoded = ''] = match ?? [];
  if (name !== trusted.name || !BASE64.test(encoded)) return false;
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.length !== 68 || !bytes.subarray(0, 4).equals(trusted.keyId)) return false;
  return verify(null, Buffer.from(text), trusted.publicKey, bytes.subarray(4));
}
