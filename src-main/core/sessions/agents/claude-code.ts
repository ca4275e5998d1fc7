import { randomUUID } from 'node:crypto';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { JsonValue } from '#contract';
import { AegisError } from '../../base/errors.ts';
import { findProgram, versionOf } from '../find-program.ts';
import { type AgentAdapter, type Environment, type LaunchRequest, textField } from './adapter.ts';
import { ClaudeHookReader, encodeClaudeAnswer, HOLD_SECONDS } from './claude-hooks.ts';
import { claudeConfigDir, claudeHookLimits, claudePulse } from './claude-status.ts';

/** Events we listen to, and how long Claude Code waits for us to take one, in seconds. */
const EVENTS: Readonly<Record<string, number>> = {
  UserPromptSubmit: 5,
  PreToolUse: 5,
  PermissionRequest: HOLD_SECONDS,
  PermissionDenied: 5,
  PostToolUse: 5,
  PostToolUseFailure: 5,
  Notification: 5,
  PreCompact: 5,
  SubagentStop: 5,
  Stop: 5,
  StopFailure: 5,
  SessionEnd: 5,
};
/** First version with http hooks. */
const FIRST_WITH_HOOKS = [2, 1, 63] as const;
/** An argument longer than this does not start on Linux (MAX_ARG_STRLEN is 128 KiB). */
const MAX_PROMPT_BYTES = 100_000;

/**
 * Claude Code in its own terminal interface. Hooks given with `--settings` for this launch only tell us its states and
 * questions; the user's own settings are never written. A failing hook leaves its dialog on the screen, so the terminal
 * can always answer.
 */
export const claudeCode: AgentAdapter = {
  kind: 'claude-code',
  label: 'Claude Code',
  description: 'Anthropic’s coding agent, in its own terminal interface',
  service: 'anthropic',
  install_hint: 'npm install -g @anthropic-ai/claude-code',
  held_events: ['PermissionRequest'],

  async probe(env) {
    const path = findProgram('claude', env, usualPlaces(env));
    if (path === null) return { installed: false, path, version: null, limits: [] };
    const [version, hookLimits] = await Promise.all([versionOf(path, env), claudeHookLimits(env)]);
    return {
      installed: true,
      path,
      version,
      limits: [...versionLimits(version), ...hookLimits, OWN_SIGN_IN],
    };
  },

  launch(request) {
    const id = randomUUID();
    const { prompt } = request;
    if (prompt !== undefined && Buffer.byteLength(prompt) > MAX_PROMPT_BYTES) {
      throw new AegisError('INVALID_INPUT', 'The first prompt is too long to start with.', {
        hint: `Keep it under ${MAX_PROMPT_BYTES} bytes, or start without one and send it then.`,
        data: { errors: [{ pointer: '/prompt', detail: `at most ${MAX_PROMPT_BYTES} bytes` }] },
      });
    }
    // Newer versions start in a mode that answers questions by itself. Under Aegis a person answers, until they change
    // the mode in the terminal.
    const mode = ['--permission-mode', 'default'];
    return {
      file: request.path,
      args: [
        '--settings',
        JSON.stringify(hookSettings(request)),
        '--session-id',
        id,
        ...mode,
        ...(prompt === undefined ? [] : ['--', prompt]),
      ],
      shown: ['claude', ...mode, '--session-id', id],
      env: {},
      data: { session_id: id, config_dir: claudeConfigDir(request.env) },
    };
  },

  reader: (workDir) => new ClaudeHookReader(workDir),
  encodeAnswer: encodeClaudeAnswer,

  pulse: async (data, pid) => {
    const folder = textField(data, 'config_dir');
    const id = textField(data, 'session_id');
    return folder === undefined || id === undefined ? undefined : claudePulse(folder, id, pid);
  },
};

const OWN_SIGN_IN =
  'Without a credential for the service anthropic in the vault it uses its own sign-in, and its model requests do not pass the Gate.';

function hookSettings({ hook_url, hook_token_variable }: LaunchRequest): JsonValue {
  const hooks: { [event: string]: JsonValue } = {};
  for (const [event, timeout] of Object.entries(EVENTS)) {
    const hook: JsonValue = {
      type: 'http',
      url: `${hook_url}/${event}`,
      timeout,
      // Claude Code puts the token in by itself: it stands in no argument and no file.
      headers: { Authorization: `Bearer $${hook_token_variable}` },
      allowedEnvVars: [hook_token_variable],
    };
    hooks[event] = [{ hooks: [hook] }];
  }
  return { hooks };
}

const usualPlaces = (env: Environment): string[] => {
  const home = env.HOME || homedir();
  return [
    join(home, '.local/bin'),
    join(home, '.claude/local'),
    join(home, '.npm-global/bin'),
    join(home, '.bun/bin'),
    '/usr/local/bin',
    '/opt/homebrew/bin',
  ];
};

function versionLimits(version: string | null): string[] {
  const parts = version?.split('.').map(Number) ?? [];
  for (const [i, least] of FIRST_WITH_HOOKS.entries()) {
    const part = parts[i];
    if (part === undefined || Number.isNaN(part)) return [];
    if (part > least) return [];
    if (part < least) {
      return [
        `Version ${version} cannot send its questions to Aegis (needs ${FIRST_WITH_HOOKS.join('.')}): answer in its terminal, or update it.`,
      ];
    }
  }
  return [];
}
