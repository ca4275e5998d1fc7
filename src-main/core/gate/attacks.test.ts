/** Attacks on the Gate, byte by byte through raw sockets: framing and targets. Numbers are rows of the attack list. */
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Attack, request } from './testing/attack.ts';
import { refusalOf } from './testing/sockets.ts';
import { eventually } from './testing/world.ts';

let attack: Attack;

beforeAll(async () => {
  attack = await Attack.open({ limits: { headMs: 400 } });
});

afterAll(() => attack?.dispose());

beforeEach(() => attack.begin());

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
    await attack.refused(bytes, 400, 'REQUEST_MALFORMED');
  });

  test('6 a chunk size that is none ends the request; nothing complete reaches the service', async () => {
    const bytes = `${request('POST /echo/x HTTP/1.1', 'Transfer-Encoding: chunked')}0x2\r\nhi\r\n0\r\n\r\n`;
    // Before the body's fault is read the head may have been judged already.
    await attack.send(request('GET /echo/warm HTTP/1.1'));
    attack.service.seen.length = 0;
    const answer = await attack.send(bytes);
    expect(answer.status).toBe(400);
    expect(refusalOf(answer).code).toBe('REQUEST_MALFORMED');
    expect(attack.service.seen).toHaveLength(0);
    const completed = await attack.world.completed(answer.headers['x-aegis-request-id'] ?? '');
    expect(completed).toMatchObject({ outcome: 'error', code: 'REQUEST_MALFORMED' });
    expect(
      attack.world.entries({ request_id: completed.request_id ?? '', action: 'gate.request' }),
    ).toHaveLength(1);
  });

  test('7 chunk extensions are dropped: the service gets our framing', async () => {
    const bytes = `${request('POST /echo/x HTTP/1.1', 'Transfer-Encoding: chunked')}5;evil="\r\nhello\r\n0\r\n\r\n`;
    const quoted = await attack.send(bytes);
    const plain = await attack.send(bytes.replace(';evil="', ';evil=1'));
    expect(plain.status).toBe(200);
    expect(attack.service.seen.at(-1)?.body.toString()).toBe('hello');
    expect([200, 400]).toContain(quoted.status);
  });

  test('a second request hidden in a body stays a body', async () => {
    const inner = attack.fill(request('GET /echo/smuggled HTTP/1.1'));
    const bytes = request('POST /echo/x HTTP/1.1', `Content-Length: ${inner.length}`) + String(inner);
    const answer = await attack.send(bytes);
    expect(answer.text.match(/^HTTP\/1\.1 \d/gm)).toHaveLength(1);
    expect(attack.service.seen.map((one) => one.url)).toEqual(['/x']);
  });

  test('22 too many and too large headers', async () => {
    const many = Array.from({ length: 101 }, (_, i) => `X-${i}: 1`);
    await attack.refused(request('GET /echo/x HTTP/1.1', ...many), 431, 'HEADERS_TOO_LARGE');
    attack.begin();
    await attack.refused(
      request('GET /echo/x HTTP/1.1', `X-Big: ${'a'.repeat(40_000)}`),
      431,
      'HEADERS_TOO_LARGE',
    );
    attack.begin();
    // More than Node keeps: what it drops silently must not make the request look fine.
    const flood = Array.from({ length: 3_000 }, () => 'a:b');
    await attack.refused(request('GET /echo/x HTTP/1.1', ...flood), 431, 'HEADERS_TOO_LARGE');
  });

  test('23 a head that never ends', async () => {
    await attack.refused(`GET /echo/x HTTP/1.1\r\nHost: <host>\r\nX-Slow: `, 408, 'REQUEST_TIMEOUT');
  });

  test('23 a connection that says nothing is closed without an entry', async () => {
    const answer = await attack.send('');
    expect(answer.text).toBe('');
    expect(attack.news()).toEqual([]);
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
    await attack.refused(request(`GET ${target} HTTP/1.1`), 400, 'PATH_REFUSED');
  });

  test.each([
    'http://evil.example.com/p',
    'http://good@evil.example.com/',
    'https://evil.example.com/',
    'ftp://x/',
    'HTTP://127.0.0.1/',
  ])('9, 10 the absolute form %s', async (target) => {
    await attack.refused(request(`GET ${target} HTTP/1.1`), 400, 'REQUEST_MALFORMED');
  });

  test.each(['evil.example.com:22', 'evil.example.com:443', '127.0.0.1:25'])(
    '26 CONNECT %s',
    async (target) => {
      const answer = await attack.refused(request(`CONNECT ${target} HTTP/1.1`), 405, 'METHOD_REFUSED');
      expect(answer.headers.allow).toContain('GET');
    },
  );

  test('TRACE would give the key back', async () => {
    await attack.refused(request('TRACE /echo/x HTTP/1.1'), 405, 'METHOD_REFUSED');
  });

  test('24 an upgrade does not slip past the checks', async () => {
    await attack.refused(
      request('GET /echo/x HTTP/1.1', 'Upgrade: websocket').replace(
        'Connection: close',
        'Connection: Upgrade',
      ),
      501,
      'NOT_SUPPORTED_HERE',
    );
  });
});

test('pipelined requests are answered in order, each with its own entry', async () => {
  const one = request('GET /echo/1 HTTP/1.1').replace('Connection: close\r\n', '');
  const two = request('GET /none/2 HTTP/1.1').replace('Connection: close\r\n', '');
  const three = request('GET /echo/3 HTTP/1.1');
  const answer = await attack.send(one + two + three);
  expect([...answer.text.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1])).toEqual([
    '200',
    '404',
    '200',
  ]);
  expect(attack.service.seen.map((seen) => seen.url).sort()).toEqual(['/1', '/3']);
});

test('a client that leaves in the middle of its head leaves no trace and no socket', async () => {
  const socket = connect(attack.world.port, '127.0.0.1');
  await new Promise<void>((resolve) => socket.on('connect', () => resolve()));
  socket.write('GET /echo/x HT');
  socket.destroy();
  await eventually(() => socket.destroyed);
  expect(attack.world.gate.inFlight).toBe(0);
});
