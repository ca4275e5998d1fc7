/**
 * The Merkle tree of RFC 9162, section 2.1. Hashes are kept as hex: Node makes such strings three times faster than
 * Buffers, and they can be read.
 */
import { hash as digest } from 'node:crypto';

/** SHA-256, 64 lower-case hex digits. */
export type Hash = string;

/** A tile covers 2^8 nodes; see schema.ts. */
export const TILE_HEIGHT = 8;
export const TILE_WIDTH = 256;

export const hashToBase64 = (value: Hash): string => Buffer.from(value, 'hex').toString('base64');

/** SHA-256(0x00 ‖ entry). The text is hashed as UTF-8. */
export const leafHash = (text: string): Hash => digest('sha256', `\0${text}`, 'hex');

const scratch = Buffer.alloc(65);
scratch[0] = 1;

/** SHA-256(0x01 ‖ left ‖ right). */
export function nodeHash(left: Hash, right: Hash): Hash {
  scratch.write(left, 1, 32, 'hex');
  scratch.write(right, 33, 32, 'hex');
  return digest('sha256', scratch, 'hex');
}

/** Root of the tree without entries: SHA-256 of nothing. */
export const EMPTY_ROOT: Hash = digest('sha256', '', 'hex');

/**
 * The right edge of a growing tree: for each set bit k of the size, the root of the complete subtree of height k.
 * That is all an append needs.
 */
export class Frontier {
  #size = 0;
  readonly #roots: Hash[] = [];

  get size(): number {
    return this.#size;
  }

  /** Adds a leaf. `onSubtree` is told the root of each subtree this completes, from height 1 up. */
  add(leaf: Hash, onSubtree?: (height: number, root: Hash) => void): void {
    let root = leaf;
    let height = 0;
    for (let rest = this.#size; rest % 2 === 1; rest = (rest - 1) / 2) {
      root = nodeHash(this.#roots[height] ?? '', root);
      height += 1;
      onSubtree?.(height, root);
    }
    this.#roots[height] = root;
    this.#size += 1;
  }

  root(): Hash {
    let root: Hash | undefined;
    let height = 0;
    for (let rest = this.#size; rest > 0; rest = Math.floor(rest / 2)) {
      if (rest % 2 === 1) {
        const left = this.#roots[height] ?? '';
        root = root === undefined ? left : nodeHash(left, root);
      }
      height += 1;
    }
    return root ?? EMPTY_ROOT;
  }

  copy(): Frontier {
    const copy = new Frontier();
    copy.#size = this.#size;
    copy.#roots.push(...this.#roots);
    return copy;
  }

  /** The edge of a tree of this size, from the roots of its complete subtrees. */
  static of(size: number, node: NodeSource): Frontier {
    const frontier = new Frontier();
    frontier.#size = size;
    let height = 0;
    for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) {
      if (rest % 2 === 1) frontier.#roots[height] = node(height, rest - 1);
      height += 1;
    }
    return frontier;
  }
}

/** Root of the complete subtree of `height` that covers leaves [index·2^height, (index+1)·2^height). */
export type NodeSource = (height: number, index: number) => Hash;

/** The largest power of two smaller than n (n > 1). */
function split(n: number): { k: number; height: number } {
  let k = 1;
  let height = 0;
  while (k * 2 < n) {
    k *= 2;
    height += 1;
  }
  return { k, height };
}

/** MTH(D[start:end]) of RFC 9162, 2.1.1; `start` is a multiple of the power of two at or above the length. */
export function subtreeRoot(node: NodeSource, start: number, end: number): Hash {
  const n = end - start;
  if (n === 0) return EMPTY_ROOT;
  if (n === 1) return node(0, start);
  const { k, height } = split(n);
  if (n === 2 * k) return node(height + 1, start / n);
  return nodeHash(node(height, start / k), subtreeRoot(node, start + k, end));
}

/** Proof that leaf `index` is in the tree of `size` leaves: RFC 9162, 2.1.3.1. */
export function inclusionProof(node: NodeSource, index: number, size: number): Hash[] {
  if (index < 0 || index >= size) throw new RangeError(`No leaf ${index} in a tree of ${size}.`);
  const path: Hash[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const middle = start + split(end - start).k;
    if (index < middle) {
      path.push(subtreeRoot(node, middle, end));
      end = middle;
    } else {
      path.push(subtreeRoot(node, start, middle));
      start = middle;
    }
  }
  return path.reverse();
}

/** Proof that the tree of `first` leaves is a prefix of the tree of `second`: RFC 9162, 2.1.4.1. */
export function consistencyProof(node: NodeSource, first: number, second: number): Hash[] {
  if (first < 0 || first > second) throw new RangeError(`No consistency from ${first} to ${second}.`);
  if (first === 0 || first === second) return [];
  const path: Hash[] = [];
  let start = 0;
  let end = second;
  let whole = true;
  while (first !== end) {
    const middle = start + split(end - start).k;
    if (first <= middle) {
      path.push(subtreeRoot(node, middle, end));
      end = middle;
    } else {
      path.push(subtreeRoot(node, start, middle));
      start = middle;
      whole = false;
    }
  }
  if (!whole) path.push(subtreeRoot(node, start, end));
  return path.reverse();
}

const half = (n: number): number => Math.floor(n / 2);
const odd = (n: number): boolean => n % 2 === 1;

/** RFC 9162, 2.1.3.2. */
export function verifyInclusion(
  leaf: Hash,
  index: number,
  size: number,
  proof: readonly Hash[],
  root: Hash,
): boolean {
  if (index < 0 || index >= size) return false;
  let fn = index;
  let sn = size - 1;
  let r = leaf;
  for (const p of proof) {
    if (sn === 0) return false;
    if (odd(fn) || fn === sn) {
      r = nodeHash(p, r);
      while (!odd(fn) && fn !== 0) {
        fn = half(fn);
        sn = half(sn);
      }
    } else {
      r = nodeHash(r, p);
    }
    fn = half(fn);
    sn = half(sn);
  }
  return sn === 0 && r === root;
}

/** RFC 9162, 2.1.4.2; a tree is also consistent with the empty one and with itself. */
export function verifyConsistency(
  first: number,
  second: number,
  proof: readonly Hash[],
  firstRoot: Hash,
  secondRoot: Hash,
): boolean {
  if (first < 0 || first > second) return false;
  if (first === second) return proof.length === 0 && firstRoot === secondRoot;
  if (first === 0) return proof.length === 0 && firstRoot === EMPTY_ROOT;
  const isPower = subtreeIsWhole(first);
  const path = isPower ? [firstRoot, ...proof] : [...proof];
  let fn = first - 1;
  let sn = second - 1;
  while (odd(fn)) {
    fn = half(fn);
    sn = half(sn);
  }
  const start = path.shift();
  if (start === undefined) return false;
  let fr = start;
  let sr = start;
  for (const c of path) {
    if (sn === 0) return false;
    if (odd(fn) || fn === sn) {
      fr = nodeHash(c, fr);
      sr = nodeHash(c, sr);
      while (!odd(fn) && fn !== 0) {
        fn = half(fn);
        sn = half(sn);
      }
    } else {
      sr = nodeHash(sr, c);
    }
    fn = half(fn);
    sn = half(sn);
  }
  return sn === 0 && fr === firstRoot && sr === secondRoot;
}

/** Whether n is a power of two. */
function subtreeIsWhole(n: number): boolean {
  let rest = n;
  while (!odd(rest)) rest = half(rest);
  return rest === 1;
}
