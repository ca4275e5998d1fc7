import { execFileSync, spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { open } from './schema.ts';
import { fill, LedgerFolder, sampleEvent } from './testing/ledgers.ts';

/** Raised to 200 for a long run: AEGIS_TEST_CRASHES=200. */
const CRASHES = Number(process.env.AEGIS_TEST_CRASHES ?? 20);
const CHILD = fileURLToPath(new URL('./testing/crash-child.ts', import.meta.url));

let folder: LedgerFolder;
beforeEach(() => {
  folder = new LedgerFolder();
});
afterEach(() => folder.remove());

/** Runs the child, kills it after so many milliseconds of work, returns what it said was durable. */
async function killedAfter(ms: number): Promise<string[]> {
  const child = spawn(process.execPath, [CHILD, folder.db, folder.anchor], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  const ready = new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.startsWith('ready\n')) resolve();
    });
    child.on('exit', () => reject(new Error('The child ended by itself.')));
  });
  const closed = new Promise<void>((resolve) => child.on('close', () => resolve()));
  await ready;
  await sleep(ms);
  child.kill('SIGKILL');
  await closed;
  const lines = output.split('\n').slice(1);
  // What comes after the last line break was cut by the kill.
  return lines.slice(0, -1);
}

test(
  'killed at any moment under load, every acknowledged entry is there and the ledger verifies',
  async () => {
    let acknowledged = 0;
    for (let round = 0; round < CRASHES; round += 1) {
      const lines = await killedAfter((round * 37) % 150);
      const closed = await folder.verify();
      expect(closed).toMatchObject({ valid: true });
      const ledger = await folder.open();
      expect(ledger.status().state).toBe('ok');
      for (const line of lines) {
        const [seq, id = '', hash] = line.split(' ');
        expect(ledger.get(id)).toMatchObject({ seq: Number(seq), hash });
      }
      acknowledged += lines.length;
      await ledger.dispose();
    }
    expect(acknowledged).toBeGreaterThan(0);
  },
  60_000 + CRASHES * 5_000,
);

test('after a kill the last acknowledged entry cannot be taken away unseen', async () => {
  for (let round = 0; round < 5; round += 1) {
    await killedAfter(20 + round * 13);
    folder.tamper((db) => db.exec('DELETE FROM entries WHERE seq = (SELECT max(seq) FROM entries)'));
    // At most one commit can have been under way, and then the entry taken away was never acknowledged.
    const ledger = await folder.open();
    const result = await ledger.verify();
    await ledger.dispose();
    if (result.valid) continue;
    expect(result.first_bad?.problem).toContain('missing');
    return;
  }
  throw new Error('Cut five times and never found.');
});

const isRoot = process.getuid?.() === 0 && process.platform === 'linux';

/** A small file system of its own, so that filling it harms nobody. */
function mounted(): { path: string; release(): void } | undefined {
  if (!isRoot) return undefined;
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder.path], { stdio: 'ignore' });
    return { path: folder.path, release: () => execFileSync('umount', ['-l', folder.path]) };
  } catch {
    return undefined;
  }
}

describe('a disk that is full', () => {
  test('refuses the action, says so, and goes on by itself once there is space', async (context) => {
    const disk = mounted();
    if (!disk) return context.skip('needs root on Linux to mount a small tmpfs');
    try {
      const ledger = await folder.open();
      let refused: unknown;
      let kept = 0;
      while (!refused && kept < 100_000) {
        const results = await Promise.allSettled(
          Array.from({ length: 500 }, (_, i) => ledger.append(sampleEvent(i))),
        );
        kept += results.filter((result) => result.status === 'fulfilled').length;
        refused = results.find((result) => result.status === 'rejected')?.reason;
      }
      expect(refused).toMatchObject({ code: 'LEDGER_UNAVAILABLE', hint: expect.stringContaining('space') });
      expect(ledger.status()).toMatchObject({ state: 'down', detail: expect.stringContaining('full') });
      expect(ledger.list({ limit: 1 }).items[0]?.seq).toBe(kept);

      execFileSync('mount', ['-o', 'remount,size=32m', folder.path]);
      const entry = await ledger.append({ action: 'app.started', outcome: 'info', actor: 'system' });
      expect(entry.seq).toBe(kept + 1);
      expect(ledger.status().state).toBe('ok');
      expect(await ledger.verify()).toMatchObject({ valid: true, entries: kept + 1 });
      await ledger.dispose();
    } finally {
      disk.release();
    }
  });
});

test('a file that cannot be written is reported at the start, and mended without a restart', async (context) => {
  const disk = mounted();
  if (!disk) return context.skip('needs root on Linux to mount a file system read-only');
  try {
    const first = await folder.open();
    await fill(first, 10);
    await first.dispose();
    execFileSync('mount', ['-o', 'remount,ro', folder.path]);
    const ledger = await folder.open();
    expect(ledger.status()).toMatchObject({ state: 'down', hint: expect.stringContaining('permission') });
    await expect(ledger.append(sampleEvent(1))).rejects.toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
    execFileSync('mount', ['-o', 'remount,rw', folder.path]);
    // Found out by itself: nobody needs to try and be refused.
    await expect.poll(() => ledger.status().state, { timeout: 15_000 }).toBe('ok');
    expect((await ledger.append(sampleEvent(1))).seq).toBe(11);
    expect(ledger.status().state).toBe('ok');
    await ledger.dispose();
  } finally {
    disk.release();
  }
});

test('another program that holds the file locked makes appends fail, and no longer than it holds it', async () => {
  const ledger = await folder.open();
  await ledger.append(sampleEvent(0));
  const other = open(join(folder.path, 'ledger.db'), false);
  other.exec('BEGIN IMMEDIATE');
  await expect(ledger.append(sampleEvent(1))).rejects.toMatchObject({
    code: 'LEDGER_UNAVAILABLE',
    message: expect.stringContaining('locked'),
  });
  other.exec('ROLLBACK');
  other.close();
  expect((await ledger.append(sampleEvent(2))).seq).toBe(2);
  expect(ledger.status().state).toBe('ok');
  await ledger.dispose();
});

test('a disk that hangs refuses instead of hanging, and the queue has an end', async () => {
  const ledger = await folder.open({ writeTimeoutMs: 300 });
  await ledger.append(sampleEvent(0));
  const other = open(folder.db, false);
  other.exec('BEGIN IMMEDIATE');
  const waiting = Array.from({ length: 80_000 }, (_, i) => ledger.append(sampleEvent(i)));
  const results = await Promise.allSettled(waiting);
  expect(results.every((result) => result.status === 'rejected')).toBe(true);
  const reasons = new Set(
    results.map((result) => (result.status === 'rejected' ? String(result.reason) : '')),
  );
  expect([...reasons].some((reason) => reason.includes('already wait'))).toBe(true);
  expect([...reasons].some((reason) => reason.includes('longer than 300 ms'))).toBe(true);
  expect(ledger.status().state).toBe('down');
  other.exec('ROLLBACK');
  other.close();
  // What was refused while it hung may still have been written: refused means not known to be recorded.
  await expect
    .poll(() => ledger.append(sampleEvent(1)).then(() => ledger.status().state), { timeout: 15_000 })
    .toBe('ok');
  expect((await ledger.verify()).valid).toBe(true);
  await ledger.dispose();
});

test('a damaged file and one that is no ledger are refused and left as they are', async () => {
  const junk = 'not a database '.repeat(1000);
  writeFileSync(folder.db, junk);
  await expect(folder.open()).rejects.toMatchObject({
    code: 'DATABASE_CORRUPT',
    hint: expect.stringContaining('mv '),
  });
  expect(readFileSync(folder.db, 'utf8')).toBe(junk);

  rmSync(folder.db);
  const other = open(folder.db, false);
  other.exec('CREATE TABLE mine (x)');
  other.close();
  await expect(folder.open()).rejects.toMatchObject({ code: 'DATABASE_CORRUPT' });
});
