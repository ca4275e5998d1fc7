import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { JsonValue, SessionInput } from '#contract';
import { AegisError } from '../base/errors.ts';
import type { SessionsOptions } from './index.ts';
import { inState, nextQuestion, OWNER, onScreen, type Plane, story, until, World } from './testing/world.ts';

let world: World;
const start = (options: Partial<SessionsOptions> & { env?: NodeJS.ProcessEnv } = {}): Promise<Plane> => {
  world = new World(options);
  return world.start();
};
afterEach(() => world.dispose());

const shell = (over: Partial<SessionInput> = {}): SessionInput => ({
  agent: 'shell',
  work_dir: world.project,
  ...over,
});
const code = (code: string) => expect.objectContaining({ code });

test('a shell waits for a command, works while one runs, and ends with its exit code', async () => {
  const plane = await start();
  const { id, name, pid } = await plane.sessions.create(shell(), OWNER);
  expect({ name, pid: typeof pid }).toEqual({ name: 'project', pid: 'number' });
  expect((await inState(plane, id, 'waiting_input')).state_reason).toBe('the shell waits for a command');
  await plane.sessions.send(id, 'sleep 30', OWNER);
  expect((await inState(plane, id, 'working')).state_reason).toBe('runs sleep');
  await plane.sessions.interrupt(id, OWNER);
  await inState(plane, id, 'waiting_input');
  await plane.sessions.send(id, 'exit 3', OWNER);
  expect(await inState(plane, id, 'failed')).toMatchObject({ exit_code: 3, state_reason: 'exit code 3' });
  await expect(plane.sessions.send(id, 'x', OWNER)).rejects.toEqual(code('SESSION_ENDED'));
  expect((await plane.sessions.screen(id)).text).toContain('exit 3');
  const typed = story(plane, id).filter((entry) => entry.action === 'session.input');
  expect(typed.map((entry) => entry.details.bytes)).toEqual([8, 1, 6]);
});

test('a command works until it ends', async () => {
  const plane = await start();
  const ok = await plane.sessions.create(shell({ command: ['sh', '-c', 'echo ready; sleep 1'] }), OWNER);
  expect(ok).toMatchObject({ state: 'working', command: ['sh', '-c', 'echo ready; sleep 1'] });
  await onScreen(plane, ok.id, 'ready');
  expect(await inState(plane, ok.id, 'done')).toMatchObject({ exit_code: 0 });
  const brief = await plane.sessions.create(shell({ command: ['true'] }), OWNER);
  await inState(plane, brief.id, 'done');
  writeFileSync(join(world.project, 'run.sh'), '#!/bin/sh\nexit 7\n');
  chmodSync(join(world.project, 'run.sh'), 0o755);
  const relative = await plane.sessions.create(shell({ command: ['./run.sh'] }), OWNER);
  expect(await inState(plane, relative.id, 'failed')).toMatchObject({ exit_code: 7 });
});

test('what cannot start says why and leaves nothing behind', async () => {
  const plane = await start({ maxSessions: 1 });
  const { sessions } = plane;
  const missing = join(world.dir, 'nowhere');
  await expect(sessions.create(shell({ work_dir: missing }), OWNER)).rejects.toMatchObject({
    code: 'FOLDER_MISSING',
    message: `${missing} does not exist.`,
  });
  writeFileSync(join(world.dir, 'file'), '');
  await expect(sessions.create(shell({ work_dir: join(world.dir, 'file') }), OWNER)).rejects.toEqual(
    code('FOLDER_MISSING'),
  );
  await expect(sessions.create(shell({ work_dir: 'project' }), OWNER)).rejects.toEqual(
    code('FOLDER_MISSING'),
  );
  await expect(sessions.create(shell({ command: ['no-such-program'] }), OWNER)).rejects.toEqual(
    code('AGENT_NOT_INSTALLED'),
  );
  await expect(sessions.create(shell({ env: { LD_PRELOAD: 'x.so' } }), OWNER)).rejects.toEqual(
    code('INVALID_INPUT'),
  );
  await expect(sessions.create(shell({ credentials: ['nope'] }), OWNER)).rejects.toEqual(code('NOT_FOUND'));
  await expect(sessions.create(shell({ vault: 'other' }), OWNER)).rejects.toEqual(code('NOT_FOUND'));
  await expect(sessions.create(shell({ prompt: 'hello' }), OWNER)).rejects.toEqual(code('INVALID_INPUT'));
  expect(sessions.list({}).items).toEqual([]);
  expect(plane.identity.list()).toEqual([]);
  await sessions.create(shell(), OWNER);
  await expect(sessions.create(shell(), OWNER)).rejects.toEqual(code('TOO_MANY_SESSIONS'));
});

test('an agent that is not installed: the error says how to install it', async () => {
  const plane = await start({ env: { PATH: '/usr/bin:/bin' } });
  const input = { agent: 'claude-code', work_dir: world.project } as const;
  await expect(plane.sessions.create(input, OWNER)).rejects.toMatchObject({
    code: 'AGENT_NOT_INSTALLED',
    hint: 'Install it: npm install -g @anthropic-ai/claude-code',
  });
  const programs = await plane.sessions.programs();
  expect(programs.map(({ agent, installed }) => [agent, installed])).toEqual([
    ['claude-code', false],
    ['shell', true],
    ['demo', true],
  ]);
});

test('with the ledger down nothing starts and the token is dead', async () => {
  const down = {
    append: () => Promise.reject(new AegisError('LEDGER_UNAVAILABLE', 'The disk is full.')),
  };
  const plane = await start({ ledger: down });
  await expect(plane.sessions.create(shell(), OWNER)).rejects.toEqual(code('LEDGER_UNAVAILABLE'));
  expect(plane.identity.list()).toEqual([]);
  expect(await plane.ptyHost.list()).toEqual([]);
});

test('a session sees its own token and no key of the user', async () => {
  const plane = await start({ env: { OPENAI_API_KEY: 'sk-ambient', AEGIS_MASTER_KEY: 'm', KEPT: 'yes' } });
  await plane.vault.add(
    {
      name: 'openai',
      service: 'openai',
      secret: 'sk-real',
      domains: ['api.openai.com'],
      auth_type: 'bearer',
    },
    OWNER,
  );
  const { id, credentials } = await plane.sessions.create(
    shell({ command: ['sh', '-c', 'env > env.txt'], credentials: ['openai'], env: { EXTRA: '1' } }),
    OWNER,
  );
  expect(credentials).toEqual(['openai']);
  await inState(plane, id, 'done');
  const env = new Map(
    readFileSync(join(world.project, 'env.txt'), 'utf8')
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)] as const),
  );
  const token = env.get('AEGIS_AGENT_TOKEN') ?? '';
  expect(Object.fromEntries(env)).toMatchObject({
    AEGIS_SESSION_ID: id,
    AEGIS_GATE_URL: plane.gateUrl,
    OPENAI_BASE_URL: `${plane.gateUrl}/openai/v1`,
    OPENAI_API_KEY: token,
    TERM: 'xterm-256color',
    COLORTERM: 'truecolor',
    EXTRA: '1',
    KEPT: 'yes',
  });
  expect(env.has('AEGIS_MASTER_KEY')).toBe(false);
  expect(env.has('AEGIS_HOOK_TOKEN')).toBe(false);
  expect([...env.values()].join('\n')).not.toMatch(/sk-real|sk-ambient/);
  // It ended, so the token is worthless.
  expect(plane.identity.authenticate(token)).toBeUndefined();
});

test('no token stands in an argument that others can see', async () => {
  world = new World({ env: { PATH: '/usr/bin:/bin' } });
  const bin = world.dir;
  mkdirSync(join(bin, 'bin'));
  const fake = join(bin, 'bin', 'claude');
  writeFileSync(
    fake,
    '#!/bin/sh\nif [ "$1" = --version ]; then echo 2.1.330; exit; fi\nprintf "%s\\n" "$@" > args; env > env; sleep 60\n',
  );
  chmodSync(fake, 0o755);
  world.env.PATH = `${join(bin, 'bin')}:/usr/bin:/bin`;
  const plane = await world.start();
  const { id } = await plane.sessions.create(
    { agent: 'claude-code', work_dir: world.project, prompt: '-v is a flag' },
    OWNER,
  );
  const read = (name: string) =>
    until(name, () => {
      try {
        const text = readFileSync(join(world.project, name), 'utf8');
        return text === '' ? undefined : text;
      } catch {
        return undefined;
      }
    });
  const args = (await read('args')).trimEnd().split('\n');
  const env = await read('env');
  const token = /AEGIS_HOOK_TOKEN=(.+)/.exec(env)?.[1] ?? '';
  expect(token.length).toBeGreaterThan(40);
  expect(args.join(' ')).not.toContain(token);
  expect(args.join(' ')).not.toContain(/AEGIS_AGENT_TOKEN=(.+)/.exec(env)?.[1]);
  expect(args.slice(-4)).toEqual(['--permission-mode', 'default', '--', '-v is a flag']);
  const settings = JSON.parse(args[args.indexOf('--settings') + 1] ?? '') as {
    hooks: Record<string, [{ hooks: [{ url: string; headers: JsonValue; timeout: number }] }]>;
  };
  expect(settings.hooks.PermissionRequest?.[0].hooks[0]).toMatchObject({
    type: 'http',
    url: `http://127.0.0.1:${plane.ptyHost.hookPort}/v1/hooks/claude-code/PermissionRequest`,
    headers: { Authorization: 'Bearer $AEGIS_HOOK_TOKEN' },
    allowedEnvVars: ['AEGIS_HOOK_TOKEN'],
    timeout: 86_400,
  });
  expect(plane.sessions.authenticateHook(token)).toBe(id);
  expect(plane.sessions.authenticateHook(`${token}x`)).toBeUndefined();
  // No credential for it: it keeps its own sign-in instead of being sent to a Gate that would refuse.
  expect(env).not.toContain('ANTHROPIC_BASE_URL');
  expect(JSON.stringify(plane.sessions.get(id))).not.toContain('flag');
  expect(JSON.stringify(plane.sessions.get(id))).not.toContain(token);
});

test('sessions run on while Aegis restarts; an end in between is recorded with its exit code', async () => {
  let plane = await start();
  const runs = await plane.sessions.create(shell(), OWNER);
  const ends = await plane.sessions.create(shell({ command: ['sh', '-c', 'sleep 0.3; exit 42'] }), OWNER);
  const agent = runs.agent_id;
  await plane.stop();
  await new Promise((resolve) => setTimeout(resolve, 600));
  plane = await world.start();
  expect(plane.sessions.get(runs.id)).toMatchObject({ pid: runs.pid, ended_at: null });
  expect(plane.sessions.get(ends.id)).toMatchObject({ state: 'failed', exit_code: 42 });
  expect(plane.identity.get(agent).revoked_at).toBeNull();
  expect(plane.identity.get(ends.agent_id).revoked_at).not.toBeNull();
  await plane.sessions.send(runs.id, 'echo still-$((40+2))', OWNER);
  await onScreen(plane, runs.id, 'still-42');
  expect(story(plane, ends.id).filter((entry) => entry.action === 'session.ended')).toHaveLength(1);
});

test('a session whose terminal host died is marked failed, with the reason', async () => {
  const plane = await start();
  const { id, agent_id } = await plane.sessions.create(shell(), OWNER);
  process.kill(plane.ptyHost.hostPid, 'SIGKILL');
  expect(await inState(plane, id, 'failed')).toMatchObject({
    state_reason: 'its terminal host died',
    exit_code: null,
  });
  expect(plane.identity.get(agent_id).revoked_at).not.toBeNull();
});

test('a host that died while Aegis was away', async () => {
  let plane = await start();
  const { id } = await plane.sessions.create(shell(), OWNER);
  const pid = plane.ptyHost.hostPid;
  await plane.stop();
  process.kill(pid, 'SIGKILL');
  plane = await world.start();
  expect(plane.sessions.get(id)).toMatchObject({ state: 'failed', exit_code: null });
});

test('two sessions in one folder are two; removing ends, revokes and forgets', async () => {
  const plane = await start();
  const first = await plane.sessions.create(shell(), OWNER);
  const second = await plane.sessions.create(shell(), OWNER);
  expect(second.id).not.toBe(first.id);
  expect(plane.sessions.list({ limit: 1 })).toMatchObject({
    items: [{ id: second.id }],
    next_cursor: second.id,
  });
  await plane.sessions.remove(first.id, OWNER);
  expect(() => plane.sessions.get(first.id)).toThrow(AegisError);
  expect(plane.sessions.list({}).items.map(({ id }) => id)).toEqual([second.id]);
  expect(plane.identity.get(first.agent_id).revoked_at).not.toBeNull();
  expect(plane.events).toContainEqual({ type: 'session.removed', session_id: first.id });
  await plane.sessions.resize(second.id, 90, 20);
  expect(plane.sessions.get(second.id)).toMatchObject({ cols: 90, rows: 20 });
});

test('hooks through the control API: answered when settled, dropped when the caller leaves', async () => {
  const plane = await start();
  const { id } = await plane.sessions.create({ agent: 'demo', work_dir: world.project }, OWNER);
  const own = await nextQuestion(plane, id);
  const body = { tool_name: 'Write', tool_input: { file_path: join(world.project, 'x'), content: 'y' } };
  await expect(plane.sessions.deliverHook(id, 'shell', 'Stop', {})).rejects.toEqual(code('INVALID_INPUT'));
  const answer = plane.sessions.deliverHook(id, 'demo', 'PermissionRequest', body);
  const asked = await nextQuestion(plane, id, [own.id]);
  expect(asked.allow_scopes).toEqual(['once', 'session']);
  await plane.approvals.decide({ id: asked.id, decision: 'allow', scope: 'session' }, OWNER);
  expect(await answer).toEqual({
    hookSpecificOutput: {
      hookEventName: 'PermissionRequest',
      decision: {
        behavior: 'allow',
        updatedPermissions: [
          {
            type: 'addRules',
            rules: [{ toolName: 'Edit', ruleContent: `/${join(world.project, 'x')}` }],
            behavior: 'allow',
            destination: 'session',
          },
        ],
      },
    },
  });
  const gone = new AbortController();
  const second = plane.sessions.deliverHook(id, 'demo', 'PermissionRequest', body, gone.signal);
  const left = await nextQuestion(plane, id, [own.id]);
  gone.abort();
  expect(await second).toEqual({});
  await until('superseded', () => (plane.approvals.get(left.id).state === 'superseded' ? true : undefined));
  expect(plane.approvals.get(own.id).state).toBe('pending');
});
