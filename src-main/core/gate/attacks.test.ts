/** Attacks on the Gate, byte by byte through raw sockets. Each is refused, with one ledger entry and nothing forwarded. */
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type RawAnswer, raw, refusalOf, Service } from './testing/sockets.ts';
import { eventually, World } from './testing/world.ts';

const SECRET = 'sk-live-0123456789abcdef';
const ADDRESSES: Record<string, string[]> = {
  'public.example.com': ['93.184.216.34'],
  'private.example.com': ['10.0.0.1'],
  'mixed.example.com': ['93.184.216.34', '127.0.0.1'],
  'mapped.example.com': ['::ffff:127.0.0.1'],
  'nat64.example.com': ['64:ff9b::a9fe:a9fe'],
  'sixtofour.example.com': ['2002:7f00:1::1'],
  'metadata.example.com': ['169.254.169.254'],
};

let world: World;
let service: Service;
let token: string;
let host: string;
let seq = 0;

beforeAll(async () => {
  world = await World.open({
    limits: { headMs: 400 },
    resolve: async (name) => {
      const found = ADDRESSES[name];
      if (!found) throw Object.assign(new Error('not found'), { code: 'ENOTFOUND' });
      return found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    },
  });
  service = await Service.echo();
  await world.credential('echo', service.url, SECRET);
  ({ token } = await world.agent('alice', 'echo'));
  host = `127.0.0.1:${world.port}`;
});

afterAll(async () => {
  await world?.dispose();
  await service?.dispose();
});

beforeEach(() => {
  seq = world.ledger.status().entries;
  service.seen.length = 0;
});

/** A request with the right Host and token unless the test says otherwise. */
const request = (line: string, ...headers: string[]): string =>
  `${[line, `Host: ${host}`, `X-Aegis-Agent: ${token}`, 'Connection: close', ...headers].join('\r\n')}\r\n\r\n`;

async function refused(bytes: string | Buffer, status: number, code: string): Promise<RawAnswer> {
  const answer = await raw(world.port, bytes);
  expect(answer.status, answer.text).toBe(status);
  const body = refusalOf(answer);
  expect(body.code).toBe(code);
  expect(body.hint).toBeTruthy();
  expect(answer.headers['x-aegis-request-id']).toBe(body.request_id);
  // One answer, one entry, nothing forwarded.
  expect(answer.text.match(/^HTTP\/1\.1 \d/gm)).toHaveLength(1);
  const entries = world.entries().filter((entry) => entry.seq > seq && entry.action === 'gate.request');
  expect(world.entries({ request_id: body.request_id })).toHaveLength(1);
  expect(entries.map((entry) => [entry.action, entry.outcome, entry.code])).toEqual([
    ['gate.request', 'denied', code],
  ]);
  expect(entries[0]?.request_id).toBe(body.request_id);
  expect(service.seen).toHaveLength(0);
  return answer;
}

describe('framing', () => {
  test.each([
    [
      '1 length and chunked together',
      `${request('POST /echo/x HTTP/1.1', 'Content-Length: 5', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
    ],
    [
      '1 chunked and length together',
      `${request('POST /echo/x HTTP/1.1', 'Transfer-Encoding: chunked', 'Content-Length: 5')}0\r\n\r\n`,
    ],
    ['2 two lengths', `${request('POST /echo/x HTTP/1.1', 'Content-Length: 5', 'Content-Length: 6')}hello`],
    [
      '2 two equal lengths',
      `${request('POST /echo/x HTTP/1.1', 'Content-Length: 5', 'Content-Length: 5')}hello`,
    ],
    ['2 a signed length', `${request('POST /echo/x HTTP/1.1', 'Content-Length: +5')}hello`],
    ['2 a list of lengths', `${request('POST /echo/x HTTP/1.1', 'Content-Length: 5, 5')}hello`],
    ['3 an unknown encoding', `${request('POST /echo/x HTTP/1.1', 'Transfer-Encoding: xchunked')}0\r\n\r\n`],
    [
      '3 chunked not last',
      `${request('POST /echo/x HTTP/1.1', 'Transfer-Encoding: chunked, identity')}0\r\n\r\n`,
    ],
    ['3 gzip, chunked', `${request('POST /echo/x HTTP/1.1', 'Transfer-Encoding: gzip, chunked')}0\r\n\r\n`],
    [
      '4 two encoding lines',
      request('POST /echo/x HTTP/1.1', 'Transfer-Encoding: identity', 'Transfer-Encoding: chunked') +
        '0\r\n\r\n',
    ],
    [
      '4 chunked twice',
      request('POST /echo/x HTTP/1.1', 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked') +
        '0\r\n\r\n',
    ],
    [
      '5 an encoding on HTTP/1.0',
      `${request('POST /echo/x HTTP/1.0', 'Transfer-Encoding: chunked')}0\r\n\r\n`,
    ],
    ['6 a space before the colon', request('GET /echo/x HTTP/1.1', 'X-A : 1')],
    ['6 a bare line feed', request('GET /echo/x HTTP/1.1', 'X-A: 1\nX-B: 2')],
    ['6 a folded line', request('GET /echo/x HTTP/1.1', 'X-A: 1', ' folded')],
    ['6 a NUL in a value', request('GET /echo/x HTTP/1.1', 'X-A: a\0b')],
    ['8 two hosts', request('GET /echo/x HTTP/1.1', `Host: ${'127.0.0.1'}`)],
    ['8 no host', `GET /echo/x HTTP/1.1\r\nX-Aegis-Agent: t\r\nConnection: close\r\n\r\n`],
    ['11 bytes outside ASCII in the target', request('GET /echo/\u00e9 HTTP/1.1')],
    ['an HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a TLS greeting', Buffer.from('16030100f8010000f40303', 'hex')],
    ['an unknown Expect', request('POST /echo/x HTTP/1.1', 'Expect: 200-maybe', 'Content-Length: 0')],
  ])('%s', async (_name, bytes) => {
    await refused(bytes, 400, 'REQUEST_MALFORMED');
  });

  test('6 a chunk size that is none ends the request; nothing complete reaches the service', async () => {
    const bytes = `${request('POST /echo/x HTTP/1.1', 'Transfer-Encoding: chunked')}0x2\r\nhi\r\n0\r\n\r\n`;
    // Before the body's fault is read the head may have been judged already.
    await raw(world.port, request('GET /echo/warm HTTP/1.1'));
    service.seen.length = 0;
    const answer = await raw(world.port, bytes);
    expect(answer.status).toBe(400);
    expect(refusalOf(answer).code).toBe('REQUEST_MALFORMED');
    expect(service.seen).toHaveLength(0);
    const completed = await world.completed(answer.headers['x-aegis-request-id'] ?? '');
    expect(completed).toMatchObject({ outcome: 'error', code: 'REQUEST_MALFORMED' });
    expect(world.entries({ request_id: completed.request_id ?? '', action: 'gate.request' })).toHaveLength(1);
  });

  test('7 chunk extensions are dropped: the service gets our framing', async () => {
    const bytes = `${request('POST /echo/x HTTP/1.1', 'Transfer-Encoding: chunked')}5;evil="\r\nhello\r\n0\r\n\r\n`;
    const quoted = await raw(world.port, bytes);
    const plain = await raw(world.port, bytes.replace(';evil="', ';evil=1'));
    expect(plain.status).toBe(200);
    expect(service.seen.at(-1)?.body.toString()).toBe('hello');
    expect([200, 400]).toContain(quoted.status);
  });

  test('a second request hidden in a body stays a body', async () => {
    const inner = request('GET /echo/smuggled HTTP/1.1');
    const bytes = request('POST /echo/x HTTP/1.1', `Content-Length: ${inner.length}`) + inner;
    const answer = await raw(world.port, bytes);
    expect(answer.text.match(/^HTTP\/1\.1 \d/gm)).toHaveLength(1);
    expect(service.seen.map((one) => one.url)).toEqual(['/x']);
  });

  test('22 too many and too large headers', async () => {
    const many = Array.from({ length: 101 }, (_, i) => `X-${i}: 1`);
    await refused(request('GET /echo/x HTTP/1.1', ...many), 431, 'HEADERS_TOO_LARGE');
    seq = world.ledger.status().entries;
    await refused(request('GET /echo/x HTTP/1.1', `X-Big: ${'a'.repeat(40_000)}`), 431, 'HEADERS_TOO_LARGE');
    seq = world.ledger.status().entries;
    // More than Node keeps: what it drops silently must not make the request look fine.
    const flood = Array.from({ length: 3_000 }, () => 'a:b');
    await refused(request('GET /echo/x HTTP/1.1', ...flood), 431, 'HEADERS_TOO_LARGE');
  });

  test('23 a head that never ends', async () => {
    await refused(`GET /echo/x HTTP/1.1\r\nHost: ${host}\r\nX-Slow: `, 408, 'REQUEST_TIMEOUT');
  });

  test('23 a connection that says nothing is closed without an entry', async () => {
    const answer = await raw(world.port, '');
    expect(answer.text).toBe('');
    expect(world.entries().filter((entry) => entry.seq > seq)).toEqual([]);
  });
});

describe('targets', () => {
  test.each([
    '/echo/../admin',
    '/echo/%2e%2e/admin',
    '/echo/..%2fadmin',
    '/echo/..;/admin',
    '/echo/\\..\\admin',
    '/echo/%252e%252e/admin',
    '/echo/%5c..%5cadmin',
    '/echo/%00',
    '/echo/a%0d%0aX:1',
    '/echo/%c0%ae%c0%ae/',
    '/%2e%2e/echo',
    '*',
  ])('11, 12 %s', async (target) => {
    await refused(Buffer.from(request(`GET ${target} HTTP/1.1`), 'latin1'), 400, 'PATH_REFUSED');
  });

  test.each([
    'http://evil.example.com/p',
    'http://good@evil.example.com/',
    'https://evil.example.com/',
    'ftp://x/',
    'HTTP://127.0.0.1/',
  ])('9, 10 the absolute form %s', async (target) => {
    await refused(request(`GET ${target} HTTP/1.1`), 400, 'REQUEST_MALFORMED');
  });

  test.each(['evil.example.com:22', 'evil.example.com:443', '127.0.0.1:25'])(
    '26 CONNECT %s',
    async (target) => {
      const answer = await refused(request(`CONNECT ${target} HTTP/1.1`), 405, 'METHOD_REFUSED');
      expect(answer.headers.allow).toContain('GET');
    },
  );

  test('TRACE would give the key back', async () => {
    await refused(request('TRACE /echo/x HTTP/1.1'), 405, 'METHOD_REFUSED');
  });

  test('24 an upgrade does not slip past the checks', async () => {
    await refused(
      request('GET /echo/x HTTP/1.1', 'Upgrade: websocket').replace(
        'Connection: close',
        'Connection: Upgrade',
      ),
      501,
      'NOT_SUPPORTED_HERE',
    );
  });
});

describe('who calls', () => {
  const as = (hostHeader: string, ...more: string[]): string =>
    `${['GET /echo/x HTTP/1.1', `Host: ${hostHeader}`, `X-Aegis-Agent: ${token}`, 'Connection: close', ...more].join('\r\n')}\r\n\r\n`;

  test.each([
    'evil.example.com',
    '127.0.0.1',
    '127.0.0.1:1',
    '0.0.0.0',
    '127.0.0.1.',
    '127.1',
    'localhost.evil.com',
    '2130706433',
    'user@127.0.0.1',
    '',
  ])('29, 31 Host: %s', async (name) => {
    const withPort =
      name.includes(':') || name === '127.0.0.1' || name === '' ? name : `${name}:${world.port}`;
    await refused(as(withPort), 403, 'ORIGIN_REFUSED');
  });

  test.each([
    'Origin: https://evil.example.com',
    'Origin: null',
    'Origin: http://127.0.0.1:9100',
    'Sec-Fetch-Site: cross-site',
    'Sec-Fetch-Site: same-origin',
  ])('29, 30 from a page: %s', async (line) => {
    const answer = await refused(as(host, line), 403, 'ORIGIN_REFUSED');
    expect(Object.keys(answer.headers).some((name) => name.startsWith('access-control'))).toBe(false);
  });

  test('30 a preflight gets no leave', async () => {
    const bytes = request(
      'OPTIONS /echo/x HTTP/1.1',
      'Origin: https://evil',
      'Access-Control-Request-Private-Network: true',
    );
    await refused(bytes, 403, 'ORIGIN_REFUSED');
  });

  test('localhost and the IPv6 loopback spelling are us', async () => {
    for (const name of ['localhost', 'LOCALHOST', '[::1]']) {
      expect((await raw(world.port, as(`${name}:${world.port}`))).status).toBe(200);
    }
  });
});

describe('where the key may go', () => {
  const secretFor = async (name: string, domain: string, more = {}): Promise<string> => {
    await world.vault.add(
      { name, service: name, secret: SECRET, domains: [domain], auth_type: 'bearer', ...more },
      { name: 'tester', via: 'app' },
    );
    const agent = await world.agent(`agent-${name}`, name);
    seq = world.ledger.status().entries;
    return agent.token;
  };
  const get = (name: string, agent: string, ...headers: string[]): string =>
    [
      `GET /${name}/x HTTP/1.1`,
      `Host: ${host}`,
      `X-Aegis-Agent: ${agent}`,
      'Connection: close',
      ...headers,
      '',
      '',
    ].join('\r\n');

  test.each(['private', 'mixed', 'mapped', 'nat64', 'sixtofour', 'metadata'])(
    '16, 17 a name that leads to a %s address',
    async (name) => {
      const agent = await secretFor(name, `${name}.example.com`);
      const answer = await refused(get(name, agent), 403, 'ADDRESS_GUARD');
      expect(refusalOf(answer).error).toContain(`${name}.example.com`);
    },
  );

  test('16 a name that does not resolve is no refusal, and says so', async () => {
    const agent = await secretFor('nowhere', 'nowhere.example.com');
    const answer = await raw(world.port, get('nowhere', agent));
    expect(answer.status).toBe(502);
    expect(refusalOf(answer)).toMatchObject({ code: 'UPSTREAM_UNREACHABLE' });
    expect(refusalOf(answer).error).toContain('nowhere.example.com');
    const entries = world.entries({ request_id: refusalOf(answer).request_id });
    expect(entries.map((entry) => [entry.action, entry.outcome])).toEqual([['gate.request', 'error']]);
  });

  test('13, 14, 15 odd spellings in X-Target-Host', async () => {
    const agent = await secretFor('public', 'public.example.com');
    for (const name of [
      'public.example.com..',
      'publíc.example.com',
      'user@public.example.com',
      'public.example.com:8443',
      'public.example.com.evil.com',
      '127.1',
      '0177.0.0.1',
      '[::ffff:127.0.0.1]',
      '0.0.0.0',
    ]) {
      seq = world.ledger.status().entries;
      const bytes = Buffer.from(get('public', agent, `X-Target-Host: ${name}`), 'latin1');
      await refused(bytes, 403, 'DOMAIN_GUARD');
    }
  });

  test('17 the answer of the resolver changes: the next check refuses', async () => {
    let answer = '127.0.0.1';
    const other = await World.open({ resolve: async () => [{ address: answer, family: 4 }] });
    try {
      await other.credential('svc', service.url.replace('127.0.0.1', 'rebind.example.com'), SECRET);
      const agent = await other.agent('a', 'svc');
      const url = `${other.url}/svc/x`;
      const headers = { 'x-aegis-agent': agent.token };
      // allow_private lets the first one through; without it the same address is refused.
      expect((await fetch(url, { headers })).status).toBe(200);
      await other.vault.add(
        {
          name: 'strict',
          service: 'strict',
          secret: SECRET,
          domains: ['rebind.example.com'],
          auth_type: 'bearer',
        },
        { name: 'tester', via: 'app' },
      );
      await other.identity.grant(agent.id, 'strict', 'default', { name: 'tester', via: 'app' });
      answer = '10.0.0.1';
      const refusal = await fetch(`${other.url}/strict/x`, { headers });
      expect(refusal.status).toBe(403);
      expect(await refusal.json()).toMatchObject({ code: 'ADDRESS_GUARD' });
    } finally {
      await other.dispose();
    }
  });
});

describe('headers', () => {
  test('25, 32 what Connection names, and every credential of the agent, stays here', async () => {
    const bytes = [
      'GET /echo/x HTTP/1.1',
      `Host: ${host}`,
      `X-Aegis-Agent: ${token}`,
      `Authorization: Bearer ${token}`,
      'Proxy-Authorization: Basic eDp5',
      'X-Api-Key: agents-own',
      'Cookie: session=agents-own',
      'X-Forwarded-For: 1.2.3.4',
      'Forwarded: for=1.2.3.4',
      'X-Secret-Hop: agents-own',
      `X-Custom: prefix-${token}`,
      'Connection: close, authorization, x-secret-hop',
      '',
      '',
    ].join('\r\n');
    expect((await raw(world.port, bytes)).status).toBe(200);
    // Naming the injected header in Connection does not remove it: it comes last.
    expect(service.header('authorization')).toBe(`Bearer ${SECRET}`);
    const sent = JSON.stringify(service.seen.at(-1)?.headers);
    expect(sent).not.toContain(token);
    expect(sent).not.toContain('agents-own');
    expect(sent).not.toContain('1.2.3.4');
    expect(sent).not.toContain('eDp5');
  });

  test('32 the token in the query does not travel either', async () => {
    await raw(world.port, request(`GET /echo/x?a=1&t=${token}&b=%2F HTTP/1.1`));
    expect(service.seen.at(-1)?.url).toBe('/x?a=1&b=%2F');
  });

  test('G1 a Host from the agent never becomes the service Host', async () => {
    await raw(
      world.port,
      request('GET /echo/x HTTP/1.1', 'X-Forwarded-Host: evil', 'X-Original-URL: /admin', 'X-Host: evil'),
    );
    expect(service.header('host')).toBe(`127.0.0.1:${service.port}`);
    expect(JSON.stringify(service.seen.at(-1)?.headers)).not.toContain('evil');
  });
});

describe('the ledger', () => {
  test('36 cannot be written: nothing is forwarded, the answer says so', async () => {
    const other = await World.open();
    try {
      await other.credential('echo', service.url, SECRET);
      const agent = await other.agent('a', 'echo');
      await other.ledger.dispose();
      const answer = await fetch(`${other.url}/echo/x`, {
        method: 'POST',
        body: 'x',
        headers: { 'x-aegis-agent': agent.token },
      });
      expect(answer.status).toBe(503);
      expect(await answer.json()).toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
      expect(service.seen).toHaveLength(0);
      expect(other.gate.status().state).toBe('degraded');
      expect(other.gate.inFlight).toBe(0);
    } finally {
      await other.dispose();
    }
  });
});

test('pipelined requests are answered in order, each with its own entry', async () => {
  const one = request('GET /echo/1 HTTP/1.1').replace('Connection: close\r\n', '');
  const two = request('GET /none/2 HTTP/1.1').replace('Connection: close\r\n', '');
  const three = request('GET /echo/3 HTTP/1.1');
  const answer = await raw(world.port, one + two + three);
  expect([...answer.text.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1])).toEqual([
    '200',
    '404',
    '200',
  ]);
  expect(service.seen.map((seen) => seen.url).sort()).toEqual(['/1', '/3']);
});

test('a client that leaves in the middle of its head leaves no trace and no socket', async () => {
  const socket = connect(world.port, '127.0.0.1');
  await new Promise<void>((resolve) => socket.on('connect', () => resolve()));
  socket.write('GET /echo/x HT');
  socket.destroy();
  await eventually(() => socket.destroyed);
  expect(world.gate.inFlight).toBe(0);
});
