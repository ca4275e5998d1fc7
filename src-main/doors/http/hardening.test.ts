import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { openTestPlane, type TestPlane } from '../testing/plane.ts';
import { SignIns } from './sign-in.ts';

let t: TestPlane;
beforeAll(async () => {
  t = await openTestPlane({ requestMs: 300 });
});
afterAll(() => t.close());

const port = (): number => Number(new URL(t.url).port);
const host = (): string => new URL(t.url).host;

/** Writes raw bytes and keeps its own half of the connection open, as a hostile or broken client may. */
function dial(text: string): { socket: Socket; answer: Promise<string>; closed: Promise<void> } {
  const socket = connect({ port: port(), host: '127.0.0.1', allowHalfOpen: true });
  let received = '';
  socket.on('data', (chunk) => {
    received += chunk.toString();
  });
  const answer = new Promise<string>((resolve) => socket.on('end', () => resolve(received)));
  const closed = new Promise<void>((resolve) => {
    socket.on('error', () => resolve());
    socket.on('close', () => resolve());
  });
  socket.write(text);
  return { socket, answer, closed };
}

const upgrade = (path: string): string =>
  `GET ${path} HTTP/1.1\r\nHost: ${host()}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
  'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n';

const problemIn = (answer: string): Record<string, unknown> =>
  JSON.parse(answer.slice(answer.indexOf('\r\n\r\n') + 4)) as Record<string, unknown>;

/** Whether the other side has let go: a write to a connection it closed is answered with a reset. */
async function isLetGo({ socket, closed }: ReturnType<typeof dial>): Promise<void> {
  const probe = setInterval(() => socket.write('x'), 100);
  await closed;
  clearInterval(probe);
}

describe('connections', () => {
  test('a refused upgrade is a problem document, and its socket is let go though the client holds on', async () => {
    const dialled = dial(upgrade('/rpc'));
    const answer = await dialled.answer;
    expect(answer).toMatch(/^HTTP\/1\.1 401 Unauthorized\r\n/);
    expect(answer).toMatch(/\r\nWWW-Authenticate: Bearer/);
    const problem = problemIn(answer);
    expect(problem).toMatchObject({ status: 401, code: 'UNAUTHENTICATED' });
    expect(answer).toContain(`X-Request-Id: ${problem.request_id}`);
    await isLetGo(dialled);
  });

  test('the door closes though a client holds a refused upgrade open', async () => {
    const own = await openTestPlane();
    const socket = connect({ port: Number(new URL(own.url).port), host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => undefined);
    const refused = new Promise((resolve) => socket.once('data', resolve));
    socket.write(upgrade('/rpc').replace(host(), new URL(own.url).host));
    await refused;
    await own.close();
    socket.destroy();
  });

  test('a body that does not come is given up on', async () => {
    const answer = await dial(
      `POST /v1/agents HTTP/1.1\r\nHost: ${host()}\r\nAuthorization: Bearer ${t.token}\r\n` +
        'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{',
    ).answer;
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(problemIn(answer)).toMatchObject({ status: 408 });
  });

  test.each([
    ['no HTTP at all', 'NONSENSE\r\n\r\n', 400],
    [
      'two Host headers',
      'GET /health HTTP/1.1\r\nHost: HERE\r\nHost: evil.example\r\nConnection: close\r\n\r\n',
      403,
    ],
    ['a broken escape', 'GET /v1/sessions/%zz HTTP/1.1\r\nHost: HERE\r\nConnection: close\r\n\r\n', 400],
  ])('%s is refused with a problem document', async (_what, text, status) => {
    const answer = await dial(text.replace('HERE', host())).answer;
    expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
    expect(answer).toMatch(/content-type: application\/problem\+json/i);
    expect(answer).toMatch(/x-request-id: req_/i);
    expect(problemIn(answer).status).toBe(status);
  });
});

interface Signed {
  readonly cookie: string;
  readonly path: string;
}

async function signIn(): Promise<Signed> {
  const response = await fetch(`${t.url}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: t.token }),
  });
  expect(response.status).toBe(200);
  const { path } = (await response.json()) as { path: string };
  return { cookie: response.headers.get('set-cookie')?.split(';')[0] ?? '', path };
}

const whoami = (path: string, headers: Record<string, string>): Promise<number> =>
  fetch(`${t.url}${path}/v1/whoami`, { headers }).then((response) => response.status);

describe('the console cookie', () => {
  test('goes to the page path alone: other ports of this host never see it', async () => {
    const response = await fetch(`${t.url}/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token: t.token }),
    });
    const { path } = (await response.json()) as { path: string };
    expect(path).toMatch(/^\/c\/[A-Za-z0-9_-]{43}$/);
    expect(response.headers.get('set-cookie')).toContain(`; Path=${path}; HttpOnly; SameSite=Strict`);
  });

  test('is worth nothing without the path, nor the path without it, nor with those of another sign-in', async () => {
    const [one, two] = [await signIn(), await signIn()];
    expect(await whoami(one.path, { cookie: one.cookie })).toBe(200);
    expect(await whoami('', { cookie: one.cookie })).toBe(401);
    expect(await whoami(one.path, {})).toBe(401);
    expect(await whoami(one.path, { cookie: two.cookie })).toBe(401);
    // A server on another port can plant cookies of our name: they do not get in the way.
    expect(await whoami(one.path, { cookie: `aegis_console=${'A'.repeat(43)}; ${one.cookie}` })).toBe(200);
  });

  test('the same for WebSockets', async () => {
    const { cookie, path } = await signIn();
    const open = (at: string) =>
      new Promise((resolve) => {
        const socket = new WebSocket(`${t.url.replace('http', 'ws')}${at}/rpc`, {
          headers: { cookie, origin: t.url },
        });
        socket.on('open', () => resolve('open'));
        socket.on('unexpected-response', (_request, response) => resolve(response.statusCode));
        socket.on('error', () => undefined);
      });
    expect(await open(path)).toBe('open');
    expect(await open('')).toBe(401);
  });

  test('a foreign page may not even navigate below the page path', async () => {
    const { path } = await signIn();
    const status = await whoami(path, { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'navigate' });
    expect(status).toBe(403);
  });

  test('signing out ends streams, too', async () => {
    const { cookie, path } = await signIn();
    const events = await fetch(`${t.url}${path}/v1/events`, { headers: { cookie } });
    expect(events.status).toBe(200);
    const reader = events.body?.getReader();
    const ended = (async () => {
      while (!(await reader?.read().catch(() => ({ done: true })))?.done);
    })();
    const out = await fetch(`${t.url}${path}/auth/logout`, {
      method: 'POST',
      headers: { cookie, origin: t.url, 'content-type': 'application/json' },
      body: '{}',
    });
    expect(out.status).toBe(200);
    expect(out.headers.get('set-cookie')).toContain(`Path=${path};`);
    await ended;
    expect(await whoami(path, { cookie })).toBe(401);
  });

  test('a sign-in ends by its age, whether or not anybody calls', async () => {
    const { identity, sessions, ledger } = t.plane.services;
    const signIns = new SignIns({
      identity,
      sessions,
      ledger,
      authToken: t.token,
      localToken: () => null,
      signInMs: 30,
    });
    const { cookie, path } = await signIns.login({ token: t.token }, '127.0.0.1');
    const shown = { headers: { cookie: cookie.split(';')[0] }, url: `${path}/rpc`, address: '127.0.0.1' };
    expect(await signIns.identify(shown)).toMatchObject({ kind: 'console' });
    await new Promise<void>((resolve) => signIns.onEnd(shown, resolve));
    expect(await signIns.identify(shown)).toBeNull();
  });
});

describe('lock-out', () => {
  const fresh = (authToken: string) => {
    const { identity, sessions, ledger } = t.plane.services;
    const signIns = new SignIns({ identity, sessions, ledger, authToken, localToken: () => 'aegis_local_x' });
    const bearer = (token: string) =>
      signIns.identify({
        headers: { authorization: `Bearer ${token}` },
        url: '/v1/status',
        address: '127.0.0.1',
      });
    return { signIns, bearer };
  };
  const fail = async (bearer: (token: string) => Promise<unknown>) => {
    for (let i = 0; i < 5; i += 1)
      await expect(bearer('wrong')).rejects.toMatchObject({ code: 'SIGN_IN_FAILED' });
    await expect(bearer('wrong')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  };

  test('a program that fails again and again does not lock the owner out', async () => {
    const long = 'f'.repeat(64);
    const { signIns, bearer } = fresh(long);
    await fail(bearer);
    expect(await bearer('aegis_local_x')).toMatchObject({ kind: 'owner' });
    expect(await bearer(long)).toMatchObject({ kind: 'token' });
    expect((await signIns.login({ code: signIns.createCode() }, '127.0.0.1')).principal.kind).toBe('console');
  });

  test('what somebody could guess or types waits', async () => {
    const short = 'correct horse ba';
    const { signIns, bearer } = fresh(short);
    await fail(bearer);
    await expect(bearer(short)).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    await expect(signIns.login({ token: short }, '127.0.0.1')).rejects.toMatchObject({
      code: 'RATE_LIMITED',
    });
    await expect(signIns.login({ token: short }, '192.0.2.1')).resolves.toMatchObject({
      principal: { kind: 'console' },
    });
  });

  test('the refusal says which limit was met and when to try again', async () => {
    const wrong = () =>
      fetch(`${t.url}/v1/status`, { headers: { authorization: 'Bearer wrong-wrong-wrong' } });
    let last = await wrong();
    for (let i = 0; i < 6 && last.status !== 429; i += 1) last = await wrong();
    expect(last.status).toBe(429);
    const seconds = Number(last.headers.get('retry-after'));
    expect(seconds).toBeGreaterThan(0);
    expect(last.headers.get('ratelimit-policy')).toBe('"sign-in";q=5;w=60');
    expect(last.headers.get('ratelimit')).toBe(`"sign-in";r=0;t=${seconds}`);
    expect(last.headers.get('x-ratelimit-limit')).toBe('5');
    expect(last.headers.get('x-ratelimit-remaining')).toBe('0');
    expect(Number(last.headers.get('x-ratelimit-reset'))).toBeGreaterThan(Date.now() / 1000);
  });
});
