import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DEMO_SERVICE, DemoService } from './demo-service.ts';
import { ACTOR, World } from './testing/world.ts';

const KEY = `demo-${randomBytes(24).toString('base64url')}`;
let world: World;
let demo: DemoService;
let token: string;

beforeAll(async () => {
  world = await World.open();
  demo = await DemoService.start(KEY);
  await world.vault.add(demo.credential(KEY), ACTOR);
  ({ token } = await world.agent('demo-agent', DEMO_SERVICE));
});

afterAll(async () => {
  await world?.dispose();
  await demo?.dispose();
});

test('streams its answer through the Gate, word by word', async () => {
  const answer = await fetch(`${world.url}/demo/v1/answer`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({ prompt: 'hello' }),
  });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toContain('text/event-stream');
  const events = (await answer.text())
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => JSON.parse(event.replace(/^data: /, '')) as { text?: string; done?: boolean });
  expect(events.length).toBeGreaterThan(5);
  expect(events.at(-1)).toEqual({ done: true });
});

test('shows the key it was given, and the agent sees asterisks', async () => {
  const answer = await fetch(`${world.url}/demo/v1/whoami`, { headers: { 'x-aegis-agent': token } });
  expect(await answer.json()).toEqual({ you_showed_me: `Bearer ${'*'.repeat(KEY.length)}` });
});

test('refuses whoever comes without its key', async () => {
  for (const headers of [{}, { authorization: `Bearer ${token}` }, { authorization: 'Bearer x' }]) {
    expect((await fetch(`${demo.url}/v1/whoami`, { headers })).status).toBe(401);
  }
  const page = await fetch(`${demo.url}/v1/whoami`, {
    headers: { authorization: `Bearer ${KEY}`, origin: 'https://x' },
  });
  expect(page.status).toBe(403);
  expect((await fetch(`${demo.url}/else`, { headers: { authorization: `Bearer ${KEY}` } })).status).toBe(404);
});
