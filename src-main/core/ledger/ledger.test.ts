import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { AuditEntry } from '#contract';
import { silentLog } from '../base/log.ts';
import { Ledger } from './index.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aegis-ledger-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const open = (): Promise<Ledger> =>
  Ledger.open({
    path: join(folder, 'ledger.db'),
    anchorPath: join(folder, 'ledger.anchor'),
    log: silentLog(),
  });

test('entries are numbered without gaps, chained and read back as they were given out', async () => {
  const ledger = await open();
  const given = await Promise.all(
    Array.from({ length: 1000 }, (_, i) =>
      ledger.append({
        action: 'gate.request',
        outcome: 'allowed',
        actor: `agent-${i % 3}`,
        details: { n: i },
      }),
    ),
  );
  expect(given.map((entry) => entry.seq)).toEqual(given.map((_, i) => i + 1));
  for (const [i, entry] of given.entries()) {
    AuditEntry.parse(entry);
    expect(entry.prev_hash).toBe(i === 0 ? '0'.repeat(64) : given[i - 1]?.hash);
  }
  const first = given[0];
  expect(first && ledger.get(first.id)).toEqual(first);
  expect(ledger.list({ limit: 3 }).items).toEqual(given.slice(-3).reverse());
  await ledger.dispose();

  const again = await open();
  const next = await again.append({ action: 'app.started', outcome: 'info', actor: 'system' });
  expect(next.seq).toBe(1001);
  expect(next.prev_hash).toBe(given.at(-1)?.hash);
  await again.dispose();
});

test('a second writer is refused, and told who the first is', async () => {
  const ledger = await open();
  await expect(open()).rejects.toMatchObject({
    code: 'STATE_DIR_IN_USE',
    message: expect.stringContaining(String(process.pid)),
  });
  await ledger.dispose();
  await (await open()).dispose();
});
