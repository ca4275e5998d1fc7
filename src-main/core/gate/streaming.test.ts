/** Bodies both ways: order, back-pressure, breaking off, and the key in answers. */
import { createHash, randomBytes } from 'node:crypto';
import { get, request as httpRequest, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { bodyOf, raw, refusalOf, Service, tcpServer } from './testing/sockets.ts';
import { ACTOR, eventually, World } from './testing/world.ts';

const SECRET = 'sk-live-0123456789abcdefghij';
const MASK = '*'.repeat(SECRET.length);

let world: World;
const services: { dispose: () => Promise<void> }[] = [];
let count = 0;

beforeAll(async () => {
  world = await World.open();
});

afterAll(async () => {
  await world?.dispose();
  for (const service of services) await service.dispose();
});

/** A credential and an agent of their own for one service. */
async function route(url: string): Promise<{ base: string; token: string; name: string; agent: string }> {
  count += 1;
  const name = `svc${count}`;
  await world.credential(name, url, SECRET);
  const { token, id } = await world.agent(`agent${count}`, name);
  return { base: `${world.url}/${name}`, token, name, agent: id };
}

async function serve(
  handler: Parameters<typeof Service.start>[0],
): Promise<Awaited<ReturnType<typeof route>> & { service: Service }> {
  const service = await Service.start(handler);
  services.push(service);
  return { ...(await route(service.url)), service };
}

async function serveRaw(onRequest: (socket: Socket, text: string) => void) {
  const server = await tcpServer((socket) =>
    socket.on('data', (data) => onRequest(socket, data.toString('latin1'))),
  );
  services.push(server);
  return await route(server.url);
}

function open(
  base: string,
  token: string,
  options: import('node:http').RequestOptions = {},
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const req = get(base, { ...options, headers: { 'x-aegis-agent': token }, agent: false }, resolve);
    req.on('error', reject);
  });
}

const next = (res: IncomingMessage): Promise<string> =>
  new Promise((resolve) => res.once('data', (chunk) => resolve(String(chunk))));

describe('order', () => {
  test('server-sent events arrive one by one, and the head before them', async () => {
    let send: (text: string) => void = () => undefined;
    let finish = (): void => undefined;
    const { base, token } = await serve((_req, res) => {
      res.writeHead(200, { 'content-type': 'text/event-stream' });
      res.flushHeaders();
      send = (text) => void res.write(text);
      finish = () => void res.end();
    });
    // The head is here although no byte of the body was sent.
    const res = await open(`${base}/stream`, token);
    expect(res.statusCode).toBe(200);
    expect(res.headers['content-type']).toBe('text/event-stream');
    // Each event is sent only after the one before was received: a proxy that waits for more would hang here.
    for (const word of ['one', 'two', 'three', 's', 'sk-l', 'sk-live-01234']) {
      const arrived = next(res);
      send(`data: ${word}\n\n`);
      expect(await arrived).toBe(`data: ${word}\n\n`);
    }
    finish();
    await new Promise((resolve) => res.on('end', resolve).resume());
  });

  test('an upload reaches the service while it is still being sent', async () => {
    const seen: string[] = [];
    const { base, token } = await serve((req, res) => {
      req.on('data', (chunk) => seen.push(String(chunk)));
      req.on('end', () => res.end('done'));
    });
    const req = httpRequest(`${base}/up`, {
      method: 'POST',
      headers: { 'x-aegis-agent': token },
      agent: false,
    });
    const answered = new Promise<IncomingMessage>((resolve) => req.on('response', resolve));
    req.write('first');
    await eventually(() => seen.join('') === 'first');
    req.end('second');
    expect((await bodyOf(await answered)).toString()).toBe('done');
    expect(seen.join('')).toBe('firstsecond');
  });

  test('Expect: 100-continue: the body is asked for once the request is admitted', async () => {
    const { token, name } = await serve(async (req, res) => res.end(await bodyOf(req)));
    const socket = connect(world.port, '127.0.0.1');
    let text = '';
    socket.on('data', (data) => {
      text += String(data);
    });
    const head = `PUT /${name}/x HTTP/1.1\r\nHost: 127.0.0.1:${world.port}\r\nX-Aegis-Agent: ${token}\r\nExpect: 100-continue\r\nContent-Length: 5\r\nConnection: close\r\n\r\n`;
    socket.write(head);
    await eventually(() => text.startsWith('HTTP/1.1 100 Continue\r\n\r\n'));
    socket.write('hello');
    await eventually(() => text.endsWith('hello'));
    const refused = await raw(world.port, head.replace(token, 'wrong'));
    expect(refused.status).toBe(401);
    expect(refused.text).not.toContain('100 Continue');
  });

  test('trailers of the service come along, without the key', async () => {
    const { base, token } = await serve((_req, res) => {
      res.writeHead(200, { trailer: 'X-Sum, X-Key' });
      res.write('body');
      res.addTrailers({ 'X-Sum': 'abc', 'X-Key': SECRET });
      res.end();
    });
    const res = await open(`${base}/x`, token);
    await bodyOf(res);
    expect(res.trailers).toEqual({ 'x-sum': 'abc', 'x-key': MASK });
  });
});

describe('large bodies', () => {
  const SIZE = 50 * 1024 * 1024;
  const piece = randomBytes(256 * 1024);
  const whole = createHash('sha256');
  for (let i = 0; i < SIZE / piece.length; i += 1) whole.update(piece);
  const expected = whole.digest('hex');

  test('a download waits for a slow reader, and arrives whole', async () => {
    let sent = 0;
    const { base, token } = await serve((_req, res) => {
      res.setHeader('content-length', SIZE);
      const pump = (): void => {
        while (sent < SIZE) {
          sent += piece.length;
          if (!res.write(piece)) {
            res.once('drain', pump);
            return;
          }
        }
        res.end();
      };
      pump();
    });
    const res = await open(`${base}/big`, token);
    // Nobody reads: what the kernel and the Gate hold is bounded, and the service is told to wait.
    let before = -1;
    await eventually(() => {
      const still = sent === before;
      before = sent;
      return still && sent > 0;
    });
    expect(sent).toBeLessThan(SIZE / 2);
    const digest = createHash('sha256');
    for await (const chunk of res) digest.update(chunk as Buffer);
    expect(digest.digest('hex')).toBe(expected);
  });

  test('an upload waits for a slow service, and arrives whole', async () => {
    let resume = (): void => undefined;
    let started = false;
    const { base, token } = await serve((req, res) => {
      started = true;
      req.pause();
      resume = () => {
        const digest = createHash('sha256');
        req.on('data', (chunk: Buffer) => digest.update(chunk));
        req.on('end', () => res.end(digest.digest('hex')));
        req.resume();
      };
    });
    const req = httpRequest(`${base}/big`, {
      method: 'POST',
      headers: { 'x-aegis-agent': token, 'content-length': SIZE },
      agent: false,
    });
    const answered = new Promise<IncomingMessage>((resolve) => req.on('response', resolve));
    let sent = 0;
    const pump = (): void => {
      while (sent < SIZE) {
        sent += piece.length;
        if (!req.write(piece)) {
          req.once('drain', pump);
          return;
        }
      }
      req.end();
    };
    pump();
    await eventually(() => started);
    let before = -1;
    await eventually(() => {
      const still = sent === before;
      before = sent;
      return still;
    });
    expect(sent).toBeLessThan(SIZE / 2);
    resume();
    expect((await bodyOf(await answered)).toString()).toBe(expected);
  });
});

describe('breaking off', () => {
  test('an agent that leaves cancels the service at once', async () => {
    let closed = false;
    const { base, token } = await serve((_req, res) => {
      res.write('data: 1\n\n');
      res.on('close', () => {
        closed = !res.writableFinished;
      });
    });
    const res = await open(`${base}/x`, token);
    await next(res);
    const id = String(res.headers['x-aegis-request-id']);
    res.destroy();
    await eventually(() => closed);
    expect(await world.completed(id)).toMatchObject({ outcome: 'error', code: 'CLIENT_GONE', bytes_out: 9 });
    expect(world.gate.inFlight).toBe(0);
  });

  test('an agent that leaves before the service answers cancels it too', async () => {
    let arrived = false;
    let closed = false;
    const { name, token } = await serve((_req, res) => {
      arrived = true;
      res.on('close', () => {
        closed = true;
      });
    });
    const socket = connect(world.port, '127.0.0.1');
    socket.write(
      `GET /${name}/x HTTP/1.1\r\nHost: 127.0.0.1:${world.port}\r\nX-Aegis-Agent: ${token}\r\n\r\n`,
    );
    await eventually(() => arrived);
    socket.destroy();
    await eventually(() => closed);
    await eventually(() => world.gate.inFlight === 0);
  });

  test('an agent that leaves in the middle of its upload cancels it as well', async () => {
    let broken = false;
    const { name, token } = await serve((req) => {
      req.on('error', () => {
        broken = true;
      });
      req.resume();
    });
    const socket = connect(world.port, '127.0.0.1');
    socket.write(
      `POST /${name}/x HTTP/1.1\r\nHost: 127.0.0.1:${world.port}\r\nX-Aegis-Agent: ${token}\r\nContent-Length: 100\r\n\r\nhalf`,
    );
    await eventually(() => world.gate.inFlight === 1);
    await eventually(() => world.entries({ service: name }).length === 1);
    setTimeout(() => socket.destroy(), 50);
    await eventually(() => broken);
    const entry = await eventually(() => world.entries({ service: name, action: 'gate.completed' }).at(0));
    expect(entry.code).toBe('CLIENT_GONE');
  });

  test.each([
    ['with a length', 'Content-Length: 100\r\n\r\nhalf'],
    ['in chunks', 'Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
  ])('a service that dies in its answer %s never looks like a clean end', async (_name, rest) => {
    const { base, token } = await serveRaw((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\n${rest}`, () => setTimeout(() => socket.destroy(), 20));
    });
    const res = await open(`${base}/x`, token);
    await expect(bodyOf(res)).rejects.toThrow();
    const completed = await world.completed(String(res.headers['x-aegis-request-id']));
    expect(completed).toMatchObject({ outcome: 'error', code: 'UPSTREAM_FAILED', details: { status: 200 } });
  });

  test('not even for HTTP/1.0, where the end of the connection is the end of the body', async () => {
    const { name, token } = await serveRaw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n', () =>
        setTimeout(() => socket.destroy(), 20),
      );
    });
    const answer = await raw(
      world.port,
      `GET /${name}/x HTTP/1.0\r\nHost: 127.0.0.1:${world.port}\r\nX-Aegis-Agent: ${token}\r\n\r\n`,
    );
    expect(answer.reset).toBe(true);
  });

  test('a revoked token, a taken grant, a removed credential and a locked vault hang up live streams', async () => {
    const { base, token, agent, name } = await serve((_req, res) => void res.write('data: 1\n\n'));
    const watch = async (): Promise<{ broken: Promise<unknown> }> => {
      const res = await open(`${base}/x`, token);
      await next(res);
      return { broken: new Promise((resolve) => res.on('error', resolve).resume()) };
    };
    const codes = (): (string | null)[] =>
      world.entries({ service: name, action: 'gate.completed' }).map((entry) => entry.code);

    let { broken } = await watch();
    await world.identity.ungrant(agent as never, name, 'default', ACTOR);
    await broken;
    await world.identity.grant(agent as never, name, 'default', ACTOR);
    ({ broken } = await watch());
    await world.vault.lock(ACTOR);
    await broken;
    const locked = await fetch(`${base}/x`, { headers: { 'x-aegis-agent': token } });
    expect(locked.status).toBe(503);
    expect(await locked.json()).toMatchObject({
      code: 'VAULT_LOCKED',
      hint: expect.stringContaining('nlock'),
    });
    await world.vault.unlock({}, ACTOR);
    ({ broken } = await watch());
    await world.identity.revoke(agent as never, ACTOR);
    await broken;
    await eventually(() => codes().length === 3);
    expect(codes()).toEqual(['AGENT_SCOPE', 'VAULT_LOCKED', 'AGENT_AUTH_INVALID']);

    const other = await serve((_req, res) => void res.write('data: 1\n\n'));
    const res = await open(`${other.base}/x`, other.token);
    await next(res);
    const gone = new Promise((resolve) => res.on('error', resolve).resume());
    await world.vault.remove(other.name, ACTOR);
    await gone;
  });
});

describe('services that misbehave', () => {
  const failure = async (base: string, token: string, init: RequestInit = {}) => {
    const answer = await fetch(`${base}/x`, { ...init, headers: { 'x-aegis-agent': token } });
    const body = (await answer.json()) as { error: string; code: string; request_id: string; hint: string };
    const completed = await world.completed(body.request_id);
    expect(completed).toMatchObject({ outcome: 'error', code: body.code });
    return { status: answer.status, ...body };
  };

  test('nothing listens', async () => {
    const server = await tcpServer(() => undefined);
    await server.dispose();
    const { base, token } = await route(server.url);
    const answer = await failure(base, token);
    expect(answer).toMatchObject({ status: 502, code: 'UPSTREAM_UNREACHABLE' });
    expect(answer.error).toContain(`127.0.0.1:${server.port}`);
    expect(answer.error).toContain('refused');
  });

  test('garbage, and a close without an answer', async () => {
    const garbage = await serveRaw((socket) => void socket.write('220 smtp ready\r\n'));
    expect(await failure(garbage.base, garbage.token)).toMatchObject({
      status: 502,
      code: 'UPSTREAM_FAILED',
    });
    const closing = await serveRaw((socket) => socket.destroy());
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
    const one = await serveRaw(fickle);
    expect((await fetch(`${one.base}/1`, { headers: { 'x-aegis-agent': one.token } })).status).toBe(200);
    expect((await fetch(`${one.base}/2`, { headers: { 'x-aegis-agent': one.token } })).status).toBe(200);
    expect(requests.splice(0)).toEqual(['GET', 'GET', 'GET']);
    const two = await serveRaw(fickle);
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
    const { name, token } = await serve((_req, res) => void res.writeHead(413).end('too big'));
    const socket = connect(world.port, '127.0.0.1');
    let text = '';
    socket.on('data', (data) => {
      text += String(data);
    });
    socket.on('error', () => undefined);
    socket.write(
      `POST /${name}/x HTTP/1.1\r\nHost: 127.0.0.1:${world.port}\r\nX-Aegis-Agent: ${token}\r\nContent-Length: 1000000\r\n\r\nhalf`,
    );
    await eventually(() => text.endsWith('too big\r\n0\r\n\r\n'));
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
    await eventually(() => socket.destroyed || socket.readableEnded);
  });

  test('redirects are returned, never followed', async () => {
    const { base, token, service } = await serve((req, res) => {
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
    const { base, token } = await serve(async (req, res) => {
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
    const { base, token } = await serve((_req, res) => res.end(SECRET));
    const answer = await fetch(`${base}/x`, { headers: { 'x-aegis-agent': token } });
    expect(answer.headers.get('content-length')).toBe(String(SECRET.length));
    expect(await world.completed(answer.headers.get('x-aegis-request-id') ?? '')).toMatchObject({
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
    const { base, token } = await serve((req, res) => {
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
    const odd = await serve(
      (_req, res) => void res.writeHead(200, { 'content-encoding': 'gzip, br' }).end('x'),
    );
    const answer = await fetch(`${odd.base}/x`, { headers: { 'x-aegis-agent': odd.token } });
    expect(answer.status).toBe(502);
    expect(await answer.json()).toMatchObject({ code: 'UPSTREAM_FAILED' });
    const broken = await serve((_req, res) => {
      const body = gzipSync(randomBytes(100_000));
      res.writeHead(200, { 'content-encoding': 'gzip' });
      res.end(body.subarray(0, 50_000));
    });
    const res = await open(`${broken.base}/x`, broken.token);
    await expect(bodyOf(res)).rejects.toThrow();
  });

  test('HEAD keeps the head of an encoded answer', async () => {
    const { base, token } = await serve(
      (_req, res) => void res.writeHead(200, { 'content-encoding': 'gzip', 'content-length': 10 }).end(),
    );
    const answer = await fetch(`${base}/x`, { method: 'HEAD', headers: { 'x-aegis-agent': token } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-length')).toBe('10');
  });
});

test('closing lets requests under way end and refuses new ones', async () => {
  const other = await World.open();
  const service = await Service.start((_req, res) => {
    res.write('first ');
    setTimeout(() => res.end('last'), 200);
  });
  try {
    await other.credential('slow', service.url, SECRET);
    const agent = await other.agent('a', 'slow');
    const res = await open(`${other.url}/slow/x`, agent.token);
    const body = bodyOf(res);
    const closing = other.gate.dispose();
    expect(other.gate.status().state).toBe('down');
    expect((await body).toString()).toBe('first last');
    await closing;
    await expect(fetch(`${other.url}/_aegis/health`)).rejects.toThrow();
    expect(await other.completed(String(res.headers['x-aegis-request-id']))).toMatchObject({
      outcome: 'info',
    });
  } finally {
    await other.dispose();
    await service.dispose();
  }
});

describe('patience ends', () => {
  let impatient: World;
  const silent: { dispose: () => Promise<void>; url: string }[] = [];
  const to = async (onRequest: (socket: Socket) => void): Promise<{ name: string; token: string }> => {
    const server = await tcpServer((socket) => socket.on('data', () => onRequest(socket)));
    silent.push(server);
    const name = `silent${silent.length}`;
    await impatient.credential(name, server.url, SECRET);
    return { name, token: (await impatient.agent(`agent-${name}`, name)).token };
  };

  beforeAll(async () => {
    impatient = await World.open({ limits: { uploadIdleMs: 1_000, answerMs: 700, answerIdleMs: 700 } });
  });
  afterAll(async () => {
    await impatient?.dispose();
    for (const server of silent) await server.dispose();
  });

  test('with a service that never answers', async () => {
    const { name, token } = await to(() => undefined);
    const answer = await fetch(`${impatient.url}/${name}/x`, { headers: { 'x-aegis-agent': token } });
    expect(answer.status).toBe(504);
    expect(await answer.json()).toMatchObject({ code: 'UPSTREAM_TIMEOUT' });
  });

  test('with a service that stops in the middle of its answer', async () => {
    const { name, token } = await to(
      (socket) => void socket.write('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf'),
    );
    const res = await open(`${impatient.url}/${name}/x`, token);
    await expect(bodyOf(res)).rejects.toThrow();
    const id = String(res.headers['x-aegis-request-id']);
    expect(await impatient.completed(id)).toMatchObject({ outcome: 'error', code: 'UPSTREAM_TIMEOUT' });
  });

  test('with an agent that stops in the middle of its upload', async () => {
    const { name, token } = await to(() => undefined);
    const answer = await raw(
      impatient.port,
      `POST /${name}/x HTTP/1.1\r\nHost: 127.0.0.1:${impatient.port}\r\nX-Aegis-Agent: ${token}\r\nContent-Length: 100\r\n\r\nhalf`,
    );
    expect(answer.status).toBe(408);
    expect(refusalOf(answer).code).toBe('REQUEST_TIMEOUT');
  });
});
