/** `aegis serve` where something is wrong: it refuses in words, leaves with 1, and leaves every file as it was. */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { freshFolder, removeFolder } from '../support/folders.ts';
import { endTerminalHost } from '../support/host.ts';
import { freePort } from '../support/ports.ts';
import { startServer } from '../support/serve.ts';

const hashOf = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

for (const file of ['aegis.db', 'ledger.db', 'vaults/default.db']) {
  test(`a damaged ${file} is refused and left as it is`, async () => {
    const stateDir = freshFolder('state');
    const path = join(stateDir, file);
    try {
      const first = await startServer({ stateDir });
      const { masterKey } = first;
      expect(await first.stop()).toBe(0);
      // What is still in the journal would mend the file.
      for (const ending of ['-wal', '-shm']) rmSync(path + ending, { force: true });
      const damaged = Buffer.concat([Buffer.from('This was a database once. '), readFileSync(path)]);
      writeFileSync(path, damaged);
      const before = hashOf(path);
      await expect(startServer({ stateDir, masterKey })).rejects.toThrow(
        new RegExp(`exit code 1\\)[\\s\\S]*${file.replace('.', '\\.')}[\\s\\S]*damaged`),
      );
      expect(hashOf(path)).toBe(before);
      // A second attempt does no more harm than the first.
      await expect(startServer({ stateDir, masterKey })).rejects.toThrow(/damaged/);
      expect(hashOf(path)).toBe(before);
    } finally {
      await endTerminalHost(stateDir);
      removeFolder(stateDir);
    }
  });
}

test('with a damaged aegis.db moved away, as the hint says, it starts again', async () => {
  const stateDir = freshFolder('state');
  const path = join(stateDir, 'aegis.db');
  const masterKey = randomBytes(32).toString('hex');
  try {
    writeFileSync(path, 'not a database at all, but long enough to look at. '.repeat(40));
    await expect(startServer({ stateDir, masterKey })).rejects.toThrow(/mv "[^"]+aegis\.db"/);
    renameSync(path, `${path}.damaged`);
    const server = await startServer({ stateDir, masterKey });
    expect(await server.call('GET', '/ready')).toMatchObject({ ready: true });
    expect(await server.stop()).toBe(0);
  } finally {
    await endTerminalHost(stateDir);
    removeFolder(stateDir);
  }
});

test('a taken port is refused with the name of the program that holds it', async () => {
  const stateDir = freshFolder('state');
  const holder = createServer();
  const port = await freePort();
  holder.listen(port, '127.0.0.1');
  await once(holder, 'listening');
  try {
    for (const name of ['AEGIS_PORT', 'AEGIS_GATE_PORT']) {
      await expect(startServer({ stateDir, env: { [name]: String(port) } })).rejects.toThrow(
        new RegExp(`exit code 1\\)[\\s\\S]*${port}[\\s\\S]*\\(pid ${process.pid}\\)`),
      );
    }
    holder.close();
    const server = await startServer({ stateDir, env: { AEGIS_PORT: String(port) } });
    expect(server.api).toBe(`http://127.0.0.1:${port}`);
    expect(await server.stop()).toBe(0);
  } finally {
    holder.close();
    await endTerminalHost(stateDir);
    removeFolder(stateDir);
  }
});

test('a second server on the same state folder is refused, and the first does not notice', async () => {
  const stateDir = freshFolder('state');
  const first = await startServer({ stateDir });
  try {
    await expect(startServer({ stateDir, masterKey: first.masterKey })).rejects.toThrow(
      /exit code 1\)[\s\S]*Another Aegis already uses/,
    );
    expect(await first.call('GET', '/ready')).toMatchObject({ ready: true });
    expect(await first.stop()).toBe(0);
  } finally {
    await first.kill9();
    await endTerminalHost(stateDir);
    removeFolder(stateDir);
  }
});
