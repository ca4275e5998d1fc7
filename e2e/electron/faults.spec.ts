/** The desktop app where it cannot start: it says why, and touches nothing. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { cleanEnvironment } from '../support/environment.ts';
import { checkout, freshFolder, removeFolder } from '../support/folders.ts';
import { endTerminalHost } from '../support/host.ts';
import { electronExecutable } from '../support/launch-electron.ts';
import { waitFor } from '../support/wait.ts';

test('a damaged aegis.db is told in a dialog, and the file stays as it is', async () => {
  const stateDir = freshFolder('state');
  const path = join(stateDir, 'aegis.db');
  writeFileSync(path, 'This was a database once. '.repeat(100));
  const hash = () => createHash('sha256').update(readFileSync(path)).digest('hex');
  const before = hash();
  // Started without the means of the other tests, which wait for a window that never comes.
  const child = spawn(electronExecutable(), [checkout], {
    cwd: checkout,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: cleanEnvironment({ AEGIS_STATE_DIR: stateDir, AEGIS_PORT: '0', AEGIS_GATE_PORT: '0' }),
  });
  const exited = once(child, 'exit');
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  try {
    await waitFor('the refusal', () => /aegis\.db is damaged and was left as it is/.test(output));
    await waitFor('what to do', () => /mv "[^"]+aegis\.db"/.test(output));
    expect(hash()).toBe(before);
  } finally {
    // The dialog waits for a click.
    child.kill('SIGKILL');
    await exited;
    await endTerminalHost(stateDir);
    removeFolder(stateDir);
  }
});
