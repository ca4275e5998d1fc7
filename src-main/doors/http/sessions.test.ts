import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { decodeHostFrame, encodeViewerFrame } from '#contract/terminal-frames.ts';
import { openTestPlane, type TestPlane } from '../testing/plane.ts';

/** One session over REST and WebSocket, the way an outside client uses them. */
let t: TestPlane;
beforeAll(async () => {
  t = await openTestPlane();
});
afterAll(() => t.close());

type Body = Record<string, unknown>;

async function call(method: string, path: string, body?: unknown): Promise<{ status: number; body: Body }> {
  const response = await fetch(`${t.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${t.token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Body };
}

const screen = async (id: unknown): Promise<string> =>
  String((await call('GET', `/v1/sessions/${id}/screen`)).body.text);

test('a session is created, typed into, watched, resized and killed', async () => {
  const created = await call('POST', '/v1/sessions', {
    agent: 'shell',
    work_dir: t.stateDir,
    name: 'probe',
    command: ['/bin/sh', '-c', 'echo ready; while read line; do echo "got:$line"; done'],
  });
  expect(created.status).toBe(201);
  const { id } = created.body;
  await vi.waitFor(async () => expect(await screen(id)).toContain('ready'), 10_000);

  expect((await call('POST', `/v1/sessions/${id}/send`, { text: 'hello' })).body).toMatchObject({
    delivered: true,
  });
  await vi.waitFor(async () => expect(await screen(id)).toContain('got:hello'), 10_000);

  const socket = new WebSocket(`${t.url.replace('http', 'ws')}/v1/sessions/${id}/terminal`, {
    headers: { authorization: `Bearer ${t.token}` },
  });
  const shown: string[] = [];
  socket.on('message', (data: Buffer) => {
    const frame = decodeHostFrame(data);
    if (frame.type === 'snapshot' || frame.type === 'output') shown.push(Buffer.from(frame.data).toString());
  });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  await vi.waitFor(() => expect(shown.join('')).toContain('got:hello'), 10_000);
  socket.send(encodeViewerFrame({ type: 'input', data: new TextEncoder().encode('typed\n') }));
  await vi.waitFor(() => expect(shown.join('')).toContain('got:typed'), 10_000);
  socket.close();

  expect((await call('POST', `/v1/sessions/${id}/resize`, { cols: 100, rows: 40 })).status).toBe(200);
  expect((await call('GET', `/v1/sessions/${id}/screen`)).body).toMatchObject({ cols: 100, rows: 40 });

  const killed = await call('POST', `/v1/sessions/${id}/kill`);
  expect(killed.status).toBe(200);
  await vi.waitFor(async () => {
    expect((await call('GET', `/v1/sessions/${id}`)).body).toMatchObject({ state: 'killed' });
  }, 10_000);
  const agent = await call('GET', `/v1/agents/${created.body.agent_id}`);
  expect(agent.body.revoked_at).not.toBeNull();
  const { items } = (await call('GET', `/v1/audit?session_id=${id}`)).body as { items: { action: string }[] };
  expect(items.map((entry) => entry.action)).toEqual(
    expect.arrayContaining(['session.started', 'session.input', 'session.ended']),
  );
});

test.each([
  ['no folder', { agent: 'shell' }, 400, 'INVALID_INPUT', '/work_dir'],
  [
    'a folder that is missing',
    { agent: 'shell', work_dir: '/nowhere/at/all' },
    422,
    'FOLDER_MISSING',
    '/work_dir',
  ],
  [
    'an environment that redirects the loader',
    { agent: 'shell', work_dir: '/tmp', env: { LD_PRELOAD: '/x.so' } },
    400,
    'INVALID_INPUT',
    '/env',
  ],
] as const)('%s is refused and says which field', async (_what, body, status, code, pointer) => {
  const answer = await call('POST', '/v1/sessions', body);
  expect(answer.status).toBe(status);
  expect(answer.body).toMatchObject({ code });
  expect(JSON.stringify(answer.body.errors)).toContain(pointer);
  expect(answer.body.hint).toBeTruthy();
});

test('the demo agent needs no folder: it gets its own', async () => {
  const created = await call('POST', '/v1/sessions', { agent: 'demo' });
  expect(created.status).toBe(201);
  expect(String(created.body.work_dir).startsWith(t.stateDir)).toBe(true);
  await call('DELETE', `/v1/sessions/${created.body.id}`);
});

test('live changes arrive as server-sent events', async () => {
  const stop = new AbortController();
  const response = await fetch(`${t.url}/v1/events`, {
    headers: { authorization: `Bearer ${t.token}` },
    signal: stop.signal,
  });
  expect(response.headers.get('content-type')).toMatch(/text\/event-stream/);
  const reader = response.body?.getReader();
  await call('POST', '/v1/agents', { name: 'seen-live' });
  let text = '';
  for (let i = 0; i < 200 && !text.includes('seen-live'); i += 1) {
    const { value, done } = (await reader?.read()) ?? { value: undefined, done: true };
    if (done) break;
    text += new TextDecoder().decode(value);
  }
  expect(text).toContain('seen-live');
  stop.abort();
});
