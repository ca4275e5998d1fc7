import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { cacheFolder } from './places.mjs';

const isRoot = process.getuid?.() === 0;

test.skipIf(!isRoot)('root runs nothing from a cache folder that others can write to', () => {
  const dir = mkdtempSync(join(tmpdir(), 'aegis-cache-'));
  const before = process.env.AEGIS_CACHE_DIR;
  onTestFinished(() => {
    if (before === undefined) delete process.env.AEGIS_CACHE_DIR;
    else process.env.AEGIS_CACHE_DIR = before;
    rmSync(dir, { recursive: true });
  });
  const folder = join(dir, 'cache');
  process.env.AEGIS_CACHE_DIR = folder;
  expect(cacheFolder()).toBe(folder);
  expect(cacheFolder()).toBe(folder);
  chmodSync(folder, 0o777);
  expect(() => cacheFolder()).toThrow(/not root's alone/);
  rmSync(folder, { recursive: true });
  mkdirSync(folder);
  chownSync(folder, 65_534, 65_534);
  expect(() => cacheFolder()).toThrow(/not root's alone/);
});
