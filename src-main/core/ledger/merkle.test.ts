import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  consistencyProof,
  EMPTY_ROOT,
  Frontier,
  type Hash,
  inclusionProof,
  leafHash,
  type NodeSource,
  subtreeRoot,
  verifyConsistency,
  verifyInclusion,
} from './merkle.ts';
import * as rfc from './testing/second-merkle.ts';

const leaves = (n: number): string[] => Array.from({ length: n }, (_, i) => `entry ${i} é`);

/** A tree kept whole in memory, as a source of nodes. */
function sourceOf(entries: readonly string[]): NodeSource {
  return (height, index) => {
    const width = 2 ** height;
    return rfc
      .mth(entries.slice(index * width, (index + 1) * width).map((text) => Buffer.from(text)))
      .toString('hex');
  };
}

// Vectors of the RFC 6962 reference implementation (certificate-transparency, merkle tree tests), hex of the inputs.
const INPUTS = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
];
const ROOTS = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

test('the known answers of the reference implementation', () => {
  expect(EMPTY_ROOT).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
  const frontier = new Frontier();
  for (const [i, input] of INPUTS.entries()) {
    // The inputs are ASCII, so text and bytes are the same.
    frontier.add(leafHash(Buffer.from(input, 'hex').toString('latin1')));
    expect(frontier.root()).toBe(ROOTS[i]);
  }
});

test('known proofs of the reference implementation', () => {
  const source = sourceOf(INPUTS.map((input) => Buffer.from(input, 'hex').toString('latin1')));
  expect(inclusionProof(source, 0, 8)).toEqual([
    '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
    '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
  ]);
  expect(inclusionProof(source, 5, 8)).toEqual([
    'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  ]);
  expect(consistencyProof(source, 6, 8)).toEqual([
    '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  ]);
});

test('roots and proofs equal those of the definitions in the RFC', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 70 }), fc.nat(), fc.nat(), (n, a, b) => {
      const entries = leaves(n);
      const bytes = entries.map((text) => Buffer.from(text));
      const frontier = new Frontier();
      for (const entry of entries) frontier.add(leafHash(entry));
      const root = frontier.root();
      expect(root).toBe(rfc.mth(bytes).toString('hex'));
      const source = sourceOf(entries);
      expect(Frontier.of(n, source).root()).toBe(root);
      expect(subtreeRoot(source, 0, n)).toBe(root);

      const m = a % n;
      const path = inclusionProof(source, m, n);
      expect(path).toEqual(rfc.path(m, bytes).map((hash) => hash.toString('hex')));
      expect(verifyInclusion(leafHash(entries[m] ?? ''), m, n, path, root)).toBe(true);

      const first = 1 + (b % n);
      const proof = consistencyProof(source, first, n);
      expect(proof).toEqual(rfc.proof(first, bytes).map((hash) => hash.toString('hex')));
      const firstRoot = rfc.mth(bytes.slice(0, first)).toString('hex');
      expect(verifyConsistency(first, n, proof, firstRoot, root)).toBe(true);
    }),
    { numRuns: 150 },
  );
});

const other: Hash = createHash('sha256').update('other').digest('hex');

test('a proof with anything changed does not verify', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 40 }), fc.nat(), fc.nat(), fc.nat(), (n, a, b, c) => {
      const entries = leaves(n);
      const source = sourceOf(entries);
      const root = subtreeRoot(source, 0, n);
      const m = a % n;
      const leaf = leafHash(entries[m] ?? '');
      const path = inclusionProof(source, m, n);
      const wrong = path.map((hash, i) => (i === b % path.length ? other : hash));
      expect(verifyInclusion(leaf, m, n, wrong, root)).toBe(false);
      expect(verifyInclusion(other, m, n, path, root)).toBe(false);
      expect(verifyInclusion(leaf, m, n, [...path, other], root)).toBe(false);
      expect(verifyInclusion(leaf, m, n, path.slice(0, -1), root)).toBe(false);
      expect(verifyInclusion(leaf, (m + 1) % n, n, path, root)).toBe(false);

      const first = 1 + (c % (n - 1));
      const proof = consistencyProof(source, first, n);
      const firstRoot = subtreeRoot(source, 0, first);
      expect(verifyConsistency(first, n, proof, other, root)).toBe(false);
      expect(verifyConsistency(first, n, proof, firstRoot, other)).toBe(false);
      expect(verifyConsistency(first, n, [...proof, other], firstRoot, root)).toBe(false);
      expect(verifyConsistency(first, n, proof.slice(0, -1), firstRoot, root)).toBe(false);
    }),
    { numRuns: 150 },
  );
});
