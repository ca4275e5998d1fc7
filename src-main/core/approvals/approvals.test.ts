import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Approval, LiveEvent } from '#contract';
import { newId } from '../base/ids.ts';
import { silentLog } from '../base/log.ts';
import { type Db, openDatabase } from '../store/index.ts';
import { type ApprovalRequest, Approvals, approvalsSchema } from './index.ts';
import { MemoryLedger } from './testing/ledger.ts';

const owner = { name: 'owner', via: 'app' } as const;
const session_id = newId('ses');
let dir: string;
let db: Db;
let ledger: MemoryLedger;
let seen: LiveEvent[];
let approvals: Approvals;

const request = (over: Partial<ApprovalRequest> = {}): ApprovalRequest => ({
  session_id,
  session_name: 'fix the build',
  agent: 'claude-code',
  work_dir: dir,
  tool: 'Bash',
  input: { command: 'npm test' },
  suggestions: [],
  native_id: 'toolu_1',
  hook_id: null,
  reply_context: null,
  expires_at: null,
  ...over,
});

function reopen(): Approvals {
  db?.close();
  db = openDatabase(join(dir, 'aegis.db'), [approvalsSchema]);
  seen = [];
  return new Approvals({ db, ledger, live: { publish: (event) => seen.push(event) }, log: silentLog() });
}

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'aegis-approvals-'));
  ledger = new MemoryLedger();
  approvals = reopen();
});
afterEach(() => {
  approvals.dispose();
  db.close();
  rmSync(dir, { recursive: true, force: true });
});

const code = (code: string) => expect.objectContaining({ code });

test('a question is stored, then in the ledger, then shown', async () => {
  const order: string[] = [];
  const append = ledger.append.bind(ledger);
  ledger.append = (event) => {
    const stored = db.prepare<[], { n: number }>('SELECT count(*) AS n FROM approvals').get();
    order.push(`ledger with ${stored?.n} stored`);
    return append(event);
  };
  const live = new Approvals({ db, ledger, live: { publish: () => order.push('shown') }, log: silentLog() });
  await live.open(request());
  expect(order).toEqual(['ledger with 1 stored', 'shown']);
});

test('an answer settles it once; the second answer is told so', async () => {
  const settled: Approval[] = [];
  approvals.onSettled((approval) => settled.push(approval));
  const { id } = await approvals.open(request());
  const both = await Promise.allSettled([
    approvals.decide({ id, decision: 'allow' }, owner),
    approvals.decide({ id, decision: 'deny', message: 'no' }, { name: 'api', via: 'api' }),
  ]);
  expect(both.map((result) => result.status)).toEqual(['fulfilled', 'rejected']);
  expect(both[1]).toMatchObject({ reason: code('APPROVAL_SETTLED') });
  expect(settled.map((approval) => approval.state)).toEqual(['allowed']);
  expect(approvals.get(id)).toMatchObject({
    state: 'allowed',
    version: 2,
    decided_by: 'owner',
    decided_scope: 'once',
  });
  expect(ledger.list({ approval_id: id }).items.map((entry) => entry.action)).toEqual([
    'approval.requested',
    'approval.decided',
  ]);
});

test('an answer to another version, another scope or an unknown id is refused', async () => {
  const { id } = await approvals.open(request());
  await expect(approvals.decide({ id, decision: 'allow', version: 7 }, owner)).rejects.toEqual(
    code('APPROVAL_CHANGED'),
  );
  await expect(approvals.decide({ id, decision: 'allow', scope: 'session' }, owner)).rejects.toEqual(
    code('INVALID_INPUT'),
  );
  await expect(approvals.decide({ id: newId('apr'), decision: 'allow' }, owner)).rejects.toEqual(
    code('NOT_FOUND'),
  );
  expect(approvals.get(id).state).toBe('pending');
});

test('with the ledger down nothing is asked and nothing is answered', async () => {
  const { id } = await approvals.open(request());
  const settled: Approval[] = [];
  approvals.onSettled((approval) => settled.push(approval));
  ledger.mode = 'down';
  await expect(approvals.decide({ id, decision: 'allow' }, owner)).rejects.toEqual(
    code('LEDGER_UNAVAILABLE'),
  );
  expect(approvals.get(id).state).toBe('pending');
  expect(settled).toEqual([]);
  await expect(approvals.open(request())).rejects.toEqual(code('LEDGER_UNAVAILABLE'));
  expect(approvals.pendingCount()).toBe(1);
  ledger.mode = 'ok';
  await expect(approvals.decide({ id, decision: 'allow' }, owner)).resolves.toMatchObject({
    state: 'allowed',
  });
});

test('answered in the terminal: superseded, and a late answer is refused', async () => {
  const { id } = await approvals.open(request());
  expect(await approvals.supersede(id, 'allowed in the terminal')).toBe(true);
  expect(await approvals.supersede(id, 'again')).toBe(false);
  await expect(approvals.decide({ id, decision: 'allow' }, owner)).rejects.toEqual(code('APPROVAL_SETTLED'));
  expect(approvals.get(id)).toMatchObject({
    state: 'superseded',
    outcome: 'allowed in the terminal',
    decided_via: 'terminal',
  });
});

test('what the ledger missed it is told at the next start', async () => {
  const { id } = await approvals.open(request());
  ledger.mode = 'down';
  await approvals.expire(id, 'the session ended');
  ledger.mode = 'ok';
  approvals = reopen();
  await approvals.restore();
  expect(ledger.list({ approval_id: id }).items.map((entry) => entry.action)).toEqual([
    'approval.requested',
    'approval.expired',
  ]);
  await approvals.restore();
  expect(ledger.entries).toHaveLength(2);
});

test('pending questions survive a restart, also in full', async () => {
  const input = { command: `printf '${'x'.repeat(1_000_000)}'`, description: '\u202e evil' };
  const { id } = await approvals.open(request({ input, hook_id: 'hook-1', reply_context: { n: 1 } }));
  approvals = reopen();
  const [pending] = await approvals.restore();
  expect(pending?.id).toBe(id);
  expect(pending?.input).toEqual(input);
  expect(approvals.replyOf(id)).toEqual({ native_id: 'toolu_1', hook_id: 'hook-1', reply_context: { n: 1 } });
  // The agent's held connection is told again after a restart: the same question, not a second one.
  expect((await approvals.open(request({ hook_id: 'hook-1' }))).id).toBe(id);
});

test('a crash between the ledger and the table finishes the answer at the next start', async () => {
  const { id } = await approvals.open(request());
  ledger.mode = 'stuck';
  void approvals.decide({ id, decision: 'deny', message: 'not now' }, owner);
  await new Promise((resolve) => setTimeout(resolve, 5));
  expect(approvals.get(id).state).toBe('pending');
  ledger.mode = 'ok';
  approvals = reopen();
  expect(await approvals.restore()).toEqual([]);
  expect(approvals.get(id)).toMatchObject({
    state: 'denied',
    message: 'not now',
    decided_by: 'owner',
    version: 2,
  });
});

test('a question expires when its time is over', async () => {
  const { id } = await approvals.open(request({ expires_at: new Date(Date.now() + 30).toISOString() }));
  await new Promise<void>((resolve) => approvals.onSettled(() => resolve()));
  expect(approvals.get(id)).toMatchObject({ state: 'expired', decided_via: 'system' });
});

test('lists page newest first, by state and session', async () => {
  const ids: string[] = [];
  for (let i = 0; i < 5; i += 1) ids.push((await approvals.open(request())).id);
  await approvals.open(request({ session_id: newId('ses') }));
  const first = approvals.list({ session_id, limit: 3 });
  const second = approvals.list({ session_id, limit: 3, cursor: first.next_cursor ?? undefined });
  expect([...first.items, ...second.items].map((approval) => approval.id)).toEqual(ids.toReversed());
  expect(second.next_cursor).toBeNull();
  expect(approvals.pendingFor(session_id).map((approval) => approval.id)).toEqual(ids);
  expect(approvals.list({ state: 'allowed' }).items).toEqual([]);
});

test('a list of very large questions comes in pages somebody can hold', async () => {
  const ids: string[] = [];
  for (let n = 0; n < 8; n += 1) {
    const { id } = await approvals.open(
      request({ input: { command: `${n}${'x'.repeat(3 * 1024 * 1024)}` } }),
    );
    ids.unshift(id);
    if (n % 2 === 0) await approvals.expire(id, 'gone');
  }
  const seenIds: string[] = [];
  let cursor: string | null = null;
  for (let page = 0; page < 8; page += 1) {
    const answer: ReturnType<Approvals['list']> = approvals.list({
      limit: 500,
      ...(cursor === null ? {} : { cursor }),
    });
    expect(JSON.stringify(answer).length).toBeLessThan(10 * 1024 * 1024);
    seenIds.push(...answer.items.map(({ id }) => id));
    cursor = answer.next_cursor;
    if (cursor === null) break;
  }
  expect(seenIds).toEqual(ids);
});
