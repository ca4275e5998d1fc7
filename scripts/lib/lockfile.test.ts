import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './places.mjs';

interface Entry {
  version?: string;
  optional?: boolean;
  os?: string[];
  cpu?: string[];
  hasInstallScript?: boolean;
  optionalDependencies?: Record<string, string>;
}
const read = (name: string) => JSON.parse(readFileSync(join(root, name), 'utf8'));
const lock: Record<string, Entry> = read('package-lock.json').packages;
const manifest = read('package.json');

/** The entry that `name` resolves to for the package at `from`: its own node_modules first, then upward. */
function find(from: string, name: string): Entry | undefined {
  const own = lock[`${from === '' ? '' : `${from}/`}node_modules/${name}`];
  if (own || from === '') return own;
  const above = from.lastIndexOf('/node_modules/');
  return find(above === -1 ? '' : from.slice(0, above), name);
}

test('the lockfile holds the packages of every platform, so that npm ci works on each', () => {
  // npm drops those it cannot see from the machine that wrote the file, and then refuses the file elsewhere.
  const absent = Object.entries(lock).flatMap(([path, entry]) =>
    Object.keys(entry.optionalDependencies ?? {})
      .filter((name) => find(path, name) === undefined)
      .map((name) => `${name} (wanted by ${path})`),
  );
  expect(absent).toEqual([]);
});

test('every install script is allowed or refused by name', () => {
  const undecided = Object.entries(lock)
    .filter(([, entry]) => entry.hasInstallScript)
    .map(([path]) => path.split('node_modules/').at(-1) ?? path)
    .map((name) => (name === 'keytar' ? '@github/keytar' : name))
    .filter((name) => !(name in manifest.allowScripts) && name !== 'fsevents');
  expect(undecided).toEqual([]);
});

test('every dependency is pinned to an exact version', () => {
  const ranges = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies } as Record<
    string,
    string
  >)
    .filter(([, range]) => !/^(npm:@?[^@]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(range))
    .map(([name, range]) => `${name}@${range}`);
  expect(ranges).toEqual([]);
});
