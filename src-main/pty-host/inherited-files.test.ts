import { spawnSync } from 'node:child_process';
import { mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { INHERITED_VARIABLE, leakingFiles } from './inherited-files.ts';

const linux = test.skipIf(process.platform !== 'linux');

linux('a file that a process inherited is closed, and only that one', () => {
  const dir = mkdtempSync(join(tmpdir(), 'aegis-inherited-'));
  try {
    const file = join(dir, 'secret');
    const fd = openSync(file, 'w');
    const child = `
      import { readdirSync, readlinkSync } from 'node:fs';
      import { closeInherited } from ${JSON.stringify(join(import.meta.dirname, 'inherited-files.ts'))};
      const open = () => readdirSync('/proc/self/fd').filter((n) => {
        try { return readlinkSync('/proc/self/fd/' + n) === ${JSON.stringify(file)}; } catch { return false; }
      });
      const before = open();
      closeInherited(process.env.${INHERITED_VARIABLE});
      setTimeout(() => console.log(JSON.stringify({ before, after: open() })), 20);`;
    const run = (list: string[]) => {
      const stdio: ('pipe' | number)[] = ['pipe', 'pipe', 'pipe', fd];
      const result = spawnSync(process.execPath, ['--input-type=module', '-e', child], {
        stdio,
        encoding: 'utf8',
        env: { ...process.env, [INHERITED_VARIABLE]: JSON.stringify(list) },
      });
      expect(result.stderr).toBe('');
      return JSON.parse(result.stdout);
    };
    expect(run([`3=${file}`])).toEqual({ before: ['3'], after: [] });
    // The number means another file here: left alone.
    expect(run([`3=${file}.other`])).toEqual({ before: ['3'], after: ['3'] });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});

linux('Node’s own files do not leak, so nothing of this process is listed beyond what it was given', () => {
  const before = leakingFiles();
  openSync('/dev/null', 'r');
  expect(leakingFiles()).toEqual(before);
});
