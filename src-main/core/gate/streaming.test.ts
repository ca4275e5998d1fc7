/** Bodies both ways: order and back-pressure. */
import { createHash, randomBytes } from 'node:crypto';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MASK, next, open, Routes, SECRET } from './testing/routes.ts';
import { bodyOf, raw } from './testing/sockets.ts';
import { eventually } from './testing/world.ts';

let routes: Routes;

beforeAll(async () => {
  routes = await Routes.open();
});

afterAll(() => routes?.dispose());

describe('order', () => {
  test('server-sent events arrive one by one, and the head before them', async () => {
    let send: (text: string) => void = () => undefined;
    let finish = (): void => undefined;
    const { base, token } = await routes.serve((_req, res) => {
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
    const { base, token } = await routes.serve((req, res) => {
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
    const { token, name } = await routes.serve(async (req, res) => res.end(await bodyOf(req)));
    const socket = connect(routes.world.port, '127.0.0.1');
    let text = '';
    socket.on('data', (data) => {
      text += String(data);
    });
    const head = `PUT /${name}/x HTTP/1.1\r\nHost: 127.0.0.1:${routes.world.port}\r\nX-Aegis-Agent: ${token}\r\nExpect: 100-continue\r\nContent-Length: 5\r\nConnection: close\r\n\r\n`;
    socket.write(head);
    await eventually(() => text.startsWith('HTTP/1.1 100 Continue\r\n\r\n'));
    socket.write('hello');
    await eventually(() => text.endsWith('hello'));
    const refused = await raw(routes.world.port, head.replace(token, 'wrong'));
    expect(refused.status).toBe(401);
    expect(refused.text).not.toContain('100 Continue');
  });

  test('trailers of the service come along, without the key', async () => {
    const { base, token } = await routes.serve((_req, res) => {
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
    const { base, token } = await routes.serve((_req, res) => {
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
    const { base, token } = await routes.serve((req, res) => {
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
