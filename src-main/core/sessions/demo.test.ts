import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { ApprovalId, SessionId } from '#contract';
import { inState, nextQuestion, OWNER, onScreen, story, until, World } from './testing/world.ts';

let world: World;
beforeEach(() => {
  world = new World();
});
afterEach(() => world.dispose());

const note = () => join(world.project, 'aegis-demo.txt');

test('the demo agent tells the whole story: Gate, allow, edit, ledger, end', async () => {
  const plane = await world.start();
  const { sessions, approvals } = plane;
  const { id } = await sessions.create({ agent: 'demo', work_dir: world.project, name: 'demo' }, OWNER);
  const first = await nextQuestion(plane, id);
  expect(first).toMatchObject({
    tool: 'Bash',
    summary: 'Run a command',
    risk: { level: 'low' },
    state: 'pending',
  });
  expect(sessions.get(id)).toMatchObject({
    state: 'waiting_permission',
    state_reason: 'asks: Run a command',
    pending_approvals: 1,
    credentials: ['demo'],
  });
  await onScreen(plane, id, 'I never did');
  expect(existsSync(note())).toBe(false);
  await approvals.decide({ id: first.id, decision: 'allow', version: first.version }, OWNER);

  const second = await nextQuestion(plane, id, [first.id]);
  expect(second).toMatchObject({ tool: 'Edit', summary: 'Change aegis-demo.txt' });
  await approvals.decide({ id: second.id, decision: 'deny', message: 'one line is enough' }, OWNER);
  await onScreen(plane, id, 'one line is enough');
  expect(readFileSync(note(), 'utf8')).toBe('Hello from the Aegis demo agent\n');

  await inState(plane, id, 'waiting_input');
  const { agent_id } = sessions.get(id);
  await sessions.send(id, 'q', OWNER);
  expect(await inState(plane, id, 'done')).toMatchObject({ exit_code: 0, state_reason: 'exit code 0' });
  expect(plane.identity.get(agent_id).revoked_at).not.toBeNull();

  const actions = story(plane, id).map((entry) => `${entry.action} ${entry.outcome}`);
  for (const action of [
    'session.started allowed',
    'session.prompt info',
    'gate.request allowed',
    'tool.called info',
    'approval.requested asked',
    'approval.decided allowed',
    'tool.finished info',
    'approval.decided denied',
    'session.ended info',
  ]) {
    expect(actions).toContain(action);
  }
  expect(actions.indexOf('approval.decided allowed')).toBeLessThan(actions.indexOf('tool.finished info'));
});

test('answered in the terminal first: the question is superseded and a late answer refused', async () => {
  const plane = await world.start();
  const { id } = await plane.sessions.create({ agent: 'demo', work_dir: world.project }, OWNER);
  const first = await nextQuestion(plane, id);
  await onScreen(plane, id, 'y  allow');
  await plane.sessions.keys(id, 'y', OWNER);
  const settled = await until('superseded', () => {
    const approval = plane.approvals.get(first.id);
    return approval.state === 'pending' ? undefined : approval;
  });
  expect(settled).toMatchObject({
    state: 'superseded',
    outcome: 'Allowed in the terminal.',
    decided_via: 'terminal',
  });
  await expect(plane.approvals.decide({ id: first.id, decision: 'deny' }, OWNER)).rejects.toMatchObject({
    code: 'APPROVAL_SETTLED',
  });
  expect(existsSync(note())).toBe(true);
  const second = await nextQuestion(plane, id, [first.id]);
  await plane.sessions.keys(id, 'n', OWNER);
  await until('denied there', () =>
    plane.approvals.get(second.id).state === 'superseded' ? true : undefined,
  );
  expect(plane.approvals.get(second.id).outcome).toContain('Denied in the terminal');
  await inState(plane, id, 'waiting_input');
});

test('a question survives a restart of the app and is answered after it', async () => {
  let plane = await world.start();
  const { id } = await plane.sessions.create({ agent: 'demo', work_dir: world.project }, OWNER);
  const before = await nextQuestion(plane, id);
  plane = await world.restart();
  expect(plane.sessions.get(id)).toMatchObject({ state: 'waiting_permission', pending_approvals: 1 });
  const [after] = plane.approvals.pendingFor(id);
  expect(after).toEqual(before);
  await plane.approvals.decide({ id: before.id, decision: 'allow' }, OWNER);
  await onScreen(plane, id, 'Allowed in Aegis');
  await nextQuestion(plane, id, [before.id]);
});

test('the app is killed with SIGKILL while a question is open: it is there again and its answer counts', async () => {
  const run = fileURLToPath(new URL('./testing/run-plane.ts', import.meta.url));
  const app = spawn(process.execPath, [run, world.dir], { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const line = await new Promise<string>((resolve, reject) => {
      app.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString('utf8')));
      app.once('exit', () => reject(new Error('the app ended early')));
    });
    const asked = JSON.parse(line) as { session: SessionId; question: ApprovalId };
    const gone = new Promise((resolve) => app.once('close', resolve));
    app.kill('SIGKILL');
    await gone;
    const plane = await world.start();
    expect(plane.sessions.get(asked.session)).toMatchObject({ state: 'waiting_permission' });
    await plane.approvals.decide({ id: asked.question, decision: 'allow' }, OWNER);
    await onScreen(plane, asked.session, 'Allowed in Aegis');
    expect(existsSync(note())).toBe(true);
  } finally {
    app.kill('SIGKILL');
  }
}, 40_000);

test('killed while a question is open: it expires, nothing ran, the token is dead', async () => {
  const plane = await world.start();
  const { id } = await plane.sessions.create({ agent: 'demo', work_dir: world.project }, OWNER);
  const question = await nextQuestion(plane, id);
  const killed = await plane.sessions.kill(id, { name: 'api-key', via: 'api' });
  expect(killed).toMatchObject({ state: 'killed', state_reason: 'ended by api-key' });
  expect(plane.approvals.get(question.id)).toMatchObject({ state: 'expired' });
  expect(plane.identity.get(killed.agent_id).revoked_at).not.toBeNull();
  expect(existsSync(note())).toBe(false);
});

test('ended and asked while the app was away: the end is recorded, the question closed', async () => {
  let plane = await world.start();
  const { id, pid } = await plane.sessions.create({ agent: 'demo', work_dir: world.project }, OWNER);
  const question = await nextQuestion(plane, id);
  await plane.stop();
  process.kill(pid ?? 0, 'SIGKILL');
  await new Promise((resolve) => setTimeout(resolve, 300));
  plane = await world.start();
  expect(plane.sessions.get(id)).toMatchObject({ state: 'failed', state_reason: 'ended by SIGKILL' });
  expect(plane.approvals.get(question.id).state).toBe('expired');
  expect(story(plane, id).filter((entry) => entry.action === 'session.ended')).toHaveLength(1);
});
