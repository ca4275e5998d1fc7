import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AuditEntry, AuditEvent, AuditFilter } from '#contract';
import { matcher } from './filter.ts';
import type { Ledger } from './index.ts';
import { LedgerFolder } from './testing/ledgers.ts';

/** Few values, so that filters overlap; texts with words in several scripts. */
const ACTORS = ['owner', 'claude', 'Ünïcode', 'agent "x"'];
const TARGETS = [
  'GET api.example.com/v1/models',
  'POST api.example.com/v1/messages',
  'bash: rm -rf /tmp/x',
  'файл Документ.txt',
  '日本語のファイル',
  'naïve café',
  '100%_done',
];
const REASONS = [null, 'The host is not allowed', 'anthropic-main expired', 'línea\nnueva'];
/** More different words than the index keeps of one entry. */
const MANY_WORDS = Array.from({ length: 300 }, (_, i) => `w${i}`).join(' ');
const HOUR = 3_600_000;
const START = Date.parse('2026-03-01T00:00:00.000Z');

const pick = <T>(list: readonly T[], i: number): T => list[i % list.length] as T;

function eventAt(i: number): AuditEvent {
  const r = Math.imul(i + 1, 2654435761) >>> 0;
  return {
    action: pick(['gate.request', 'gate.completed', 'approval.decided'], r >>> 3),
    outcome: pick(['allowed', 'denied', 'error'], r >>> 7),
    actor: pick(ACTORS, r >>> 11),
    agent: pick([null, 'alpha', 'beta'], r >>> 13),
    session_id: pick([null, `ses_${'1'.repeat(32)}`, `ses_${'2'.repeat(32)}`], r >>> 5),
    service: pick([null, 'anthropic', 'openai'], r >>> 9),
    target: pick(TARGETS, r >>> 2),
    code: pick([null, 'DOMAIN_GUARD'], r >>> 17),
    reason: pick(REASONS, r >>> 19),
    request_id: `req_${String(Math.floor(i / 2)).padStart(32, '0')}`,
    approval_id: i % 50 === 0 ? `apr_${String(i).padStart(32, '0')}` : null,
    details: i % 1000 === 7 ? { note: MANY_WORDS } : i % 5 === 0 ? { note: 'extra detail', status: 200 } : {},
  };
}

/** The whole log, oldest first, as the naive model sees it. */
let all: AuditEntry[];
let folder: LedgerFolder;
let ledger: Ledger;

// More than a segment of the index and a part of one not indexed.
const INDEXED = 5_000;
const TAIL = 700;

beforeAll(async () => {
  folder = new LedgerFolder();
  const { vi } = await import('vitest');
  vi.useFakeTimers({ toFake: ['Date'] });
  ledger = await folder.open();
  const append = async (from: number, count: number): Promise<void> => {
    for (let i = from; i < from + count; i += 100) {
      // The clock goes back now and then, as clocks do.
      vi.setSystemTime(START + (i % 900 === 0 ? i - 500 : i) * 10_000);
      await Promise.all(Array.from({ length: 100 }, (_, k) => ledger.append(eventAt(i + k))));
    }
  };
  await append(0, INDEXED);
  await ledger.indexed();
  await append(INDEXED, TAIL);
  vi.useRealTimers();
  all = [];
  for (let cursor: string | undefined; ; ) {
    const page = ledger.list({ limit: 500, ...(cursor === undefined ? {} : { cursor }) });
    all.unshift(...page.items.reverse());
    if (page.next_cursor === null) break;
    cursor = page.next_cursor;
  }
});
afterAll(async () => {
  await ledger.dispose();
  folder.remove();
});

test('without a filter every entry is listed once, newest first', () => {
  expect(all.map((entry) => entry.seq)).toEqual(Array.from({ length: INDEXED + TAIL }, (_, i) => i + 1));
});

const time = fc.integer({ min: -10, max: 60_000 }).chain((step) => {
  const date = new Date(START + step * 1000);
  const offset = new Date(date.getTime() + 5.5 * HOUR).toISOString().replace('Z', '+05:30');
  return fc.constantFrom(
    date.toISOString(),
    offset,
    date.toISOString().slice(0, 10),
    date.toISOString().slice(0, 16),
  );
});
const word = fc.oneof(
  fc.constantFrom(
    'api',
    'API.example.com/v1/m',
    'rm',
    '-rf',
    '/tmp',
    'докум',
    '日',
    '本語',
    'naï',
    'café',
    '100%',
    'cor',
  ),
  fc.constantFrom(
    'anthropic',
    'anthropic-main',
    'host not',
    'gate.req',
    'denied',
    'domain_guard',
    'zzz',
    '"x"',
    '//',
  ),
  fc.integer({ min: 0, max: 400 }).map((i) => `req_${String(i).padStart(32, '0')}`),
  fc.constant(`ses_${'1'.repeat(32)}`),
);
const filters: fc.Arbitrary<AuditFilter> = fc.record(
  {
    actor: fc.constantFrom(...ACTORS, 'nobody'),
    agent: fc.constantFrom('alpha', 'beta'),
    session_id: fc.constantFrom(`ses_${'1'.repeat(32)}`, `ses_${'2'.repeat(32)}`),
    service: fc.constantFrom('anthropic', 'openai'),
    action: fc.constantFrom('gate.request', 'approval.decided'),
    outcome: fc.constantFrom('allowed', 'denied', 'error', 'info'),
    code: fc.constant('DOMAIN_GUARD'),
    target: fc.constantFrom(...TARGETS),
    request_id: fc.integer({ min: 0, max: 2900 }).map((i) => `req_${String(i).padStart(32, '0')}`),
    approval_id: fc
      .integer({ min: 0, max: 5600 })
      .map((i) => `apr_${String(i - (i % 50)).padStart(32, '0')}`),
    since: time,
    until: time,
    q: fc.array(word, { minLength: 1, maxLength: 2 }).map((words) => words.join(' ')),
  },
  { requiredKeys: [] },
);
/** At most three conditions at a time, or nothing matches. */
const fewFilters = fc.tuple(filters, fc.nat(), fc.nat(), fc.nat()).map(([filter, ...picks]) => {
  const fields = Object.keys(filter) as (keyof AuditFilter)[];
  const kept = new Set(picks.map((n) => fields[n % Math.max(1, fields.length)]));
  return Object.fromEntries(Object.entries(filter).filter(([field]) => kept.has(field as keyof AuditFilter)));
});

function everyPage(filter: AuditFilter, limit: number): number[] {
  const seqs: number[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < 6_000; pages += 1) {
    const page = ledger.list({ ...filter, limit, ...(cursor === undefined ? {} : { cursor }) });
    expect(page.items.length).toBeLessThanOrEqual(limit);
    seqs.push(...page.items.map((entry) => entry.seq));
    if (page.next_cursor === null) return seqs;
    cursor = page.next_cursor;
  }
  throw new Error('The pages do not end.');
}

test('any filter and any page size list what the naive model lists', () => {
  fc.assert(
    fc.property(fewFilters, fc.integer({ min: 20, max: 500 }), (filter, limit) => {
      const model = all.filter(matcher(filter)).map((entry) => entry.seq);
      expect(everyPage(filter, limit)).toEqual(model.reverse());
    }),
    { numRuns: 200 },
  );
});

test('a thread is what the naive model says, oldest first', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2900 }), fc.boolean(), (i, bySession) => {
      const filter = bySession
        ? { session_id: `ses_${'2'.repeat(32)}` }
        : { request_id: `req_${String(i).padStart(32, '0')}` };
      const model = all.filter(matcher(filter)).map((entry) => entry.seq);
      const seqs: number[] = [];
      for (let cursor: string | undefined; ; ) {
        const page = ledger.thread({ ...filter, limit: 500, ...(cursor === undefined ? {} : { cursor }) });
        seqs.push(...page.items.map((entry) => entry.seq));
        if (page.next_cursor === null) break;
        cursor = page.next_cursor;
      }
      expect(seqs).toEqual(model);
    }),
    { numRuns: 40 },
  );
});

test('statistics count what the naive model counts', async () => {
  await fc.assert(
    fc.asyncProperty(fewFilters, async (filter) => {
      const model = all.filter(matcher(filter));
      const stats = await ledger.stats(filter, HOUR);
      expect(stats.total).toBe(model.length);
      const services = new Map<string | null, number>();
      for (const { service } of model) services.set(service, (services.get(service) ?? 0) + 1);
      expect(new Map(stats.by.service.map(({ value, count }) => [value, count]))).toEqual(services);
      const hours = new Map<string, number>();
      for (const entry of model) {
        const hour = `${entry.time.slice(0, 13)}:00:00.000Z`;
        hours.set(hour, (hours.get(hour) ?? 0) + 1);
      }
      expect(new Map(stats.buckets.map(({ start, total }) => [start, total]))).toEqual(hours);
      for (const { total, outcomes } of stats.buckets) {
        expect(Object.values(outcomes).reduce((sum, n) => sum + n, 0)).toBe(total);
      }

      const facets = await ledger.facets(filter);
      expect(facets.total).toBe(model.length);
      const { outcome: _, ...rest } = filter;
      const outcomes = new Map<string | null, number>();
      for (const { outcome } of all.filter(matcher(rest)))
        outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
      expect(new Map(facets.by.outcome.map(({ value, count }) => [value, count]))).toEqual(outcomes);
    }),
    { numRuns: 60 },
  );
});

test('a cursor from elsewhere is refused', () => {
  for (const cursor of ['', '0', '-1', 'abc', '1.5', '9'.repeat(30)]) {
    expect(() => ledger.list({ cursor })).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }));
  }
});

test('times without an offset are UTC, and a bare date as the end includes its day', () => {
  const day = '2026-03-01';
  const inDay = all.filter((entry) => entry.time.startsWith(day)).length;
  const count = (filter: AuditFilter): number => everyPage(filter, 500).length;
  expect(count({ since: day, until: day })).toBe(inDay);
  expect(count({ since: `${day}T00:00`, until: '2026-03-02T00:00:00Z' })).toBe(inDay);
  expect(count({ since: '2026-03-01T05:30:00+05:30', until: '2026-03-01T20:00:00-04:00' })).toBe(inDay);
});
