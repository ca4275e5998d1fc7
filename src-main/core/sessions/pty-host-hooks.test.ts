import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { spec, type TestFolder, testFolder, until } from '../../pty-host/testing/host.ts';
import { type HookCall, PtyHostClient } from './pty-host-client.ts';

let folder: TestFolder;
let client: PtyHostClient;
const token = randomBytes(24).toString('base64url');
const tokenHash = createHash('sha256').update(token).digest('hex');

beforeEach(async () => {
  folder = testFolder();
  client = await PtyHostClient.start(folder.options);
});
afterEach(async () => {
  await client.dispose();
  expect(await folder.end()).toEqual([]);
});

interface Answer {
  status: number;
  body: string;
}
interface Call {
  answer: Promise<Answer>;
  abort(): void;
}

function hook(
  event: string,
  body: string,
  headers: Record<string, string | undefined> = {},
  options: { method?: string; path?: string; port?: number } = {},
): Call {
  const all: Record<string, string> = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
  };
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined) delete all[name];
    else all[name] = value;
  }
  const outgoing = request({
    host: '127.0.0.1',
    port: options.port ?? client.hookPort,
    method: options.method ?? 'POST',
    path: options.path ?? `/v1/hooks/claude-code/${event}`,
    headers: all,
  });
  const answer = new Promise<Answer>((resolve, reject) => {
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString() }),
      );
    });
  });
  answer.catch(() => undefined);
  outgoing.end(body);
  return { answer, abort: () => outgoing.destroy() };
}

const session = (events = ['PermissionRequest']) =>
  client.create(spec(folder, 'sleep', ['300'], { hook: { token_hash: tokenHash, held_events: events } }));

function collect(from: PtyHostClient): { calls: HookCall[]; closed: string[] } {
  const seen = { calls: [] as HookCall[], closed: [] as string[] };
  from.onHook((call) => seen.calls.push(call));
  from.onHookClosed(({ hook_id }) => seen.closed.push(hook_id));
  return seen;
}

test('a held event waits for its answer; another is answered at once and passed on as a copy', async () => {
  const { id } = await session();
  const { calls } = collect(client);
  expect(await hook('Stop', '{"a":1}').answer).toEqual({ status: 200, body: '{}' });
  const question = hook('PermissionRequest', '{"tool":"Bash"}');
  await until(() => calls.length === 2);
  expect(calls[0]).toMatchObject({
    session_id: id,
    agent: 'claude-code',
    event: 'Stop',
    body: '{"a":1}',
    held: false,
  });
  expect(calls[1]).toMatchObject({
    session_id: id,
    event: 'PermissionRequest',
    body: '{"tool":"Bash"}',
    held: true,
  });
  const hookId = calls[1]?.hook_id ?? '';
  expect(await client.replyHook(hookId, 200, '{"decision":"allow"}')).toBe(true);
  expect(await question.answer).toEqual({ status: 200, body: '{"decision":"allow"}' });
  expect(await client.replyHook(hookId, 200, '{}')).toBe(false);
});

test('a question stays open while the control plane is away, and comes again under the same id', async () => {
  await session();
  const first = collect(client);
  const port = client.hookPort;
  const question = hook('PermissionRequest', '{"n":1}');
  await until(() => first.calls.length === 1);
  await client.dispose();
  const whileAway = hook('PermissionRequest', '{"n":2}', {}, { port });
  expect(await hook('PostToolUse', '{"copy":1}', {}, { port }).answer).toEqual({ status: 200, body: '{}' });
  client = await PtyHostClient.start(folder.options);
  const second = collect(client);
  await until(() => second.calls.length === 3);
  expect(client.hookPort).toBe(port);
  expect(second.calls.map((call) => call.body).sort()).toEqual(['{"copy":1}', '{"n":1}', '{"n":2}']);
  const again = second.calls.find((call) => call.body === '{"n":1}');
  expect(again?.hook_id).toBe(first.calls[0]?.hook_id);
  for (const call of second.calls.filter((item) => item.held)) {
    expect(await client.replyHook(call.hook_id, 200, call.body)).toBe(true);
  }
  expect((await question.answer).body).toBe('{"n":1}');
  expect((await whileAway.answer).body).toBe('{"n":2}');
});

test('an agent that gives up closes its question, also while the control plane is away', async () => {
  await session();
  const seen = collect(client);
  const question = hook('PermissionRequest', '{}');
  await until(() => seen.calls.length === 1);
  question.abort();
  await until(() => seen.closed.length === 1);
  expect(seen.closed[0]).toBe(seen.calls[0]?.hook_id);
  expect(await client.replyHook(seen.closed[0] ?? '', 200, '{}')).toBe(false);

  const other = hook('PermissionRequest', '{}');
  await until(() => seen.calls.length === 2);
  await client.dispose();
  other.abort();
  await new Promise((resolve) => setTimeout(resolve, 100));
  client = await PtyHostClient.start(folder.options);
  const next = collect(client);
  await client.list();
  expect(next.calls).toEqual([]);
});

test('the end of the session cuts its questions and makes its token worthless', async () => {
  const { id } = await session();
  const seen = collect(client);
  const question = hook('PermissionRequest', '{}');
  await until(() => seen.calls.length === 1);
  await client.kill(id);
  await expect(question.answer).rejects.toThrow();
  await until(() => seen.closed.length === 1);
  expect((await hook('Stop', '{}').answer).status).toBe(401);
});

test('what is not the agent with its token is refused and not passed on', async () => {
  await session();
  const { calls } = collect(client);
  const refused: [number, Call][] = [
    [401, hook('PermissionRequest', '{}', { authorization: undefined })],
    [401, hook('PermissionRequest', '{}', { authorization: `Bearer ${token}x` })],
    [401, hook('PermissionRequest', '{}', { authorization: `Basic ${token}` })],
    [401, hook('PermissionRequest', '{}', { authorization: `Bearer ${tokenHash}` })],
    [403, hook('PermissionRequest', '{}', { host: 'evil.example' })],
    [403, hook('PermissionRequest', '{}', { host: `evil.example:${client.hookPort}` })],
    [403, hook('PermissionRequest', '{}', { origin: 'http://127.0.0.1:9100' })],
    [405, hook('PermissionRequest', '', {}, { method: 'GET' })],
    [404, hook('', '{}', {}, { path: '/v1/hooks/claude-code/a/b' })],
    [404, hook('', '{}', {}, { path: '/v1/hooks/../x/y' })],
    [404, hook('', '{}', {}, { path: '/' })],
  ];
  for (const [status, call] of refused) expect((await call.answer).status).toBe(status);
  expect(calls).toEqual([]);
});

test('a body of 4 MiB arrives whole, a larger one is refused', async () => {
  await session();
  const { calls } = collect(client);
  const large = JSON.stringify({ text: 'é'.repeat(2 * 1024 * 1024 - 20) });
  expect((await hook('PostToolUse', large).answer).status).toBe(200);
  await until(() => calls.length === 1);
  expect(calls[0]?.body).toBe(large);
  const answer = await hook('PostToolUse', 'x'.repeat(4 * 1024 * 1024 + 1)).answer.catch(() => ({
    status: 413,
  }));
  expect(answer.status).toBe(413);
});

test('copies kept while nobody listens are bounded, and open questions too', async () => {
  await session();
  const port = client.hookPort;
  await client.dispose();
  for (let n = 0; n < 520; n += 1) await hook('Stop', String(n), {}, { port }).answer;
  const questions = Array.from({ length: 70 }, () => hook('PermissionRequest', '{}', {}, { port }));
  const tooMany = await Promise.all(
    questions.map((question) =>
      Promise.race([
        question.answer.then((answer) => answer.status),
        new Promise<number>((resolve) => setTimeout(() => resolve(0), 2_000)),
      ]),
    ),
  );
  expect(tooMany.filter((status) => status === 429)).toHaveLength(6);
  client = await PtyHostClient.start(folder.options);
  const { calls } = collect(client);
  await until(() => calls.length === 564);
  expect(calls.filter((call) => !call.held)).toHaveLength(500);
  expect(calls.find((call) => !call.held)?.body).toBe('20');
});

test('open questions are bounded by their size as well', async () => {
  await session();
  const { calls } = collect(client);
  const large = JSON.stringify({ text: 'x'.repeat(4 * 1024 * 1024 - 20) });
  const questions = Array.from({ length: 6 }, () => hook('PermissionRequest', large));
  const statuses = questions.map((question) =>
    question.answer.then((answer) => answer.status).catch(() => 0),
  );
  await until(() => calls.length === 4);
  for (const { hook_id } of calls) expect(await client.replyHook(hook_id, 200, '{}')).toBe(true);
  expect((await Promise.all(statuses)).filter((status) => status === 200)).toHaveLength(4);
});
