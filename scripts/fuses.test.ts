import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { expect, test } from 'vitest';
import { fuses, setFuses } from './fuses.mjs';
import { cacheFolder, modules } from './lib/places.mjs';

const required: Record<string, boolean> = {
  RunAsNode: false,
  EnableCookieEncryption: true,
  EnableNodeOptionsEnvironmentVariable: false,
  EnableNodeCliInspectArguments: false,
  EnableEmbeddedAsarIntegrityValidation: true,
  OnlyLoadAppFromAsar: true,
  LoadBrowserProcessSpecificV8Snapshot: false,
  GrantFileProtocolExtraPrivileges: false,
};

test('the table has the required value for every fuse that is not left alone', () => {
  const named = Object.entries(fuses).map(([fuse, value]) => [FuseV1Options[Number(fuse)], value]);
  expect(Object.fromEntries(named)).toEqual(required);
});

/** An Electron on this machine: the official one in node_modules, or the fallback in the cache folder. */
function electronHere(): string | undefined {
  const official = join(modules, 'electron', 'dist', 'electron');
  if (existsSync(official)) return official;
  const cached = readdirSync(cacheFolder()).filter((name) => name.startsWith('electron-'));
  return cached.map((name) => join(cacheFolder(), name, 'electron')).find((path) => existsSync(path));
}

const electron = process.platform === 'linux' ? electronHere() : undefined;

test.skipIf(electron === undefined)('a real Electron reads back with the fuses set', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-fuses-'));
  try {
    const copy = join(folder, 'electron');
    cpSync(electron ?? '', copy);
    await setFuses(copy);
    const wire = await getCurrentFuseWire(copy);
    for (const [fuse, value] of Object.entries(required)) {
      const index = FuseV1Options[fuse as keyof typeof FuseV1Options];
      expect.soft(wire[index], fuse).toBe(value ? FuseState.ENABLE : FuseState.DISABLE);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
