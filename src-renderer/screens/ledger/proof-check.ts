/**
 * Checks in the page what the control plane says about an entry: its hash, its place in the signed tree (RFC 9162,
 * 2.1.3.2) and the signature of the checkpoint (C2SP signed-note, Ed25519). None of the control plane's code is used.
 */
import canonicalize from 'canonicalize';
import type { AuditEntry, AuditProof } from '#contract';

export type CheckState = 'ok' | 'failed' | 'unknown';

export interface ProofCheck {
  readonly name: 'entry' | 'tree' | 'signature';
  readonly state: CheckState;
  readonly detail: string;
}

const bytesOfHex = (hex: string): Uint8Array<ArrayBuffer> => {
  if (!/^(?:[0-9a-f]{2})*$/.test(hex)) throw new Error('not hexadecimal');
  return Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
};
const bytesOfBase64 = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

async function sha256(...parts: Uint8Array[]): Promise<Uint8Array<ArrayBuffer>> {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest('SHA-256', whole));
}

/** SHA-256 over a zero byte and the canonical JSON (RFC 8785) of every field but `hash`. */
async function leafOf({ hash: _hash, ...rest }: AuditEntry): Promise<Uint8Array<ArrayBuffer>> {
  return sha256(Uint8Array.of(0), new TextEncoder().encode(canonicalize(rest) ?? ''));
}

const half = (n: number): number => Math.floor(n / 2);

/** The root that leaf and path lead to; null when the path does not fit index and size. */
async function rootFrom(
  leaf: Uint8Array<ArrayBuffer>,
  { index, size, proof }: AuditProof,
): Promise<string | null> {
  if (index < 0 || index >= size) return null;
  let [fn, sn, root] = [index, size - 1, leaf];
  for (const step of proof) {
    if (sn === 0) return null;
    const other = bytesOfHex(step);
    if (fn % 2 === 1 || fn === sn) {
      root = await sha256(Uint8Array.of(1), other, root);
      while (fn % 2 === 0 && fn !== 0) [fn, sn] = [half(fn), half(sn)];
    } else {
      root = await sha256(Uint8Array.of(1), root, other);
    }
    [fn, sn] = [half(fn), half(sn)];
  }
  return sn === 0 ? hexOf(root) : null;
}

async function checkEntry(proof: AuditProof, leaf: Uint8Array): Promise<ProofCheck> {
  const ok = hexOf(leaf) === proof.entry.hash;
  return {
    name: 'entry',
    state: ok ? 'ok' : 'failed',
    detail: ok
      ? 'The fields shown give the hash of the entry.'
      : 'The fields shown do not give the hash of the entry: it was changed.',
  };
}

async function checkTree(proof: AuditProof, leaf: Uint8Array<ArrayBuffer>): Promise<ProofCheck> {
  const ok = (await rootFrom(leaf, proof)) === proof.root && proof.index === proof.entry.seq - 1;
  return {
    name: 'tree',
    state: ok ? 'ok' : 'failed',
    detail: ok
      ? `${proof.proof.length} hashes lead from the entry to the root of all ${proof.size} entries.`
      : 'The hashes do not lead from the entry to the root of the ledger.',
  };
}

/** What `name+id+base64` says: the name and the raw Ed25519 key. */
export function readVerifierKey(
  key: string,
): { name: string; id: string; raw: Uint8Array<ArrayBuffer> } | null {
  const match = /^([^\s+]+)\+([0-9a-f]{8})\+(.+)$/u.exec(key);
  if (!match) return null;
  try {
    const bytes = bytesOfBase64(match[3] ?? '');
    if (bytes.length !== 33 || bytes[0] !== 1) return null;
    return { name: match[1] ?? '', id: match[2] ?? '', raw: bytes.slice(1) };
  } catch {
    return null;
  }
}

async function checkSignature({ note, key, size, root }: AuditProof): Promise<ProofCheck> {
  const say = (state: CheckState, detail: string): ProofCheck => ({ name: 'signature', state, detail });
  if (note === null || key === null)
    return say('unknown', 'There is no signature: the signing key cannot be had just now.');
  const verifier = readVerifierKey(key);
  const end = note.lastIndexOf('\n\n');
  if (!verifier || end < 0) return say('failed', 'The checkpoint is not a signed note.');
  const text = note.slice(0, end + 1);
  const [origin, signedSize, signedRoot] = text.split('\n');
  if (
    origin !== verifier.name ||
    signedSize !== String(size) ||
    hexOf(bytesOfBase64(signedRoot ?? '')) !== root
  )
    return say('failed', 'The checkpoint signs another size or root.');
  const line = note
    .slice(end + 2)
    .split('\n')
    .find((each) => each.startsWith(`\u2014 ${verifier.name} `));
  const signature = bytesOfBase64(line?.split(' ')[2] ?? '');
  if (signature.length !== 68 || hexOf(signature.slice(0, 4)) !== verifier.id)
    return say('failed', 'The checkpoint is not signed by this key.');
  try {
    const publicKey = await crypto.subtle.importKey('raw', verifier.raw, 'Ed25519', false, ['verify']);
    const ok = await crypto.subtle.verify(
      'Ed25519',
      publicKey,
      signature.slice(4),
      new TextEncoder().encode(text),
    );
    return ok
      ? say('ok', `Size and root are signed by ${verifier.name}.`)
      : say('failed', 'The signature of the checkpoint is not valid.');
  } catch {
    return say('unknown', 'This browser cannot check Ed25519 signatures. `aegis ledger verify` can.');
  }
}

/** Every check, in order. Where the page has no cryptography (plain http on another host), all are `unknown`. */
export async function checkProof(proof: AuditProof): Promise<ProofCheck[]> {
  if (globalThis.crypto?.subtle === undefined) {
    const detail =
      'Browsers calculate hashes on secure addresses only. Open the console as localhost or by https.';
    return (['entry', 'tree', 'signature'] as const).map((name) => ({ name, state: 'unknown', detail }));
  }
  const leaf = await leafOf(proof.entry);
  return Promise.all([
    checkEntry(proof, leaf),
    checkTree(proof, leaf).catch(
      (): ProofCheck => ({ name: 'tree', state: 'failed', detail: 'The proof is not made of hashes.' }),
    ),
    checkSignature(proof).catch(
      (): ProofCheck => ({ name: 'signature', state: 'failed', detail: 'The checkpoint cannot be read.' }),
    ),
  ]);
}
