import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { socketPath } from './run-files.ts';

function ownTmp(): string {
  const before = process.env.TMPDIR;
  const dir = mkdtempSync(join(tmpdir(), 'aegis-tmp-'));
  process.env.TMPDIR = dir;
  onTestFinished(() => {
    if (before === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = before;
    rmSync(dir, { recursive: true, force: true });
  });
  return dir;
}
const deep = `/home/${'deep'.repeat(30)}/run`;

test.skipIf(process.platform === 'win32')(
  'a socket outside the state folder lies in a private folder',
  () => {
    const dir = ownTmp();
    const path = socketPath(deep);
    expect(path.startsWith(join(dir, `aegis-${userInfo().uid}/`))).toBe(true);
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
    chmodSync(join(path, '..'), 0o755);
    expect(socketPath(deep)).toBe(path);
    expect(statSync(join(path, '..')).mode & 0o777).toBe(0o700);
  },
);

test.skipIf(process.platform === 'win32')(
  'a link somebody put in its place is neither followed nor touched',
  () => {
    const dir = ownTmp();
    const elsewhere = join(dir, 'elsewhere');
    mkdirSync(elsewhere);
    chmodSync(elsewhere, 0o755);
    symlinkSync(elsewhere, join(dir, `aegis-${userInfo().uid}`));
    expect(() => socketPath(deep)).toThrow(/not a folder of this user/);
    expect(statSync(elsewhere).mode & 0o777).toBe(0o755);
  },
);
