import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Approval, ApprovalId, JsonValue } from '#contract';
import { newId } from '../../base/ids.ts';
import type { HookOutcome, PendingQuestion } from './adapter.ts';
import { ClaudeHookReader, encodeClaudeAnswer } from './claude-hooks.ts';
import { sessionRules } from './claude-rules.ts';
import { claudeHookLimits, claudePulse } from './claude-status.ts';

/** Bodies as Claude Code 2.1.330 sent them, shortened to what is read. */
const common = {
  session_id: '1e5a0e2a-7965-4ee7-9d1f-8971af25fcc4',
  transcript_path: '/home/x/.claude/projects/p/1e5a0e2a.jsonl',
  cwd: '/project',
  prompt_id: 'f9cf39b8-1be2-493b-8e0e-305d0e9fe7db',
  permission_mode: 'default',
};
const touch = { command: 'touch allowed.txt', description: 'make a file' };
const preTool = (id: string, input: JsonValue = touch, tool = 'Bash') => ({
  ...common,
  hook_event_name: 'PreToolUse',
  tool_name: tool,
  tool_input: input,
  tool_use_id: id,
});
const permission = (input: JsonValue = touch, extra: { [key: string]: JsonValue } = {}, tool = 'Bash') => ({
  ...common,
  hook_event_name: 'PermissionRequest',
  tool_name: tool,
  tool_input: input,
  permission_suggestions: [
    { type: 'addDirectories', directories: ['/project'], destination: 'session' },
    { type: 'setMode', mode: 'acceptEdits', destination: 'session' },
  ],
  ...extra,
});

const asPending = (outcome: HookOutcome): PendingQuestion => {
  if (!outcome.ask) throw new Error('it did not ask');
  const { tool, native_id, reply_context } = outcome.ask;
  return { id: newId('apr'), tool, native_id, reply_context };
};
const retired = (outcome: HookOutcome): ApprovalId[] => (outcome.retire ?? []).map(({ id }) => id);

test('a question belongs to the call before it, also with two alike', () => {
  const reader = new ClaudeHookReader('/project');
  reader.read('PreToolUse', preTool('toolu_1'), []);
  reader.read('PreToolUse', preTool('toolu_2'), []);
  const first = asPending(reader.read('PermissionRequest', permission(), []));
  const second = asPending(reader.read('PermissionRequest', permission(), [first]));
  expect([first.native_id, second.native_id]).toEqual(['toolu_1', 'toolu_2']);
  const other = reader.read('PermissionRequest', permission({ command: 'never announced' }), []);
  expect(other.ask?.native_id).toBeNull();
});

test('the end of the call retires its question and no other', () => {
  const reader = new ClaudeHookReader('/project');
  reader.read('PreToolUse', preTool('toolu_1', { file_path: '/etc/hostname' }, 'Read'), []);
  reader.read('PreToolUse', preTool('toolu_2', { file_path: '/etc/hosts' }, 'Read'), []);
  const first = asPending(
    reader.read('PermissionRequest', permission({ file_path: '/etc/hostname' }, {}, 'Read'), []),
  );
  const second = asPending(
    reader.read('PermissionRequest', permission({ file_path: '/etc/hosts' }, {}, 'Read'), []),
  );
  const ended = (event: string, id: string, extra: { [key: string]: JsonValue } = {}) =>
    reader.read(event, { ...preTool(id, {}, 'Read'), hook_event_name: event, ...extra }, [first, second]);
  expect(ended('PostToolUse', 'toolu_2', { duration_ms: 30 }).retire).toEqual([
    { id: second.id, outcome: 'Allowed in the terminal.' },
  ]);
  expect(retired(ended('PostToolUseFailure', 'toolu_1', { error: 'x', is_interrupt: true }))).toEqual([
    first.id,
  ]);
  expect(retired(ended('PermissionDenied', 'toolu_1'))).toEqual([first.id]);
  expect(retired(ended('PostToolUse', 'toolu_9'))).toEqual([]);
});

test('the end of a turn or a new prompt retires the main thread, not sub-agents', () => {
  const reader = new ClaudeHookReader('/project');
  const main = asPending(reader.read('PermissionRequest', permission(), []));
  const sub = asPending(reader.read('PermissionRequest', permission(touch, { agent_id: 'agent-7' }), []));
  const pending = [main, sub];
  for (const event of ['Stop', 'StopFailure', 'UserPromptSubmit']) {
    expect(retired(reader.read(event, { ...common, prompt: 'next' }, pending))).toEqual([main.id]);
  }
  expect(retired(reader.read('SubagentStop', { ...common, agent_id: 'agent-7' }, pending))).toEqual([sub.id]);
  expect(retired(reader.read('SubagentStop', { ...common, agent_id: 'agent-8' }, pending))).toEqual([]);
  expect(retired(reader.read('SessionEnd', { ...common, reason: 'clear' }, pending))).toEqual([
    main.id,
    sub.id,
  ]);
});

test('states carry their evidence', () => {
  const reader = new ClaudeHookReader('/project');
  const state = (event: string, body: { [key: string]: JsonValue } = {}) =>
    reader.read(event, { ...common, ...body }, []).state;
  expect(state('UserPromptSubmit', { prompt: 'x' })).toEqual({
    state: 'working',
    reason: 'works on a prompt',
  });
  expect(state('PreToolUse', preTool('t'))).toEqual({ state: 'working', reason: 'uses Bash touch' });
  expect(state('Stop', { background_tasks: [] })).toEqual({
    state: 'waiting_input',
    reason: 'ended its turn',
  });
  expect(state('Stop', { background_tasks: [{}] })?.reason).toContain('background tasks still run');
  expect(state('StopFailure', { error: 'overloaded' })?.reason).toBe('stopped on an error: overloaded');
  expect(state('Notification', { notification_type: 'idle_prompt' })?.state).toBe('waiting_input');
  expect(state('Notification', { notification_type: 'auth_success' })).toBeUndefined();
  expect(state('PreCompact')?.reason).toBe('compacts its context');
  expect(state('SomethingNew')).toBeUndefined();
  expect(state('Notification', { notification_type: 'permission_prompt' })).toEqual({
    state: 'waiting_permission',
    reason: 'asks for permission in its terminal',
  });
  const unasked = { ...preTool('t'), permission_mode: 'bypassPermissions' };
  expect(state('PreToolUse', unasked)?.reason).toBe('uses Bash touch (mode bypassPermissions)');
  const question = permission({ questions: [] }, {}, 'AskUserQuestion');
  expect(reader.read('PermissionRequest', question, [])).toEqual({
    state: { state: 'waiting_input', reason: 'asks a question in its terminal' },
  });
  // Comes seconds later and knows less.
  expect(state('Notification', { notification_type: 'permission_prompt' })).toBeUndefined();
});

test('prompts and commands stay out of the ledger', () => {
  const reader = new ClaudeHookReader('/project');
  const notes = [
    reader.read('UserPromptSubmit', { ...common, prompt: 'my secret plan' }, []),
    reader.read('PreToolUse', preTool('t', { command: 'curl -H "X-Key: hunter2" https://e.com' }), []),
  ].flatMap((outcome) => outcome.notes ?? []);
  expect(notes.map((note) => [note.action, note.target])).toEqual([
    ['session.prompt', undefined],
    ['tool.called', 'Bash curl'],
  ]);
  expect(notes[0]?.details).toMatchObject({
    characters: 14,
    sha256: expect.stringMatching(/^[0-9a-f]{64}$/),
  });
  expect(JSON.stringify(notes)).not.toMatch(/hunter2|secret plan/);
});

test('malformed bodies are survived', () => {
  const reader = new ClaudeHookReader('/project');
  for (const body of [
    null,
    [],
    'x',
    7,
    {},
    { tool_name: 3, tool_input: null, permission_suggestions: 'no' },
  ]) {
    for (const event of ['PreToolUse', 'PermissionRequest', 'PostToolUse', 'Stop', 'Notification']) {
      expect(() => reader.read(event, body, [])).not.toThrow();
    }
  }
});

const approval = (over: Partial<Approval>): Approval =>
  ({ state: 'allowed', decided_scope: 'once', message: null, ...over }) as Approval;
const context = { rules: [{ toolName: 'Bash', ruleContent: 'npm test *' }] };

test('answers have the shape of the PermissionRequest hook', () => {
  const body = (decision: JsonValue) => ({
    hookSpecificOutput: { hookEventName: 'PermissionRequest', decision },
  });
  expect(encodeClaudeAnswer(approval({}), context)).toEqual(body({ behavior: 'allow' }));
  expect(encodeClaudeAnswer(approval({ decided_scope: 'session' }), context)).toEqual(
    body({
      behavior: 'allow',
      updatedPermissions: [
        { type: 'addRules', rules: context.rules, behavior: 'allow', destination: 'session' },
      ],
    }),
  );
  expect(encodeClaudeAnswer(approval({ state: 'denied', message: 'no' }), context)).toEqual(
    body({ behavior: 'deny', message: 'no' }),
  );
  for (const state of ['superseded', 'expired', 'pending'] as const) {
    expect(encodeClaudeAnswer(approval({ state }), context)).toEqual({});
  }
});

test('what a session answer remembers is what the agent offers, or exactly this call', () => {
  const offers = [
    {
      type: 'addRules',
      rules: [
        { toolName: 'Bash', ruleContent: 'node -e 1' },
        { toolName: 'Bash', ruleContent: 'npm test *' },
      ],
      behavior: 'allow',
      destination: 'localSettings',
    },
  ];
  expect(sessionRules('Bash', { command: 'node -e 1 && npm test' }, offers)).toHaveLength(2);
  expect(sessionRules('Bash', touch, permission().permission_suggestions)).toEqual([
    { toolName: 'Bash', ruleContent: 'touch allowed.txt' },
  ]);
  expect(sessionRules('Write', { file_path: '/p/a.txt' }, [])).toEqual([
    { toolName: 'Edit', ruleContent: '//p/a.txt' },
  ]);
  for (const command of ['a && b', 'ls *', 'x; y', 'echo $(id)', 'a\nb', 'npm:', '', 'cat < x']) {
    expect(sessionRules('Bash', { command }, [])).toEqual([]);
  }
  expect(sessionRules('Edit', { file_path: '/p/[a].ts' }, [])).toEqual([]);
  expect(sessionRules('WebFetch', { url: 'https://x' }, [])).toEqual([]);
  expect(sessionRules('Bash', touch, [{ type: 'addRules', rules: [{}], behavior: 'deny' }])).toHaveLength(1);
});

test('its own sign of life is read, also behind a wrapper', async () => {
  const config = mkdtempSync(join(tmpdir(), 'aegis-claude-'));
  try {
    expect(await claudePulse(config, 'abc', 10)).toBeUndefined();
    mkdirSync(join(config, 'sessions'));
    const status = {
      pid: 11,
      sessionId: 'abc',
      status: 'waiting',
      statusUpdatedAt: 5,
      waitingFor: 'permission prompt',
    };
    writeFileSync(join(config, 'sessions', '11.json'), JSON.stringify(status));
    writeFileSync(join(config, 'sessions', '12.json'), '{half');
    expect(await claudePulse(config, 'abc', 11)).toEqual({
      status: 'waiting',
      since: 5,
      waiting_for: 'permission prompt',
    });
    expect(await claudePulse(config, 'abc', 10)).toEqual({
      status: 'waiting',
      since: 5,
      waiting_for: 'permission prompt',
    });
    expect(await claudePulse(config, 'other', 10)).toBeUndefined();
    writeFileSync(join(config, 'settings.json'), '{"disableAllHooks": true}');
    expect((await claudeHookLimits({ CLAUDE_CONFIG_DIR: config })).join()).toContain('disableAllHooks');
  } finally {
    rmSync(config, { recursive: true });
  }
});

test('what an agent makes up cannot fill the ledger or the memory', () => {
  const reader = new ClaudeHookReader('/project');
  const long = 'x'.repeat(1024 * 1024);
  const body = { ...preTool(long, { command: long }, long), permission_mode: long };
  const called = reader.read('PreToolUse', body, []);
  const asked = reader.read('PermissionRequest', { ...permission({ command: long }, {}, long) }, []);
  const ended = reader.read('PostToolUse', body, []);
  for (const { notes, state } of [called, ended]) {
    expect(JSON.stringify(notes).length).toBeLessThan(1000);
    expect(JSON.stringify(state).length).toBeLessThan(1000);
  }
  expect(asked.ask?.tool.length).toBeLessThan(300);
  expect(asked.ask?.native_id?.length).toBeLessThan(300);
  // The input itself is shown in full, whatever its size.
  expect(asked.ask?.input).toEqual({ command: long });
});

test('rules an agent offers without end are not all offered', () => {
  const offer = (rules: number, size: number) => ({
    type: 'addRules',
    behavior: 'allow',
    rules: Array.from({ length: rules }, (_, i) => ({
      toolName: 'Bash',
      ruleContent: `${i}${'x'.repeat(size)}`,
    })),
  });
  expect(sessionRules('Bash', touch, [offer(3, 10)])).toHaveLength(3);
  // Nobody reads so many, or one so long: nothing is remembered that was not read.
  expect(sessionRules('Bash', touch, [offer(1000, 10)]).length).toBeLessThanOrEqual(20);
  expect(JSON.stringify(sessionRules('Bash', touch, [offer(3, 100_000)])).length).toBeLessThan(2000);
});
