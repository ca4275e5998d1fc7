import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, expect, test } from 'vitest';
import type { JsonValue, SessionInput } from '#contract';
import { AegisError } from '../base/errors.ts';
import { inState, nextQuestion, OWNER, type Plane, until, World } from './testing/world.ts';

let world: World;
const start = (): Promise<Plane> => {
  world = new World();
  return world.start();
};
afterEach(() => world.dispose());

const shell = (over: Partial<SessionInput> = {}): SessionInput => ({
  agent: 'shell',
  work_dir: world.project,
  ...over,
});
const ask: JsonValue = { tool_name: 'Read', tool_input: { file_path: '/etc/hostname' } };

test('a database that fails for a while costs no session and not the process', async () => {
  const plane = await start();
  const { id } = await plane.sessions.create(shell(), OWNER);
  await inState(plane, id, 'waiting_input');
  const outside = new Database(join(world.dir, 'aegis.db'));
  outside.exec('ALTER TABLE sessions RENAME TO elsewhere');
  await plane.ptyHost.input(id, 'sleep 30\r');
  await inState(plane, id, 'working');
  // The state is stored a moment after it changed: let that moment pass.
  await new Promise((resolve) => setTimeout(resolve, 300));
  outside.exec('ALTER TABLE elsewhere RENAME TO sessions');
  outside.close();
  await plane.sessions.interrupt(id, OWNER);
  await inState(plane, id, 'waiting_input');
  await plane.sessions.kill(id, OWNER);
  expect(plane.sessions.get(id).state).toBe('killed');
  expect(plane.sessions.list({}).items[0]?.state).toBe('killed');
});

test('a session whose start went wrong half-way does not run on unseen', async () => {
  const plane = await start();
  const create = plane.ptyHost.create.bind(plane.ptyHost);
  plane.ptyHost.create = async (spec) => {
    await create(spec);
    throw new AegisError('PTY_HOST_UNAVAILABLE', 'The answer was lost.');
  };
  await expect(plane.sessions.create(shell(), OWNER)).rejects.toMatchObject({ code: 'PTY_HOST_UNAVAILABLE' });
  expect(plane.sessions.list({}).items).toEqual([]);
  await until('its end', async () =>
    (await plane.ptyHost.list()).every(({ exit }) => exit !== null) ? true : undefined,
  );
});

test('the token of a session that is over is dead after a restart, whatever happened before', async () => {
  const plane = await start();
  const { agent } = await plane.identity.issueSessionAgent(
    { session_id: 'ses_01900000000070008000000000000000' as never, name: 'lost', credential_ids: [] },
    OWNER,
  );
  const { id, agent_id } = await plane.sessions.create(shell(), OWNER);
  const bot = await plane.identity.create('bot', OWNER);
  const again = await world.restart();
  expect(again.identity.get(agent.id).revoked_at).not.toBeNull();
  expect(again.identity.get(agent_id).revoked_at).toBeNull();
  expect(again.identity.get(bot.id).revoked_at).toBeNull();
  expect(again.sessions.get(id).ended_at).toBeNull();
});

test('an event that cannot be read leaves the question to the terminal, and the next ones are read', async () => {
  const plane = await start();
  const { id } = await plane.sessions.create({ agent: 'demo', work_dir: world.project }, OWNER);
  const own = await nextQuestion(plane, id);
  let deep: JsonValue = 'x';
  for (let i = 0; i < 20_000; i += 1) deep = [deep];
  const answer = plane.sessions.deliverHook(id, 'demo', 'PermissionRequest', {
    ...Object(ask),
    tool_input: deep,
  });
  expect(await answer.catch((error: unknown) => (error instanceof Error ? {} : null))).toEqual({});
  const stop = new AbortController();
  const next = plane.sessions.deliverHook(id, 'demo', 'PermissionRequest', ask, stop.signal);
  await nextQuestion(plane, id, [own.id]);
  stop.abort();
  expect(await next).toEqual({});
});

test('an agent can keep only so many questions open through the control API', async () => {
  const plane = await start();
  const { id } = await plane.sessions.create({ agent: 'demo', work_dir: world.project }, OWNER);
  const stop = new AbortController();
  const deliver = () => plane.sessions.deliverHook(id, 'demo', 'PermissionRequest', ask, stop.signal);
  const open = Array.from({ length: 64 }, deliver);
  await expect(deliver()).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  stop.abort();
  expect(await Promise.all(open)).toEqual(open.map(() => ({})));
  await until('no question of theirs', () => (plane.approvals.pendingFor(id).length <= 1 ? true : undefined));
  // Who has gone already is not waited for.
  expect(await deliver()).toEqual({});
  const questions = plane.approvals.pendingFor(id).length;
  expect(questions).toBeLessThanOrEqual(1);
});
