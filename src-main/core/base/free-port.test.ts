import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { listenOnFreePort } from './free-port.ts';

const open: Server[] = [];
afterEach(() => Promise.all(open.splice(0).map((server) => new Promise((done) => server.close(done)))));

const listen = (port: number): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      open.push(server);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });

test('a default port that is taken gives way to the next, and the holder is named', async () => {
  const busy = await listen(0);
  const moved: unknown[] = [];
  const got = await listenOnFreePort({
    what: 'The Gate',
    host: '127.0.0.1',
    port: busy,
    isDefault: true,
    listen,
    onMoved: (...told) => moved.push(told),
  });
  expect(got).toBeGreaterThan(busy);
  expect(moved).toHaveLength(1);
  if (process.platform === 'linux') expect(String(moved)).toContain(`(pid ${process.pid})`);
});

test('a chosen port that is taken is refused with the next step', async () => {
  const busy = await listen(0);
  await expect(
    listenOnFreePort({
      what: 'The Gate',
      host: '127.0.0.1',
      port: busy,
      isDefault: false,
      listen,
      onMoved: () => {},
    }),
  ).rejects.toMatchObject({ code: 'PORT_IN_USE', hint: expect.stringContaining('--gate-port') });
});

test('the port of the last run is tried first', async () => {
  const last = await listen(0);
  await new Promise((done) => open.splice(0)[0]?.close(done));
  const got = await listenOnFreePort({
    what: 'The Gate',
    host: '127.0.0.1',
    port: 3100,
    isDefault: true,
    last,
    listen,
    onMoved: () => {},
  });
  expect(got).toBe(last);
});
