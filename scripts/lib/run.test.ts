import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { run } from './run.mjs';
import { duration } from './say.mjs';

const node = process.execPath;

test('a command that fails is an error with what it wrote', async () => {
  const failing = run(node, ['-e', 'console.error("the reason"); process.exitCode = 3'], {
    label: 'the tool',
  });
  await expect(failing).rejects.toThrow(/the tool failed with code 3.\n {4}the reason/);
});

test('a long output keeps its start, which names the cause, and its end', async () => {
  const failing = run(node, [
    '-e',
    // Not process.exit(): it may leave before all of it is written.
    "for (let i = 0; i < 300; i++) console.log('line ' + i + ';'); process.exitCode = 1",
  ]);
  const message = await failing.then(String, (error: Error) => error.message);
  expect(message).toMatch(/line 0;[\s\S]*…[\s\S]*line 299;/);
  expect(message).not.toContain('line 150;');
});

test('a command that may fail hands back its code', async () => {
  const result = await run(node, ['-e', 'process.exit(7)'], { mayFail: true });
  expect(result.code).toBe(7);
});

test('a program that is not there is named', async () => {
  await expect(run('no-such-program-here', [])).rejects.toThrow(/no-such-program-here could not be started/);
});

test.skipIf(process.platform !== 'linux')('a time limit ends the grandchildren too', async () => {
  const script = `
    const child = require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    console.log('grandchild ' + child.pid);
    setInterval(() => {}, 1000);`;
  const message = await run(node, ['-e', script], { timeoutMs: 1500 }).then(
    String,
    (error: Error) => error.message,
  );
  expect(message).toMatch(/did not end within 2 s/);
  const pid = Number(/grandchild (\d+)/.exec(message)?.[1]);
  expect(pid).toBeGreaterThan(0);
  let alive = true;
  for (let tries = 0; alive && tries < 100; tries += 1) {
    await sleep(20);
    alive = isAlive(pid);
  }
  expect(alive).toBe(false);
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // Ended, but not yet collected by its parent.
    return !/^State:\tZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

test.each([
  [40, '40 ms'],
  [12_400, '12 s'],
  [99_000, '99 s'],
  [125_000, '2 min 5 s'],
])('%i ms reads %s', (ms, words) => {
  expect(duration(ms)).toBe(words);
});
