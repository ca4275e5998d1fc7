import { expect, onTestFinished, test } from 'vitest';
import { ACTOR, eventually, World } from './testing/world.ts';
import { type Origin, systemResolve, Upstreams } from './upstreams.ts';

const origin = (n: number): Origin => ({
  protocol: 'https:',
  host: `h${n}.example.com`,
  port: 443,
  allowPrivate: false,
});

function upstreams(): Upstreams {
  const made = new Upstreams({
    resolve: systemResolve,
    connectTimeoutMs: 1000,
    headersTimeoutMs: 1000,
    bodyTimeoutMs: 1000,
    connections: 1,
  });
  onTestFinished(() => made.dispose());
  return made;
}

test('of very many hosts the least used one makes room, never one that is waited for', () => {
  const all = upstreams();
  const origins = Array.from({ length: 256 }, (_, n) => origin(n));
  const [first, second, third] = origins.map((one) => all.get(one));
  if (second) second.inFlight = 1;
  // Used again: the third is the one that was not needed longest.
  all.get(origin(0));
  all.get(origin(256));
  expect(all.size).toBe(256);
  expect(all.get(origin(0))).toBe(first);
  expect(all.get(origin(1))).toBe(second);
  expect(all.get(origin(2))).not.toBe(third);
});

test('a request that waits for its address keeps its host, however many others are asked for', async () => {
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const world = await World.open({
    resolve: async (host) => {
      if (host !== 'slow.example.com') throw Object.assign(new Error('none'), { code: 'ENOTFOUND' });
      await released;
      return [{ address: '127.0.0.1', family: 4 }];
    },
  });
  onTestFinished(() => world.dispose());
  // Nothing listens at port 1.
  await world.vault.add(
    {
      name: 'wide',
      service: 'wide',
      secret: 'a-secret-for-many',
      domains: ['*.example.com:1'],
      auth_type: 'bearer',
      allow_private: true,
    },
    ACTOR,
  );
  const { token } = await world.agent('robot', 'wide');
  const ask = async (host: string): Promise<{ code?: string }> => {
    const answer = await fetch(`${world.url}/wide/x`, {
      headers: { 'x-aegis-agent': token, 'x-target-host': `${host}:1` },
    });
    return (await answer.json()) as { code?: string };
  };
  const slow = ask('slow.example.com');
  await eventually(() => world.gate.inFlight === 1);
  for (let n = 0; n < 300; n += 1) expect((await ask(`h${n}.example.com`)).code).toBe('UPSTREAM_UNREACHABLE');
  release();
  expect((await slow).code).toBe('UPSTREAM_UNREACHABLE');
});
