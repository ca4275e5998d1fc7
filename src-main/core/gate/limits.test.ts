import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { eventually, World } from './testing/world.ts';

test('an agent has so many requests under way and no more; others are not held back', async () => {
  const waiting: ServerResponse[] = [];
  const server = createServer((_req, res) => void waiting.push(res));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => server.closeAllConnections());
  const world = await World.open({ limits: { inFlightPerAgent: 2 } });
  onTestFinished(() => world.dispose());
  const { port } = server.address() as AddressInfo;
  await world.credential('slow', `http://127.0.0.1:${port}`, 'a-secret-of-slow');
  const [busy, other] = [await world.agent('busy', 'slow'), await world.agent('other', 'slow')];
  const ask = ({ token }: { token: string }) =>
    fetch(`${world.url}/slow/x`, { headers: { 'x-aegis-agent': token } });

  const open = [ask(busy), ask(busy)];
  await eventually(() => waiting.length === 2);
  const refused = await ask(busy);
  expect(refused.status).toBe(429);
  expect(await refused.json()).toMatchObject({ code: 'RATE_LIMITED', limit: 2 });
  expect(refused.headers.get('retry-after')).toBe('1');
  expect(refused.headers.get('ratelimit-policy')).toBe('"under-way";q=2;qu="concurrent-requests"');
  expect(refused.headers.get('ratelimit')).toBe('"under-way";r=0;t=1');

  open.push(ask(other));
  await eventually(() => waiting.length === 3);
  for (const res of waiting) res.end('done');
  expect((await Promise.all(open)).map((answer) => answer.status)).toEqual([200, 200, 200]);
  const again = ask(busy);
  await eventually(() => waiting.length === 4);
  waiting[3]?.end('done');
  expect((await again).status).toBe(200);
});
