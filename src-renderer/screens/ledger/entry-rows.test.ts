import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AuditEntry } from '#contract';
import { EntryList } from './entry-list.ts';
import { FilteredRows, type ReadPage, WholeRows } from './entry-rows.ts';

const entry = (seq: number) => ({ seq, id: `aud_${seq}` }) as AuditEntry;

/** A ledger as the control plane pages it: newest first, below the cursor. */
function ledgerOf(seqs: () => number[]): { page: ReadPage; reads: () => number } {
  let reads = 0;
  return {
    reads: () => reads,
    page: async ({ cursor, limit }) => {
      reads += 1;
      const below = cursor === undefined ? Number.POSITIVE_INFINITY : Number(cursor);
      const left = seqs()
        .filter((seq) => seq < below)
        .sort((a, b) => b - a);
      const items = left.slice(0, limit).map(entry);
      return { items, next_cursor: left.length > limit ? String(items.at(-1)?.seq) : null };
    },
  };
}
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

async function readAll(rows: WholeRows | FilteredRows, first: number, last: number, page: ReadPage) {
  for (let i = 0; i < 50; i += 1) {
    const [key] = rows.missing(first, last);
    if (key === undefined) return;
    await rows.read(key, page);
  }
}

describe('the whole ledger', () => {
  it('reads any row without those before it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        async (n, part) => {
          const { page } = ledgerOf(() => upTo(n));
          const rows = new WholeRows(n);
          const index = Math.floor(part * (n - 1));
          await readAll(rows, index, index + 1, page);
          expect(rows.at(index)?.seq).toBe(n - index);
          expect(rows.indexOf(n - index)).toBe(index);
          expect(rows.missing(index, index + 1)).toEqual([]);
        },
      ),
      { numRuns: 30 },
    );
  });

  it('keeps a bounded number of entries however far one scrolls', async () => {
    const { page } = ledgerOf(() => upTo(20_000));
    const rows = new WholeRows(20_000);
    for (let first = 0; first < 20_000; first += 100) {
      await readAll(rows, first, Math.min(20_000, first + 100), page);
      rows.forget(first, first + 100);
    }
    const kept = upTo(20_000).filter((n) => rows.at(n - 1) !== undefined).length;
    expect(kept).toBeLessThanOrEqual(6_100);
    expect(rows.at(19_950)?.seq).toBe(50);
  });

  it('takes new entries, also with a gap', async () => {
    let n = 250;
    const { page } = ledgerOf(() => upTo(n));
    const rows = new WholeRows(n);
    await readAll(rows, 0, 50, page);
    n = 330;
    rows.append([entry(251), entry(252)], 252);
    expect(rows.at(0)?.seq).toBe(252);
    rows.append([entry(329), entry(330)], 330);
    expect(rows.count).toBe(330);
    await readAll(rows, 0, 100, page);
    expect(upTo(100).map((i) => rows.at(i - 1)?.seq)).toEqual(upTo(100).map((i) => 331 - i));
  });

  it('does not take what was written during a read for read', async () => {
    const { page } = ledgerOf(() => upTo(50));
    const rows = new WholeRows(50);
    const reading = rows.read(0, page);
    rows.append([entry(51)], 51);
    await reading;
    expect(rows.at(0)).toBeUndefined();
    expect(rows.missing(0, 1)).toEqual([0]);
  });

  it('tells an entry that cannot be read from one that is not read yet', async () => {
    const { page } = ledgerOf(() => upTo(50).filter((seq) => seq !== 40));
    const rows = new WholeRows(50);
    expect(rows.at(10)).toBeUndefined();
    await readAll(rows, 0, 50, page);
    expect(rows.at(10)).toBeNull();
    expect(rows.at(11)?.seq).toBe(39);
  });
});

describe('entries that meet a filter', () => {
  const odd = (n: number) => upTo(n).filter((seq) => seq % 2 === 1);

  it('come page after page, and again after they were forgotten', async () => {
    const { page } = ledgerOf(() => odd(30_000));
    const rows = new FilteredRows();
    for (let first = 0; first < 14_000; first += 100) {
      await readAll(rows, first, first + 100, page);
      rows.forget(first, first + 100);
    }
    expect(rows.at(13_950)?.seq).toBe(29_999 - 2 * 13_950);
    expect(rows.at(0)).toBeUndefined();
    await readAll(rows, 0, 40, page);
    expect(rows.at(0)?.seq).toBe(29_999);
    expect(rows.indexOf(29_997)).toBe(1);
  });

  it('end', async () => {
    const { page } = ledgerOf(() => odd(99));
    const rows = new FilteredRows();
    await readAll(rows, 0, 100, page);
    expect([rows.count, rows.more]).toEqual([50, false]);
    expect(rows.missing(0, 100)).toEqual([]);
  });

  it('take what is new in front, or say that it is too much', async () => {
    let n = 999;
    const { page } = ledgerOf(() => odd(n));
    const rows = new FilteredRows();
    await readAll(rows, 0, 10, page);
    n = 1019;
    expect(await rows.refresh(page)).toBe(true);
    expect(rows.at(0)?.seq).toBe(1019);
    expect(rows.at(10)?.seq).toBe(999);
    n = 5000;
    expect(await rows.refresh(page)).toBe(false);
  });
});

describe('the list', () => {
  it('starts, follows and survives a server that fails', async () => {
    let n = 1200;
    let broken = false;
    const { page } = ledgerOf(() => upTo(n));
    const list = new EntryList((query) => (broken ? Promise.reject(new Error('down')) : page(query)), true);
    await list.start();
    expect(list.rows.at(0)?.seq).toBe(1200);
    n = 1202;
    await list.follow([entry(1201), entry(1202)], 1202);
    expect(list.rows.at(0)?.seq).toBe(1202);
    broken = true;
    expect(await list.entry(900)).toBeNull();
    expect(list.failure).not.toBeNull();
    broken = false;
    list.retry();
    expect((await list.entry(900))?.seq).toBe(302);
    list.close();
  });
});
