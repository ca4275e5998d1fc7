import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, stampFolder } from './places.mjs';

/** SHA-256 over the names and contents of files and folders (relative to the checkout) and any extra strings. */
export function hashOf(paths, extra = []) {
  const hash = createHash('sha256');
  for (const file of paths.flatMap((path) => filesBelow(path)).sort()) {
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0');
  }
  for (const value of extra) hash.update(`${value}\0`);
  return hash.digest('hex');
}

function filesBelow(path) {
  const full = join(root, path);
  if (!existsSync(full)) return [];
  try {
    return readdirSync(full, { withFileTypes: true }).flatMap((entry) => {
      const below = `${path}/${entry.name}`;
      if (entry.isDirectory()) return filesBelow(below);
      // Tests are not part of what is built.
      return /\.test\.tsx?$/.test(entry.name) ? [] : [below];
    });
  } catch (error) {
    if (error.code === 'ENOTDIR') return [path];
    throw error;
  }
}

/** Whether the step was last finished with exactly this hash. */
export function isDone(name, hash) {
  try {
    return readFileSync(join(stampFolder, name), 'utf8') === hash;
  } catch {
    return false;
  }
}

export function markDone(name, hash) {
  mkdirSync(stampFolder, { recursive: true });
  writeFileSync(join(stampFolder, name), hash);
}
