import { execFileSync, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AuditEntry } from '#contract';
import { csvCell } from './export-format.ts';
import { type ExportOptions, type Ledger, verifyExport } from './index.ts';
import { fill, LedgerFolder } from './testing/ledgers.ts';

const STAND_ALONE = fileURLToPath(new URL('../../../docs/verify-ledger.mjs', import.meta.url));
const SIZE = 1500;

let folder: LedgerFolder;
let ledger: Ledger;
let vkey: string;
beforeAll(async () => {
  folder = new LedgerFolder();
  ledger = await folder.open();
  await fill(ledger, SIZE - 2);
  for (const target of ['=HYPERLINK("http://evil")', 'a "quoted",\r\nline']) {
    await ledger.append({ action: 'tool.called', outcome: 'info', actor: '@sum', target });
  }
  vkey = ledger.verifier?.vkey ?? '';
});
afterAll(async () => {
  await ledger.dispose();
  folder.remove();
});

async function exported(options: ExportOptions): Promise<string> {
  let text = '';
  for await (const piece of ledger.export(options)) text += piece;
  return text;
}

async function* linesOf(text: string): AsyncGenerator<string> {
  yield* text.split('\n');
}

/** Exit code of the stand-alone verifier. */
function standAlone(text: string, key = vkey): { status: number | null; output: string } {
  const file = join(folder.path, 'export.jsonl');
  writeFileSync(file, text);
  const { status, stdout, stderr } = spawnSync(process.execPath, [STAND_ALONE, file, key], {
    encoding: 'utf8',
  });
  return { status, output: stdout + stderr };
}

/** The record reader of RFC 4180, section 2, written from its grammar. */
function parseCsv(text: string): string[][] {
  const records: string[][] = [[]];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/gy;
  for (let at = 0; at < text.length; at = field.lastIndex) {
    field.lastIndex = at;
    const match = field.exec(text);
    if (!match) throw new Error(`Not CSV at ${at}.`);
    records.at(-1)?.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] === '\r\n' && field.lastIndex < text.length) records.push([]);
  }
  return records;
}

describe('JSON Lines', () => {
  test('the whole ledger verifies with the public key alone, by us and by the stand-alone verifier', async () => {
    for (const format of ['jsonl', 'json'] as const) {
      const text = await exported({ format });
      expect(await verifyExport(linesOf(text), vkey)).toEqual({
        valid: true,
        entries: SIZE,
        size: SIZE,
        complete: true,
      });
      expect(standAlone(text)).toMatchObject({ status: 0, output: expect.stringContaining('whole ledger') });
    }
  });

  test('a part verifies by its proofs, and not without', async () => {
    const filter = { service: 'openai', outcome: 'denied' } as const;
    const proven = await exported({ format: 'jsonl', filter, proofs: true });
    const result = await verifyExport(linesOf(proven), vkey);
    expect(result).toMatchObject({ valid: true, size: SIZE, complete: false });
    expect(result.entries).toBe(proven.trim().split('\n').length - 1);
    expect(result.entries).toBeGreaterThan(10);
    expect(standAlone(proven).status).toBe(0);

    const bare = await exported({ format: 'jsonl', filter });
    expect((await verifyExport(linesOf(bare), vkey)).valid).toBe(false);
    expect(standAlone(bare).status).toBe(1);
  });

  test('each line is an entry as the API gives it', async () => {
    const lines = (await exported({ format: 'jsonl' })).trim().split('\n');
    expect(JSON.parse(lines.pop() ?? '')).toMatchObject({ checkpoint: expect.any(String), key: vkey });
    const first: AuditEntry = JSON.parse(lines[0] ?? '');
    expect(first).toEqual(ledger.get(first.id));
    expect(lines).toHaveLength(SIZE);
  });

  test('any change to a file is found by both', async () => {
    const whole = await exported({ format: 'jsonl' });
    const lines = whole.trimEnd().split('\n');
    await fc.assert(
      fc.asyncProperty(
        fc.nat(SIZE - 1),
        fc.constantFrom('edit', 'drop', 'swap', 'add', 'twice'),
        async (i, how) => {
          const changed = [...lines];
          const line = lines[i] ?? '';
          const other = (i + 1) % SIZE;
          if (how === 'edit') changed[i] = line.replace('"tenant":"default"', '"tenant":"another"');
          if (how === 'drop') changed.splice(i, 1);
          if (how === 'swap') [changed[i], changed[other]] = [lines[other] ?? '', line];
          if (how === 'add') changed[i] = line.replace('{"action"', '{"action":"gate.request","action"');
          if (how === 'twice') changed.splice(i, 0, line);
          const text = `${changed.join('\n')}\n`;
          expect((await verifyExport(linesOf(text), vkey)).valid).toBe(false);
        },
      ),
      { numRuns: 30 },
    );
    expect(standAlone(whole.replace('"tenant":"default"', '"tenant":"another"')).status).toBe(1);
    expect(standAlone(lines.slice(1).join('\n')).status).toBe(1);
  });

  test('another key verifies nothing', async () => {
    const other = new LedgerFolder();
    const otherLedger = await other.open();
    const otherKey = otherLedger.verifier?.vkey ?? '';
    await otherLedger.dispose();
    other.remove();
    const text = await exported({ format: 'jsonl' });
    await expect(verifyExport(linesOf(text), otherKey)).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    await expect(verifyExport(linesOf(text), 'nonsense')).rejects.toMatchObject({ code: 'INVALID_INPUT' });
    expect(standAlone(text, otherKey).status).toBe(1);
  });
});

describe('CSV', () => {
  test('reads back as the entries, with nothing a spreadsheet would run', async () => {
    const [header = [], ...records] = parseCsv(await exported({ format: 'csv' }));
    expect(records).toHaveLength(SIZE);
    const target = header.indexOf('target');
    expect(records.at(-2)?.[target]).toBe('\'=HYPERLINK("http://evil")');
    expect(records.at(-1)?.[target]).toBe('a "quoted",\r\nline');
    expect(records.at(-1)?.[header.indexOf('actor')]).toBe("'@sum");
    for (const record of records) {
      expect(record).toHaveLength(header.length);
      for (const cell of record) expect(cell).not.toMatch(/^[=+@\t\r-]/);
    }
  });

  test('any text survives a cell', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 2, maxLength: 4 }), (cells) => {
        const [read] = parseCsv(`${cells.map((cell) => csvCell(cell)).join(',')}\r\n`);
        expect(read?.map((cell, i) => (cell === cells[i] ? cell : cell.slice(1)))).toEqual(cells);
      }),
    );
  });

  test.each(['=1', '+1', '-1', '@x', '\t=1', '\r=1', ' =1', '\uff1d1'])(
    '%j is no formula any more',
    (text) => {
      expect(csvCell(text).replace(/^"/, '')).toMatch(/^'/);
    },
  );
});

test('an export can be stopped', async () => {
  const stop = new AbortController();
  const pieces = ledger.export({ format: 'jsonl', signal: stop.signal });
  stop.abort(new Error('enough'));
  await expect(pieces.next()).rejects.toThrow('enough');
});

test('a checkpoint has the form of the C2SP specification', async () => {
  const { note, size, root } = await ledger.checkpoint();
  const name = vkey.split('+')[0];
  const pattern = `^${name}\\n${size}\\n${Buffer.from(root, 'hex').toString('base64').replace(/[+/]/g, '\\$&')}\\ntime [^\\n]+\\n\\n\u2014 ${name} [A-Za-z0-9+/=]+\\n$`;
  expect(note).toMatch(new RegExp(pattern, 'u'));
});

test('the stand-alone verifier is short and imports nothing of ours', () => {
  const source = execFileSync('cat', [STAND_ALONE], { encoding: 'utf8' });
  expect(source.split('\n').length).toBeLessThan(130);
  const imported = [...source.matchAll(/from '([^']+)'/g)].map((match) => match[1]);
  expect(imported.every((name) => name?.startsWith('node:'))).toBe(true);
});
