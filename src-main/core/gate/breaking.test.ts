/** Requests that break off, on either side, and in the middle. */
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { next, open, Routes, SECRET } from './testing/routes.ts';
import { bodyOf, raw, refusalOf, Service, tcpServer } from './testing/sockets.ts';
import { ACTOR, eventually, World } from './testing/world.ts';

let routes: Routes;

beforeAll(async () => {
  routes = await Routes.open();
});

afterAll(() => routes?.dispose());

describe('breaking off', () => {
  test('an agent that leaves cancels the service at once', async () => {
    let closed = false;
    const { base, token } = await routes.serve((_req, res) => {
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
    expect(await routes.world.completed(id)).toMatchObject({
      outcome: 'error',
      code: 'CLIENT_GONE',
      bytes_out: 9,
    });
    expect(routes.world.gate.inFlight).toBe(0);
  });

  test('an agent that leaves before the service answers cancels it too', async () => {
    let arrived = false;
    let closed = false;
    const { name, token } = await routes.serve((_req, res) => {
      arrived = true;
      res.on('close', () => {
        closed = true;
      });
    });
    const socket = connect(routes.world.port, '127.0.0.1');
    socket.write(
      `GET /${name}/x HTTP/1.1\r\nHost: 127.0.0.1:${routes.world.port}\r\nX-Aegis-Agent: ${token}\r\n\r\n`,
    );
    await eventually(() => arrived);
    socket.destroy();
    await eventually(() => closed);
    await eventually(() => routes.world.gate.inFlight === 0);
  });

  test('an agent that leaves in the middle of its upload cancels it as well', async () => {
    let broken = false;
    const { name, token } = await routes.serve((req) => {
      req.on('error', () => {
        broken = true;
      });
      req.resume();
    });
    const socket = connect(routes.world.port, '127.0.0.1');
    socket.write(
      `POST /${name}/x HTTP/1.1\r\nHost: 127.0.0.1:${routes.world.port}\r\nX-Aegis-Agent: ${token}\r\nContent-Length: 100\r\n\r\nhalf`,
    );
    await eventually(() => routes.world.gate.inFlight === 1);
    await eventually(() => routes.world.entries({ service: name }).length === 1);
    setTimeout(() => socket.destroy(), 50);
    await eventually(() => broken);
    const entry = await eventually(() =>
      routes.world.entries({ service: name, action: 'gate.completed' }).at(0),
    );
    expect(entry.code).toBe('CLIENT_GONE');
  });

  test.each([
    ['with a length', 'Content-Length: 100\r\n\r\nhalf'],
    ['in chunks', 'Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n'],
  ])('a service that dies in its answer %s never looks like a clean end', async (_name, rest) => {
    const { base, token } = await routes.serveRaw((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\n${rest}`, () => setTimeout(() => socket.destroy(), 20));
    });
    const res = await open(`${base}/x`, token);
    await expect(bodyOf(res)).rejects.toThrow();
    const completed = await routes.world.completed(String(res.headers['x-aegis-request-id']));
    expect(completed).toMatchObject({ outcome: 'error', code: 'UPSTREAM_FAILED', details: { status: 200 } });
  });

  test('not even for HTTP/1.0, where the end of the connection is the end of the body', async () => {
    const { name, token } = await routes.serveRaw((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n', () =>
        setTimeout(() => socket.destroy(), 20),
      );
    });
    const answer = await raw(
      routes.world.port,
      `GET /${name}/x HTTP/1.0\r\nHost: 127.0.0.1:${routes.world.port}\r\nX-Aegis-Agent: ${token}\r\n\r\n`,
    );
    expect(answer.reset).toBe(true);
  });

  test('a revoked token, a taken grant, a removed credential and a locked vault hang up live streams', async () => {
    const { base, token, agent, name } = await routes.serve((_req, res) => void res.write('data: 1\n\n'));
    const watch = async (): Promise<{ broken: Promise<unknown> }> => {
      const res = await open(`${base}/x`, token);
      await next(res);
      return { broken: new Promise((resolve) => res.on('error', resolve).resume()) };
    };
    const codes = (): (string | null)[] =>
      routes.world.entries({ service: name, action: 'gate.completed' }).map((entry) => entry.code);

    let { broken } = await watch();
    await routes.world.identity.ungrant(agent, name, 'default', ACTOR);
    await broken;
    await routes.world.identity.grant(agent, name, 'default', ACTOR);
    ({ broken } = await watch());
    await routes.world.vault.lock(ACTOR);
    await broken;
    const locked = await fetch(`${base}/x`, { headers: { 'x-aegis-agent': token } });
    expect(locked.status).toBe(503);
    expect(await locked.json()).toMatchObject({
      code: 'VAULT_LOCKED',
      hint: expect.stringContaining('nlock'),
    });
    await routes.world.vault.unlock({}, ACTOR);
    ({ broken } = await watch());
    await routes.world.identity.revoke(agent, ACTOR);
    await broken;
    await eventually(() => codes().length === 3);
    expect(codes()).toEqual(['AGENT_SCOPE', 'VAULT_LOCKED', 'AGENT_AUTH_INVALID']);

    const other = await routes.serve((_req, res) => void res.write('data: 1\n\n'));
    const res = await open(`${other.base}/x`, other.token);
    await next(res);
    const gone = new Promise((resolve) => res.on('error', resolve).resume());
    await routes.world.vault.remove(other.name, ACTOR);
    await gone;
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
