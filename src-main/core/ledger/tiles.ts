import { type Hash, type NodeSource, nodeHash, subtreeRoot, TILE_HEIGHT, TILE_WIDTH } from './merkle.ts';
import type { LedgerDb } from './schema.ts';

/** A part of the stored tree is missing or has the wrong length. */
export class TreeDamaged extends Error {}

/**
 * The nodes of the stored tree. A node at a tile's lower edge is read; one inside a tile is computed from the 256 below
 * it. Tiles read once are kept: make one per proof or root, so that it sees one state of the file.
 */
export function nodesOf(db: LedgerDb): NodeSource {
  const tile = db.prepare<[number, number], { hashes: Buffer }>(
    'SELECT hashes FROM tiles WHERE level = ? AND number = ?',
  );
  const leaf = db.prepare<[number], { hash: Buffer }>('SELECT hash FROM entries WHERE seq = ?');
  const tiles = new Map<string, Hash | undefined>();

  function hashesOf(level: number, number: number): Hash | undefined {
    const key = `${level}/${number}`;
    if (!tiles.has(key)) {
      const row = tile.get(level, number);
      if (row && row.hashes.length !== TILE_WIDTH * 32)
        throw new TreeDamaged(`Tile ${key} has a wrong length.`);
      tiles.set(key, row?.hashes.toString('hex'));
    }
    return tiles.get(key);
  }

  const node: NodeSource = (height, index) => {
    if (height % TILE_HEIGHT !== 0) {
      return nodeHash(node(height - 1, 2 * index), node(height - 1, 2 * index + 1));
    }
    const within = index % TILE_WIDTH;
    const hashes = hashesOf(height / TILE_HEIGHT, Math.floor(index / TILE_WIDTH));
    if (hashes !== undefined) return hashes.slice(within * 64, within * 64 + 64);
    if (height > 0) return nodeHash(node(height - 1, 2 * index), node(height - 1, 2 * index + 1));
    const row = leaf.get(index + 1);
    if (row?.hash.length !== 32) throw new TreeDamaged(`Entry ${index + 1} is missing.`);
    return row.hash.toString('hex');
  };
  return node;
}

/** Collects the tiles a growing tree completes. */
export class TileEdge {
  readonly #open: Hash[][];

  constructor(open: Hash[][] = []) {
    this.#open = open;
  }

  /** The hashes of tiles not yet complete, for a tree of this size. */
  static of(size: number, node: NodeSource): TileEdge {
    const open: Hash[][] = [];
    for (
      let count = size, height = 0;
      count > 0;
      count = Math.floor(count / TILE_WIDTH), height += TILE_HEIGHT
    ) {
      const first = count - (count % TILE_WIDTH);
      open.push(Array.from({ length: count - first }, (_, i) => node(height, first + i)));
    }
    return new TileEdge(open);
  }

  /** A node at a tile's lower edge; returns the 256 hashes when they are complete. */
  add(level: number, hash: Hash): Hash | undefined {
    const hashes = this.#open[level] ?? [];
    this.#open[level] = hashes;
    hashes.push(hash);
    if (hashes.length < TILE_WIDTH) return undefined;
    this.#open[level] = [];
    return hashes.join('');
  }

  copy(): TileEdge {
    return new TileEdge(this.#open.map((hashes) => [...hashes]));
  }
}

/** Roots by the stored tree; where it is damaged, one that equals none. */
export function rootsOf(db: LedgerDb): (size: number) => Hash {
  const node = nodesOf(db);
  return (size) => {
    try {
      return subtreeRoot(node, 0, size);
    } catch (error) {
      if (error instanceof TreeDamaged) return '';
      throw error;
    }
  };
}
