import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { bench, MASTER } from './fixture.ts';

const WRITER = fileURLToPath(new URL('crash-writer.ts', import.meta.url));

/** Lets the writer answer at least `atLeast` adds, then kills it in the middle of whatever it does. */
async function killedWhileAdding(dir: string, prefix: string, atLeast: number): Promise<string[]> {
  const writer = spawn(process.execPath, [WRITER, dir, MASTER, prefix], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  for await (const chunk of writer.stdout.setEncoding('utf8')) {
    output += chunk;
    if (output.split('\n').length > atLeast) writer.kill('SIGKILL');
  }
  if (writer.exitCode === null && writer.signalCode === null) await once(writer, 'exit');
  return output.split('\n').slice(0, -1);
}

test('SIGKILL while adding leaves each credential whole or absent, and every answered one is there', async () => {
  const { dir, open } = bench();
  const answered: string[] = [];
  for (const [round, atLeast] of [1, 5, 12, 30].entries()) {
    answered.push(...(await killedWhileAdding(dir, `r${round}`, atLeast)));
    const vault = await open();
    expect(vault.info().state).toBe('open');
    expect(vault.damaged()).toEqual([]);
    const names = vault.list().map((credential) => credential.name);
    expect(names).toEqual(expect.arrayContaining(answered));
    // Per kill at most the one add that was under way may be there without having been answered.
    expect(names.length - answered.length).toBeLessThanOrEqual(round + 1);
    for (const credential of vault.list()) {
      expect(vault.openSecret(credential.id).toString().startsWith(`secret-of-${credential.name}-`)).toBe(
        true,
      );
    }
    await vault.dispose();
  }
}, 90_000);
