import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestPlane, type TestPlane } from '../testing/plane.ts';
import { Idempotency } from './idempotency.ts';

/** What the API promises on every route: unknown fields, pages, repeated requests. */
let t: TestPlane;
beforeAll(async () => {
  t = await openTestPlane();
});
afterAll(() => t.close());

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

async function call(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(`${t.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${t.token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Record<string, unknown>,
  };
}

const NOBODY = 'agt_01900000000070008000000000000000';

describe('unknown fields', () => {
  test.each([
    ['GET', '/v1/agents?colour=red'],
    ['GET', '/v1/vaults?colour=red'],
    ['GET', '/v1/vaults/default/credentials?colour=red'],
    ['GET', '/v1/agent-programs?colour=red'],
    ['GET', '/v1/sessions?colour=red'],
    ['GET', '/v1/status?colour=red'],
    ['GET', '/v1/whoami?colour=red'],
    ['POST', '/v1/agents?colour=red'],
    ['PUT', `/v1/agents/${NOBODY}/grants/x?vault=other`],
    ['DELETE', `/v1/agents/${NOBODY}?colour=red`],
  ])('%s %s is refused', async (method, path) => {
    const answer = await call(
      method,
      path,
      method === 'GET' || method === 'DELETE' ? undefined : { name: 'x' },
    );
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe('INVALID_INPUT');
  });

  test('a DELETE may have its fields in the query', async () => {
    const created = await call('POST', '/v1/agents', { name: 'granted' });
    const answer = await call('DELETE', `/v1/agents/${created.body.id}/grants/x?vault=elsewhere`);
    expect(answer.status).toBe(404);
    const body = {
      name: 'k',
      service: 'k',
      secret: 'some-secret-1',
      domains: ['a.example.com'],
      auth_type: 'bearer',
    };
    expect((await call('POST', '/v1/vaults/default/credentials', body)).status).toBe(201);
    expect((await call('PUT', `/v1/agents/${created.body.id}/grants/k`, { vault: 'default' })).status).toBe(
      200,
    );
    expect((await call('DELETE', `/v1/agents/${created.body.id}/grants/k?vault=elsewhere`)).status).toBe(404);
    expect((await call('DELETE', `/v1/agents/${created.body.id}/grants/k?vault=default`)).status).toBe(200);
  });

  test('probes may carry anything', async () => {
    expect((await call('GET', '/health?nocache=1')).status).toBe(200);
    expect((await call('GET', '/ready?nocache=1')).status).toBe(200);
  });
});

test('lists come in pages', async () => {
  for (const name of ['one', 'two', 'three']) await call('POST', '/v1/agents', { name: `page-${name}` });
  const all = ((await call('GET', '/v1/agents')).body.items as { id: string }[]).map(({ id }) => id);
  const seen: string[] = [];
  for (let cursor = ''; seen.length < all.length; ) {
    const { body } = await call('GET', `/v1/agents?limit=1${cursor === '' ? '' : `&cursor=${cursor}`}`);
    seen.push(...(body.items as { id: string }[]).map(({ id }) => id));
    if (body.next_cursor === null) break;
    cursor = String(body.next_cursor);
  }
  expect(seen).toEqual(all);
  expect((await call('GET', '/v1/agents?limit=0')).status).toBe(400);
});

describe('Idempotency-Key', () => {
  const post = (key: string, name: string) =>
    call('POST', '/v1/agents', { name }, { 'idempotency-key': key });

  test('a repeated POST is carried out once and gets the same answer', async () => {
    const [first, beside] = await Promise.all([post('k-1', 'once'), post('k-1', 'once')]);
    const again = await post('k-1', 'once');
    expect([first.status, beside.status, again.status]).toEqual([201, 201, 201]);
    expect(beside.body).toEqual(first.body);
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(again.headers.get('x-request-id')).not.toBe(first.headers.get('x-request-id'));
    const { items } = (await call('GET', '/v1/agents')).body as { items: { name: string }[] };
    expect(items.filter(({ name }) => name === 'once')).toHaveLength(1);
  });

  test('a key that comes with another body is refused; on another route it is another key', async () => {
    await post('k-2', 'first-body');
    const other = await post('k-2', 'second-body');
    expect(other.status).toBe(422);
    expect(other.body.code).toBe('IDEMPOTENCY_KEY_REUSED');
    const verify = await call('POST', '/v1/audit/verify', {}, { 'idempotency-key': 'k-2' });
    expect(verify.status).toBe(200);
  });

  test('a refused request may be tried again with its key', async () => {
    const input = { agent: 'shell', work_dir: `${t.stateDir}/not-yet`, command: ['/bin/true'] };
    const refused = await call('POST', '/v1/sessions', input, { 'idempotency-key': 'k-3' });
    expect(refused.status).toBe(422);
    const again = await call('POST', '/v1/sessions', input, { 'idempotency-key': 'k-3' });
    expect(again.headers.get('idempotency-replayed')).toBeNull();
  });

  test('a key that is none is refused, and one is never a sign-in', async () => {
    expect((await post('has space', 'x')).status).toBe(400);
    const stranger = await fetch(`${t.url}/v1/agents`, {
      method: 'POST',
      headers: { 'idempotency-key': 'k-1' },
    });
    expect(stranger.status).toBe(401);
  });

  test('it is kept for an hour, and of very many the newest', async () => {
    let now = 0;
    let runs = 0;
    const kept = new Idempotency(() => now);
    const work = async () => {
      runs += 1;
      return { matched: true, response: { status: 201, headers: {}, body: {} } };
    };
    await kept.run('s', 'k', null, work);
    await kept.run('s', 'k', null, work);
    expect(runs).toBe(1);
    now = 61 * 60 * 1000;
    await kept.run('s', 'k', null, work);
    expect(runs).toBe(2);
    for (let i = 0; i < 1100; i += 1) await kept.run('s', `n${i}`, null, work);
    await kept.run('s', 'k', null, work);
    expect(runs).toBe(1103);
    await kept.run('s', 'n1099', null, work);
    expect(runs).toBe(1103);
  });
});
