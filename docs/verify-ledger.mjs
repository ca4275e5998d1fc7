#!/usr/bin/env node
// Verifies an exported ledger (aegis ledger export, JSON Lines or JSON) with nothing but Node and the public key.
// It shares no code with Aegis; docs/ledger.md describes the format it checks.
//
//   node verify-ledger.mjs <export file> <public key>
//
// The public key is the line `name+12345678+base64` that Aegis shows. Get it from somewhere else than the file: a file
// that brings its own key proves nothing. Exit code 0: everything in the file is in the signed ledger. 1: it is not.
import { createHash, createPublicKey, verify } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';

const [file, vkey] = process.argv.slice(2);
if (!file || !vkey) {
  console.error('usage: node verify-ledger.mjs <export file> <public key>');
  process.exit(2);
}

const fail = (what) => {
  console.log(`NOT VALID: ${what}`);
  process.exit(1);
};
const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const leafHash = (text) => sha256(Buffer.of(0), text);
const nodeHash = (left, right) => sha256(Buffer.of(1), left, right);

/** Canonical JSON, RFC 8785: members sorted by UTF-16 units, no white space, numbers as ECMAScript writes them. */
function canonical(value) {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`;
}

/** Reads a C2SP signed note whose text is a checkpoint, and checks its Ed25519 signature. */
function openCheckpoint(note) {
  const [, name, keyId, encoded] =
    /^([^+\s]+)\+([0-9a-f]{8})\+(\S+)$/.exec(vkey) ?? fail('the public key is malformed');
  const key = Buffer.from(encoded, 'base64');
  if (key.length !== 33 || key[0] !== 1) fail('the public key is not an Ed25519 key');
  if (sha256(`${name}\n`, key).subarray(0, 4).toString('hex') !== keyId)
    fail('the public key and its id do not fit');
  const end = note.lastIndexOf('\n\n');
  const text = note.slice(0, end + 1);
  const [, signer, signature] =
    /^\u2014 (\S+) (\S+)\n$/u.exec(note.slice(end + 2)) ?? fail('the checkpoint is not signed');
  const bytes = Buffer.from(signature, 'base64');
  const publicKey = createPublicKey({
    key: { kty: 'OKP', crv: 'Ed25519', x: key.subarray(1).toString('base64url') },
    format: 'jwk',
  });
  const right = signer === name && bytes.subarray(0, 4).toString('hex') === keyId;
  if (!right || !verify(null, Buffer.from(text), publicKey, bytes.subarray(4)))
    fail('the signature is wrong');
  const [, size, root] = text.split('\n');
  return { size: Number(size), root: Buffer.from(root, 'base64') };
}

/** Root that an inclusion proof leads to: RFC 9162, section 2.1.3.2. Null when the proof has a wrong length. */
function rootByProof(leaf, index, size, proof) {
  let [fn, sn, hash] = [BigInt(index), BigInt(size - 1), leaf];
  for (const sibling of proof.map((hex) => Buffer.from(hex, 'hex'))) {
    if (sn === 0n) return null;
    if (fn % 2n === 1n || fn === sn) {
      hash = nodeHash(sibling, hash);
      while (fn % 2n === 0n && fn !== 0n) [fn, sn] = [fn / 2n, sn / 2n];
    } else hash = nodeHash(hash, sibling);
    [fn, sn] = [fn / 2n, sn / 2n];
  }
  return sn === 0n ? hash : null;
}

const entries = [];
let checkpointNote;
for await (const line of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
  const text = line.replace(/^,/, '');
  if (text === '' || text === ']}') continue;
  const parsed = JSON.parse(text.startsWith('{"checkpoint":') && text.endsWith('[') ? `${text}]}` : text);
  if (parsed.checkpoint !== undefined) checkpointNote = parsed.checkpoint;
  else entries.push({ text, parsed });
}
if (typeof checkpointNote !== 'string') fail('the file has no signed checkpoint');
const { size, root } = openCheckpoint(checkpointNote);

/** Complete subtrees from the left, as [height, hash]: the edge of the growing tree. */
const edge = [];
let previous;
for (const { text, parsed } of entries) {
  const { hash, proof, ...fields } = parsed;
  const body = canonical(fields);
  const tail = `,"hash":"${hash}"${proof ? `,"proof":${JSON.stringify(proof)}` : ''}}`;
  const leaf = leafHash(body);
  if (text !== body.slice(0, -1) + tail) fail(`entry ${fields.seq} is not written as it was exported`);
  if (leaf.toString('hex') !== hash) fail(`entry ${fields.seq} was changed`);
  if (previous && fields.seq <= previous.seq) fail(`entry ${fields.seq} is out of order`);
  if (fields.seq === 1 + (previous?.seq ?? 0) && fields.prev_hash !== (previous?.hash ?? '0'.repeat(64)))
    fail(`entry ${fields.seq} does not follow from the one before it`);
  if (proof && !rootByProof(leaf, fields.seq - 1, size, proof)?.equals(root))
    fail(`the proof of entry ${fields.seq} is wrong`);
  let node = [0, leaf];
  while (edge.at(-1)?.[0] === node[0]) node = [node[0] + 1, nodeHash(edge.pop()[1], node[1])];
  edge.push(node);
  previous = { seq: fields.seq, hash, proven: (previous?.proven ?? true) && proof !== undefined };
}
const complete = entries.length === size && (previous?.seq ?? 0) === size;
if (complete) {
  const computed =
    edge.length === 0
      ? sha256()
      : edge.map(([, hash]) => hash).reduceRight((right, left) => nodeHash(left, right));
  if (!computed.equals(root)) fail('the entries do not lead to the signed root');
} else if (!previous?.proven)
  fail('the file holds a part of the ledger, and not every entry has a proof (export with proofs)');
console.log(
  `VALID: ${entries.length} entries, ${complete ? 'the whole ledger' : `part of a ledger of ${size}`}, root ${root.toString('hex')}`,
);
