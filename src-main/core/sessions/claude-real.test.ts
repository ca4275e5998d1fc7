import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Session } from '#contract';
import { ModelServer, type ToolUse } from './testing/model-server.ts';
import { inState, nextQuestion, OWNER, onScreen, type Plane, story, until, World } from './testing/world.ts';

/**
 * With the real Claude Code against a stand-in model. Opt in with the path of its binary:
 *   AEGIS_TEST_CLAUDE=/cache/node_modules/.bin/claude vitest run claude-real
 */
const binary = process.env.AEGIS_TEST_CLAUDE;
const KEY = 'sk-ant-the-real-key-0123456789abcdef';
const bash = (command: string): ToolUse => ({ name: 'Bash', input: { command, description: 'make a file' } });

let world: World;
let model: ModelServer;

async function start(script: ToolUse[][], prompt: string | null = 'please do it'): Promise<[Plane, Session]> {
  model = await ModelServer.start(script);
  world = new World({
    env: {
      PATH: `${dirname(binary ?? '')}:${process.env.PATH}`,
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: '1',
      DISABLE_AUTOUPDATER: '1',
      ANTHROPIC_API_KEY: 'sk-ant-ambient',
    },
  });
  const settled = {
    hasCompletedOnboarding: true,
    theme: 'dark',
    projects: { [world.project]: { hasTrustDialogAccepted: true } },
  };
  writeFileSync(join(world.home, '.claude.json'), JSON.stringify(settled));
  const plane = await world.start();
  await plane.vault.add(
    {
      name: 'anthropic',
      service: 'anthropic',
      secret: KEY,
      domains: [`127.0.0.1:${model.port}`],
      auth_type: 'header',
      header_name: 'x-api-key',
      upstream: `http://127.0.0.1:${model.port}`,
      allow_private: true,
    },
    OWNER,
  );
  const session = await plane.sessions.create(
    { agent: 'claude-code', work_dir: world.project, ...(prompt === null ? {} : { prompt }) },
    OWNER,
  );
  return [plane, session];
}

afterEach(async () => {
  await world?.dispose();
  model?.dispose();
});

const made = (name: string) => existsSync(join(world.project, name));

describe.skipIf(binary === undefined)('the real Claude Code', { timeout: 60_000 }, () => {
  test('is found with its version', async () => {
    const [plane] = await start([]);
    const program = (await plane.sessions.programs()).find((one) => one.agent === 'claude-code');
    expect(program).toMatchObject({ installed: true, version: expect.stringMatching(/^2\./) });
  });

  test('allow once: the tool runs; the model saw the key and the agent did not', async () => {
    const [plane, { id }] = await start([[bash('touch one.txt && env > env.txt')]], '--looks-like-a-flag');
    const question = await nextQuestion(plane, id);
    expect(question).toMatchObject({ tool: 'Bash', state: 'pending', summary: 'Run a command' });
    expect(made('one.txt')).toBe(false);
    await plane.approvals.decide({ id: question.id, decision: 'allow' }, OWNER);
    await inState(plane, id, 'waiting_input');
    expect(made('one.txt')).toBe(true);
    expect(model.seen.filter((request) => request.method === 'POST').map((one) => one.api_key)).toContain(
      KEY,
    );
    const env = readFileSync(join(world.project, 'env.txt'), 'utf8');
    expect(env).toContain('ANTHROPIC_BASE_URL=http://127.0.0.1:');
    expect(env).not.toContain(KEY);
    expect(env).not.toContain('sk-ant-ambient');
    expect(await onScreen(plane, id, 'All done.')).not.toContain(KEY);
    expect(story(plane, id).map((entry) => entry.action)).toEqual(
      expect.arrayContaining([
        'session.prompt',
        'tool.called',
        'approval.decided',
        'tool.finished',
        'gate.request',
      ]),
    );
  });

  test('deny: the model reads the reason and nothing runs', async () => {
    const [plane, { id }] = await start([[bash('touch denied.txt')]]);
    const question = await nextQuestion(plane, id);
    await plane.approvals.decide({ id: question.id, decision: 'deny', message: 'use another folder' }, OWNER);
    await inState(plane, id, 'waiting_input');
    expect(made('denied.txt')).toBe(false);
    expect(model.results()).toMatchObject([{ text: 'use another folder', error: true }]);
  });

  test('allow for the session: the same call is not asked again, another one is', async () => {
    const [plane, { id }] = await start([
      [bash('touch s.txt')],
      [bash('touch s.txt')],
      [bash('touch t.txt')],
    ]);
    const first = await nextQuestion(plane, id);
    expect(first.suggestions.map((suggestion) => suggestion.rule)).toEqual(['Bash(touch s.txt)']);
    await plane.approvals.decide({ id: first.id, decision: 'allow', scope: 'session' }, OWNER);
    const second = await nextQuestion(plane, id, [first.id]);
    expect(second.input).toMatchObject({ command: 'touch t.txt' });
    expect(model.results()).toHaveLength(2);
  });

  test('allowed in the terminal: superseded while the tool still runs', async () => {
    const [plane, { id }] = await start([[bash('sleep 8; touch late.txt')]]);
    const question = await nextQuestion(plane, id);
    await onScreen(plane, id, 'Do you want to proceed?');
    await plane.sessions.keys(id, '1', OWNER);
    const settled = await until('superseded', () => {
      const now = plane.approvals.get(question.id);
      return now.state === 'pending' ? undefined : now;
    });
    expect(settled).toMatchObject({ state: 'superseded', outcome: 'Answered in the terminal.' });
    expect(made('late.txt')).toBe(false);
    expect(plane.sessions.get(id).state).toBe('working');
    await inState(plane, id, 'waiting_input');
    expect(made('late.txt')).toBe(true);
  });

  test('refused in the terminal: superseded at once', async () => {
    const [plane, { id }] = await start([[bash('touch no.txt')]]);
    const question = await nextQuestion(plane, id);
    await onScreen(plane, id, 'Do you want to proceed?');
    await plane.sessions.escape(id, OWNER);
    await inState(plane, id, 'waiting_input');
    expect(plane.approvals.get(question.id)).toMatchObject({ state: 'superseded' });
    expect(made('no.txt')).toBe(false);
  });

  test('two questions at once, answered in the other order', async () => {
    const read = (file_path: string): ToolUse => ({ name: 'Read', input: { file_path } });
    const [plane, { id }] = await start([[read('/etc/hostname'), read('/etc/hosts')]]);
    const first = await nextQuestion(plane, id);
    const second = await nextQuestion(plane, id, [first.id]);
    expect(plane.sessions.get(id).pending_approvals).toBe(2);
    await plane.approvals.decide({ id: second.id, decision: 'allow' }, OWNER);
    await plane.approvals.decide({ id: first.id, decision: 'deny', message: 'not that one' }, OWNER);
    await inState(plane, id, 'waiting_input');
    const results = model.results();
    expect(results).toHaveLength(2);
    expect(results.find((result) => result.error)?.text).toBe('not that one');
  });

  test('the app is away while a question is open; it is answered after the restart', async () => {
    const [, { id }] = await start([[bash('touch away.txt')]]);
    const question = await nextQuestion(world.plane, id);
    const plane = await world.restart();
    expect(plane.approvals.get(question.id)).toMatchObject({ state: 'pending' });
    await plane.approvals.decide({ id: question.id, decision: 'allow' }, OWNER);
    // The Gate moved to another port in this test, so only the tool is looked at, not the model's next turn.
    await until('the file', () => (made('away.txt') ? true : undefined));
  });

  test('the agent is killed while a question is open', async () => {
    const [plane, { id, pid }] = await start([[bash('touch dead.txt')]]);
    const question = await nextQuestion(plane, id);
    process.kill(pid ?? 0, 'SIGKILL');
    await inState(plane, id, 'failed');
    expect(plane.approvals.get(question.id).state).not.toBe('pending');
    await expect(plane.approvals.decide({ id: question.id, decision: 'allow' }, OWNER)).rejects.toMatchObject(
      {
        code: 'APPROVAL_SETTLED',
      },
    );
    expect(made('dead.txt')).toBe(false);
  });

  test('without a prompt it waits for one; several lines are sent as one prompt', async () => {
    const [plane, { id }] = await start([], null);
    await inState(plane, id, 'waiting_input');
    await plane.sessions.send(id, 'first line\nsecond line', OWNER);
    await inState(plane, id, 'working').catch(() => undefined);
    await onScreen(plane, id, 'All done.');
    const prompts = story(plane, id).filter((entry) => entry.action === 'session.prompt');
    expect(prompts.map((entry) => entry.details.characters)).toEqual(['first line\nsecond line'.length]);
    expect(readdirSync(world.project)).toEqual([]);
  });
});
