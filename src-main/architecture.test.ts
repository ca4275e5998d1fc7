import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const SOURCES = ['src-contract', 'src-main', 'src-preload', 'src-renderer'];

/** Services from the bottom up; none reaches upward. Equal numbers do not know each other. */
const CORE_LAYERS: Readonly<Record<string, number>> = {
  base: 0,
  config: 1,
  store: 1,
  live: 1,
  ledger: 2,
  vault: 3,
  identity: 4,
  approvals: 5,
  gate: 6,
  sessions: 7,
  router: 8,
};

interface Import {
  readonly file: string;
  /** Path in the repository, or the package name. */
  readonly target: string;
}

function* sourceFiles(folder: string): Generator<string> {
  for (const entry of readdirSync(join(ROOT, folder), { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* sourceFiles(path);
    else if (/\.tsx?$/.test(entry.name)) yield path;
  }
}

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\s[^;'"]*?from\s*['"]([^'"]+)['"]|(?:^|\n)\s*import\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/g;

function importsOf(file: string): Import[] {
  const text = readFileSync(join(ROOT, file), 'utf8');
  return [...text.matchAll(IMPORT)].map((match) => {
    const spec = match[1] ?? match[2] ?? match[3] ?? '';
    if (spec.startsWith('.')) return { file, target: relative(ROOT, resolve(ROOT, dirname(file), spec)) };
    if (spec.startsWith('#contract')) return { file, target: spec.replace('#contract', 'src-contract') };
    return { file, target: spec };
  });
}

const files = SOURCES.flatMap((folder) => [...sourceFiles(folder)]);
const product = files.filter((file) => !/\.test\.tsx?$/.test(file) && !file.includes(`${sep}testing${sep}`));
const imports = product.flatMap(importsOf);
const offenders = (rule: (i: Import) => boolean): string[] =>
  imports.filter(rule).map((i) => `${i.file} imports ${i.target}`);

test('the check sees the imports', () => {
  expect(imports.length).toBeGreaterThan(50);
});

test('the contract imports nothing of ours and no runtime but its schema library', () => {
  expect(
    offenders(
      (i) =>
        i.file.startsWith('src-contract') &&
        !i.target.startsWith('src-contract') &&
        !/^(zod|@orpc\/contract)$/.test(i.target),
    ),
  ).toEqual([]);
});

test('the control plane and the pty-host never import Electron', () => {
  expect(
    offenders((i) => /^src-main\/(core|pty-host)\//.test(i.file) && /^electron(\/|$)/.test(i.target)),
  ).toEqual([]);
});

test('only the desktop door and the preload import Electron', () => {
  expect(
    offenders(
      (i) => /^electron(\/|$)/.test(i.target) && !/^(src-main\/doors\/electron|src-preload)\//.test(i.file),
    ),
  ).toEqual([]);
});

test('core never imports a door; services are wired in one file', () => {
  expect(
    offenders((i) => i.file.startsWith('src-main/core/') && i.target.startsWith('src-main/doors/')),
  ).toEqual([]);
});

test('a service never reaches upward', () => {
  expect(
    offenders((i) => {
      const from = /^src-main\/core\/([^/]+)\//.exec(i.file)?.[1];
      const to = /^src-main\/core\/([^/]+)\//.exec(i.target)?.[1];
      if (from === undefined || to === undefined || from === to) return false;
      const a = CORE_LAYERS[from];
      const b = CORE_LAYERS[to];
      return a === undefined || b === undefined || b >= a;
    }),
  ).toEqual([]);
});

test('another service is reached through its index, base through its files', () => {
  expect(
    offenders((i) => {
      const from = /^src-main\/core\/([^/]+)\//.exec(i.file)?.[1];
      const to = /^src-main\/core\/([^/]+)\/(.+)$/.exec(i.target);
      if (to === null || to[1] === 'base' || to[1] === from) return false;
      return to[2] !== 'index.ts' && i.file.startsWith('src-main/core/');
    }),
  ).toEqual([]);
});

test('the renderer talks to the contract only', () => {
  expect(
    offenders((i) => i.file.startsWith('src-renderer/') && /^(src-main|src-preload)\//.test(i.target)),
  ).toEqual([]);
  expect(offenders((i) => i.file.startsWith('src-renderer/') && /^(node:|electron)/.test(i.target))).toEqual(
    [],
  );
});

test('the preload imports Electron and the contract only', () => {
  expect(
    offenders(
      (i) => i.file.startsWith('src-preload/') && !/^(electron|src-contract|src-preload)/.test(i.target),
    ),
  ).toEqual([]);
});
