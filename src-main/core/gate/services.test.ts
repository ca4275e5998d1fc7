/** Services that misbehave, and what becomes of the key in their answers. */
import { randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MASK, open, Routes, SECRET } from './testing/routes.ts';
import { bodyOf, tcpServer } from './testing/sockets.ts';
import { eventually } from './testing/world.ts';

let routes: Routes;

beforeAll(async () => {
  routes = await Routes.open();
});

afterAll(() => routes?.dispose());

describe('services that misbehave', () => {
  const failure = async (base: string, token: string, init: RequestInit = {}) => {
    const answer = await fetch(`${base}/x`, { ...init, headers: { 'x-aegis-agent': token } });
    const body = (await answer.json()) as { error: string; code: string; request_id: string; hint: string };
    const completed = await routes.world.completed(body.request_id);
    expect(completed).toMatchObject({ outcome: 'error', code: body.code });
    return { status: answer.status, ...body };
  };

  test('nothing listens', async () => {
    const server = await tcpServer(() => undefined);
    await server.dispose();
    const { base, token } = await routes.to(server.url);
    const answer = await failure(base, token);
    expect(answer).toMatchObject({ status: 502, code: 'UPSTREAM_UNREACHABLE' });
    expect(answer.error).toContain(`127.0.0.1:${server.port}`);
    expect(answer.error).toContain('refused');
  });

  test('garbage, and a close without an answer', async () => {
    const garbage = await routes.serveRaw((socket) => void socket.write('220 smtp ready\r\n'));
    expect(await failure(garbage.base, garbage.token)).toMatchObject({
      status: 502,
      code: 'UPSTREAM_FAILED',
    });
    const closing = await routes.serveRaw((socket) => socket.destroy());
    expect(await failure(closing.base, closing.token)).toMatchObject({
      status: 502,
      code: 'UPSTREAM_FAILED',
    });
  });

  test('a kept-alive socket that died is replaced for GET, and POST is never sent twice', async () => {
    const requests: string[] = [];
    const fickle = (socket: Socket, text: string): void => {
      requests.push(text.slice(0, 4).trim());
      // The first request of a connection is answered, the second one kills it.
      if (socket.bytesRead > text.length) socket.destroy();
      else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
    };
    const one = await routes.serveRaw(fickle);
    expect((await fetch(`${one.base}/1`, { headers: { 'x-aegis-agent': one.token } })).status).toBe(200);
    expect((await fetch(`${one.base}/2`, { headers: { 'x-aegis-agent': one.token } })).status).toBe(200);
    expect(requests.splice(0)).toEqual(['GET', 'GET', 'GET']);
    const two = await routes.serveRaw(fickle);
    expect((await fetch(`${two.base}/1`, { headers: { 'x-aegis-agent': two.token } })).status).toBe(200);
    const post = await fetch(`${two.base}/2`, {
      method: 'POST',
      body: 'x',
      headers: { 'x-aegis-agent': two.token },
    });
    expect(post.status).toBe(502);
    expect(requests.filter((method) => method === 'POST')).toHaveLength(1);
  });

  test('an answer before the request has ended is passed on', async () => {
    const { name, token } = await routes.serve((_req, res) => void res.writeHead(413).end('too big'));
    const socket = connect(routes.world.port, '127.0.0.1');
    let text = '';
    socket.on('data', (data) => {
      text += String(data);
    });
    socket.on('error', () => undefined);
    socket.write(
      `POST /${name}/x HTTP/1.1\r\nHost: 127.0.0.1:${routes.world.port}\r\nX-Aegis-Agent: ${token}\r\nContent-Length: 1000000\r\n\r\nhalf`,
    );
    await eventually(() => text.endsWith('too big\r\n0\r\n\r\n'));
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
    await eventually(() => socket.destroyed || socket.readableEnded);
  });

  test('redirects are returned, never followed', async () => {
    const { base, token, service } = await routes.serve((req, res) => {
      service.seen.push({ method: '', url: req.url ?? '', headers: [], body: Buffer.alloc(0) });
      res.writeHead(307, { location: `http://evil.example.com/?k=${SECRET}` }).end();
    });
    const answer = await fetch(`${base}/x`, { redirect: 'manual', headers: { 'x-aegis-agent': token } });
    expect(answer.status).toBe(307);
    expect(answer.headers.get('location')).toBe(`http://evil.example.com/?k=${MASK}`);
    expect(service.seen).toHaveLength(1);
  });
});

describe('an echoed key', () => {
  test('is masked wherever the chunks are cut', async () => {
    const text = `{"k":"${SECRET}","again":"${SECRET}"}`;
    const { base, token } = await routes.serve(async (req, res) => {
      const cut = Number(new URL(req.url ?? '', 'http://x').searchParams.get('cut'));
      res.setHeader('content-type', 'application/json');
      res.setHeader('x-echo', SECRET);
      res.write(text.slice(0, cut));
      await new Promise((resolve) => setTimeout(resolve, 1));
      res.end(text.slice(cut));
    });
    for (let cut = 1; cut < text.length; cut += 1) {
      const answer = await fetch(`${base}/x?cut=${cut}`, { headers: { 'x-aegis-agent': token } });
      expect(answer.headers.get('x-echo')).toBe(MASK);
      expect(await answer.text()).toBe(`{"k":"${MASK}","again":"${MASK}"}`);
    }
  });

  test('is counted in the ledger', async () => {
    const { base, token } = await routes.serve((_req, res) => res.end(SECRET));
    const answer = await fetch(`${base}/x`, { headers: { 'x-aegis-agent': token } });
    expect(answer.headers.get('content-length')).toBe(String(SECRET.length));
    expect(await routes.world.completed(answer.headers.get('x-aegis-request-id') ?? '')).toMatchObject({
      details: { masked: 1 },
    });
  });

  test.each([
    ['gzip', gzipSync],
    ['deflate', deflateSync],
    ['br', brotliCompressSync],
  ] as const)('does not hide in %s, which was not asked for', async (encoding, compress) => {
    let asked: string | undefined;
    const filler = 'x'.repeat(200_000);
    const { base, token } = await routes.serve((req, res) => {
      asked = req.headers['accept-encoding'];
      const body = compress(Buffer.from(`${filler}${SECRET}${filler}`));
      res.writeHead(200, { 'content-encoding': encoding, 'content-length': body.length });
      res.end(body);
    });
    const answer = await fetch(`${base}/x`, {
      headers: { 'x-aegis-agent': token, 'accept-encoding': 'gzip, br' },
    });
    expect(asked).toBe('identity');
    expect(answer.headers.get('content-encoding')).toBeNull();
    expect(await answer.text()).toBe(`${filler}${MASK}${filler}`);
  });

  test('an encoding nobody can look into is refused, a broken one breaks off', async () => {
    const odd = await routes.serve(
      (_req, res) => void res.writeHead(200, { 'content-encoding': 'gzip, br' }).end('x'),
    );
    const answer = await fetch(`${odd.base}/x`, { headers: { 'x-aegis-agent': odd.token } });
    expect(answer.status).toBe(502);
    expect(await answer.json()).toMatchObject({ code: 'UPSTREAM_FAILED' });
    const broken = await routes.serve((_req, res) => {
      const body = gzipSync(randomBytes(100_000));
      res.writeHead(200, { 'content-encoding': 'gzip' });
      res.end(body.subarray(0, 50_000));
    });
    const res = await open(`${broken.base}/x`, broken.token);
    await expect(bodyOf(res)).rejects.toThrow();
  });

  test('HEAD keeps the head of an encoded answer', async () => {
    const { base, token } = await routes.serve(
      (_req, res) => void res.writeHead(200, { 'content-encoding': 'gzip', 'content-length': 10 }).end(),
    );
    const answer = await fetch(`${base}/x`, { method: 'HEAD', headers: { 'x-aegis-agent': token } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-length')).toBe('10');
  });
});
