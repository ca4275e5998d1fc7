import { request as rawRequest } from 'node:http';
import { type AnyContractRouter, isContractProcedure } from '@orpc/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { contract, ERROR_CATALOGUE, type ProcedureMeta } from '#contract';
import { openTestPlane, type TestPlane } from '../testing/plane.ts';

let t: TestPlane;
beforeAll(async () => {
  t = await openTestPlane();
});
afterAll(() => t.close());

interface Route {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly permission: ProcedureMeta['permission'];
}

/** Every REST route the contract declares, so that a new one cannot be missed. */
function routesOf(router: AnyContractRouter, name: string): Route[] {
  if (isContractProcedure(router)) {
    const { route, meta } = router['~orpc'];
    const declared = meta as ProcedureMeta;
    if (declared.desktopOnly || route.path === undefined) return [];
    return [{ name, method: route.method ?? 'POST', path: route.path, permission: declared.permission }];
  }
  return Object.entries(router).flatMap(([key, child]) =>
    routesOf(child as AnyContractRouter, `${name}.${key}`),
  );
}
const ROUTES = routesOf(contract, 'contract');

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

async function call(
  method: string,
  path: string,
  options: { token?: string | null; body?: unknown; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const token = options.token === undefined ? t.token : options.token;
  const response = await fetch(`${t.url}${path}`, {
    method,
    headers: {
      ...(token === null ? {} : { authorization: `Bearer ${token}` }),
      ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
      ...options.headers,
    },
    ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
  };
}

/** Node's fetch refuses to set Host and Origin; a plain request does not. */
function rawStatus(path: string, headers: Record<string, string>, method = 'GET'): Promise<number> {
  return new Promise((resolve, reject) => {
    const { port } = new URL(t.url);
    rawRequest({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}

describe('who may call', () => {
  test('the table of routes is complete enough to mean something', () => {
    expect(ROUTES.length).toBeGreaterThan(35);
  });

  test.each(ROUTES.filter((route) => route.permission !== 'public'))(
    '$method $path refuses strangers before it looks at the input',
    async (route) => {
      const answer = await call(route.method, route.path.replaceAll(/\{[^}]+\}/g, 'nonsense'), {
        token: null,
      });
      expect(answer.status).toBe(401);
      expect(answer.body.code).toBe('UNAUTHENTICATED');
      expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    },
  );

  test.each(ROUTES.filter((route) => !['public', 'signed-in', 'hooks:deliver'].includes(route.permission)))(
    "$method $path refuses a session's token and names the permission",
    async (route) => {
      const agent = await t.plane.services.identity.issueSessionAgent(
        { session_id: 'ses_01900000000070008000000000000000' as never, name: 'probe', credential_ids: [] },
        { name: 'test', via: 'system' },
      );
      const answer = await call(route.method, route.path.replaceAll(/\{[^}]+\}/g, 'nonsense'), {
        token: agent.token,
      });
      await t.plane.services.identity.revoke(agent.agent.id, { name: 'test', via: 'system' });
      expect(answer.status).toBe(403);
      expect(answer.body).toMatchObject({ code: 'PERMISSION_MISSING', permission: route.permission });
    },
  );

  test('an admin token may not pose as a session', async () => {
    const answer = await call('POST', '/v1/hooks/claude-code/Stop', { body: {} });
    expect(answer.status).toBe(403);
  });
});

describe('the shape of answers', () => {
  test('health says little to strangers and more with a token', async () => {
    expect((await call('GET', '/health', { token: null })).body).toEqual({ status: 'ok' });
    expect((await call('GET', '/v1/health')).body).toMatchObject({
      status: 'ok',
      pty_host: 'ok',
      vault: 'open',
      ledger: 'ok',
    });
    expect((await call('GET', '/ready', { token: null })).body).toEqual({ ready: true, waiting_for: [] });
  });

  test('errors are problem documents with a request id', async () => {
    const answer = await call('GET', '/v1/sessions/ses_01900000000070008000000000000000');
    expect(answer.status).toBe(404);
    expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    expect(answer.body).toMatchObject({
      status: 404,
      code: 'NOT_FOUND',
      title: ERROR_CATALOGUE.NOT_FOUND.title,
    });
    expect(answer.body.request_id).toBe(answer.headers.get('x-request-id'));
  });

  test('unknown and wrong fields are named, all at once', async () => {
    const body = { name: 'bad name!', service: 'X', secret: 's', domains: [], auth_type: 'magic', extra: 1 };
    const answer = await call('POST', '/v1/vaults/default/credentials', { body });
    expect(answer.status).toBe(400);
    expect(answer.body.code).toBe('INVALID_INPUT');
    const pointers = (answer.body.errors as { pointer: string }[]).map((error) => error.pointer);
    for (const pointer of ['/name', '/service', '/domains', '/auth_type'])
      expect(pointers).toContain(pointer);
    expect(JSON.stringify(answer.body)).toContain('extra');
  });

  test.each([
    ['broken JSON', '{"a":', 400],
    ['a body that is too large', `"${'x'.repeat(5 * 1024 * 1024)}"`, 413],
  ])('%s is a problem document', async (_what, body, status) => {
    const response = await fetch(`${t.url}/v1/agents`, {
      method: 'POST',
      headers: { authorization: `Bearer ${t.token}`, 'content-type': 'application/json' },
      body,
    });
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toMatch(/problem\+json/);
  });

  test('an unknown path is 404, not a page', async () => {
    expect((await call('GET', '/v1/nothing')).status).toBe(404);
  });

  test('a stored secret never comes back', async () => {
    const secret = 'sk-test-0123456789-never-returned';
    const body = {
      name: 'probe',
      service: 'probe',
      secret,
      domains: ['api.example.com'],
      auth_type: 'bearer',
    };
    const created = await call('POST', '/v1/vaults/default/credentials', { body });
    expect(created.status).toBe(201);
    const listed = await call('GET', '/v1/vaults/default/credentials');
    const audit = await call('GET', '/v1/audit?limit=100');
    for (const answer of [created, listed, audit]) expect(JSON.stringify(answer.body)).not.toContain(secret);
    expect((await call('DELETE', '/v1/vaults/default/credentials/probe')).status).toBe(200);
  });

  test('OpenAPI names exactly the routes that are served', async () => {
    const document = (await call('GET', '/openapi.json')).body as {
      openapi: string;
      paths: Record<string, Record<string, unknown>>;
    };
    expect(document.openapi).toMatch(/^3\.1/);
    const described = Object.entries(document.paths).flatMap(([path, item]) =>
      Object.keys(item).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(described.sort()).toEqual(ROUTES.map((route) => `${route.method} ${route.path}`).sort());
  });
});

describe('foreign pages', () => {
  const host = () => new URL(t.url).host;
  test('a host name of somebody else is refused', async () => {
    expect(await rawStatus('/health', { host: 'evil.example' })).toBe(403);
    expect(await rawStatus('/health', { host: `127.0.0.1.nip.io:${new URL(t.url).port}` })).toBe(403);
  });

  test.each(['http://evil.example', 'null', 'https://127.0.0.1:1', 'app://aegis'])(
    'Origin %s is refused',
    async (origin) => {
      expect(await rawStatus('/health', { host: host(), origin })).toBe(403);
    },
  );

  test('cross-site requests are refused even without Origin', async () => {
    expect(
      await rawStatus('/v1/health', {
        host: host(),
        'sec-fetch-site': 'cross-site',
        'sec-fetch-mode': 'navigate',
      }),
    ).toBe(403);
  });

  test('our own origin is served, and no CORS header is ever sent', async () => {
    expect(await rawStatus('/health', { host: host(), origin: t.url })).toBe(200);
    const answer = await call('GET', '/health', { token: null });
    expect([...answer.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
  });

  test.each([
    ['without a sign-in', {}, 401],
    ['from another origin', { origin: 'http://evil.example' }, 403],
  ])('a WebSocket %s is refused', async (_what, headers, status) => {
    const socket = new WebSocket(`${t.url.replace('http', 'ws')}/rpc`, { headers });
    const seen = await new Promise((resolve) => {
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode));
      socket.on('open', () => resolve('open'));
      socket.on('error', () => undefined);
    });
    expect(seen).toBe(status);
    socket.terminate();
  });
});

describe('sign-in to the console', () => {
  const cookieOf = (answer: Answer): string => answer.headers.get('set-cookie')?.split(';')[0] ?? '';

  test('a token becomes an HttpOnly, SameSite cookie that identifies', async () => {
    const answer = await call('POST', '/auth/login', { token: null, body: { token: t.token } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Strict/);
    const cookie = cookieOf(answer);
    const { path } = answer.body;
    expect((await call('GET', `${path}/v1/whoami`, { token: null, headers: { cookie } })).body).toMatchObject(
      {
        kind: 'console',
      },
    );
    // A change by cookie needs our own Origin beside it.
    expect((await call('POST', `${path}/auth/logout`, { token: null, headers: { cookie } })).status).toBe(
      403,
    );
  });

  test('a one-time link works once', async () => {
    const code = new URL(t.http.signInLink().replace('/#/', '/')).searchParams.get('code');
    const first = await call('POST', '/auth/login', { token: null, body: { code } });
    expect(first.status).toBe(200);
    const second = await call('POST', '/auth/login', { token: null, body: { code } });
    expect(second.status).toBe(401);
    expect(second.body.code).toBe('SIGN_IN_FAILED');
  });

  test('signing out ends the cookie and closes its connections', async () => {
    const answer = await call('POST', '/auth/login', { token: null, body: { token: t.token } });
    const cookie = cookieOf(answer);
    const { path } = answer.body;
    const socket = new WebSocket(`${t.url.replace('http', 'ws')}${path}/rpc`, {
      headers: { cookie, origin: t.url },
    });
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    expect(
      await rawStatus(`${path}/auth/logout`, { host: new URL(t.url).host, origin: t.url, cookie }, 'POST'),
    ).toBe(200);
    expect(await closed).toBe(4401);
    expect((await call('GET', `${path}/v1/whoami`, { token: null, headers: { cookie } })).status).toBe(401);
  });

  test('failed sign-ins are in the ledger, and five lock the address out', async () => {
    const wrong = () =>
      call('POST', '/auth/login', { token: null, body: { token: 'wrong-token-wrong-token' } });
    let last = await wrong();
    for (let i = 0; i < 6 && last.status !== 429; i += 1) last = await wrong();
    expect(last.status).toBe(429);
    expect(Number(last.headers.get('retry-after'))).toBeGreaterThan(0);
    const { items } = t.plane.services.ledger.list({ action: 'auth.refused' });
    expect(items.length).toBeGreaterThanOrEqual(4);
  });
});
