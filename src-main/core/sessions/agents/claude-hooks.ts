import { createHash } from 'node:crypto';
import type { Approval, JsonValue } from '#contract';
import { describeCall } from '../../approvals/index.ts';
import {
  field,
  type HookOutcome,
  type HookReader,
  type LedgerNote,
  type PendingQuestion,
  shortened,
  textField,
} from './adapter.ts';
import { sessionRules, suggestionsOf } from './claude-rules.ts';

/** How long Claude Code holds its question open for us, in seconds. Its own dialog stays when it gives up. */
export const HOLD_SECONDS = 86_400;
/** Tool calls remembered until they end; an agent has a handful at a time. */
const MAX_CALLS = 500;

interface Call {
  readonly tool: string;
  readonly input: string;
  asked: boolean;
}

/**
 * Claude Code's hook events (code.claude.com/docs/en/hooks) as states, questions and ledger notes. `PermissionRequest`
 * does not say which call it is about: it follows the `PreToolUse` with the same tool and input.
 */
export class ClaudeHookReader implements HookReader {
  readonly #workDir: string;
  readonly #calls = new Map<string, Call>();
  /** A choice among options is on its screen. */
  #choosing = false;

  constructor(workDir: string) {
    this.#workDir = workDir;
  }

  read(event: string, body: JsonValue, pending: readonly PendingQuestion[]): HookOutcome {
    const tool = shortened(textField(body, 'tool_name') ?? 'a tool');
    const agent = textField(body, 'agent_id');
    if (event !== 'Notification') this.#choosing = false;
    switch (event) {
      case 'UserPromptSubmit':
        return {
          state: { state: 'working', reason: 'works on a prompt' },
          retire: ofThread(pending, undefined, 'A new prompt came instead of an answer.'),
          notes: [promptNote(textField(body, 'prompt') ?? '')],
        };
      case 'PreToolUse':
        return this.#toolCalled(tool, body);
      case 'PermissionRequest':
        return this.#asks(tool, body, agent);
      case 'PostToolUse':
        return this.#toolEnded(tool, body, pending, 'Allowed in the terminal.');
      case 'PostToolUseFailure':
        return this.#toolEnded(
          tool,
          body,
          pending,
          field(body, 'is_interrupt') === true
            ? 'Interrupted in the terminal.'
            : 'Allowed in the terminal; the tool ran and failed.',
        );
      case 'PermissionDenied':
        return {
          state: { state: 'working', reason: `was denied ${tool}` },
          retire: this.#byCall(tool, body, pending, 'Denied in the terminal or by a rule of the agent.'),
        };
      case 'SubagentStop':
        return agent === undefined ? {} : { retire: ofThread(pending, agent, 'The sub-agent ended.') };
      case 'Stop':
      case 'StopFailure':
        return this.#turnEnded(event, body, pending);
      case 'SessionEnd':
        return { retire: pending.map(({ id }) => ({ id, outcome: 'The agent ended.' })) };
      case 'PreCompact':
        return { state: { state: 'working', reason: 'compacts its context' } };
      case 'Notification':
        return this.#choosing ? {} : notified(body, pending);
      default:
        return {};
    }
  }

  #toolCalled(tool: string, body: JsonValue): HookOutcome {
    const id = callId(body);
    const input = field(body, 'tool_input') ?? null;
    if (id !== undefined) {
      this.#calls.set(id, { tool, input: fingerprint(input), asked: false });
      const oldest = this.#calls.keys().next().value;
      if (this.#calls.size > MAX_CALLS && oldest !== undefined) this.#calls.delete(oldest);
    }
    const call = describeCall(tool, input, this.#workDir);
    const mode = shortened(textField(body, 'permission_mode') ?? '', 40);
    // In other modes the agent decides by itself; whoever looks should know.
    const unasked = ['', 'default', 'manual', 'plan'].includes(mode) ? '' : ` (mode ${mode})`;
    return {
      state: { state: 'working', reason: `uses ${call}${unasked}` },
      notes: [
        {
          action: 'tool.called',
          outcome: 'info',
          target: call,
          details: {
            ...(id === undefined ? {} : { call: id }),
            permission_mode: mode,
          },
        },
      ],
    };
  }

  #asks(tool: string, body: JsonValue, agent: string | undefined): HookOutcome {
    // A choice among options, not a permission: it can only be made where the options are.
    if (tool === 'AskUserQuestion') {
      this.#choosing = true;
      return { state: { state: 'waiting_input', reason: 'asks a question in its terminal' } };
    }
    const input = field(body, 'tool_input') ?? null;
    const rules = sessionRules(tool, input, field(body, 'permission_suggestions'));
    return {
      ask: {
        tool,
        input,
        suggestions: suggestionsOf(rules),
        native_id: this.#matchCall(tool, input) ?? null,
        reply_context: { rules, ...(agent === undefined ? {} : { agent }) },
        wait_ms: HOLD_SECONDS * 1000,
      },
    };
  }

  #matchCall(tool: string, input: JsonValue): string | undefined {
    const text = fingerprint(input);
    for (const [id, call] of this.#calls) {
      if (call.asked || call.tool !== tool || call.input !== text) continue;
      call.asked = true;
      return id;
    }
    return undefined;
  }

  #toolEnded(
    tool: string,
    body: JsonValue,
    pending: readonly PendingQuestion[],
    outcome: string,
  ): HookOutcome {
    const id = callId(body);
    if (id !== undefined) this.#calls.delete(id);
    const duration = field(body, 'duration_ms');
    const failed = field(body, 'error') !== undefined;
    return {
      state: {
        state: 'working',
        reason: `used ${describeCall(tool, field(body, 'tool_input') ?? null, this.#workDir)}`,
      },
      retire: this.#byCall(tool, body, pending, outcome),
      notes: [
        {
          action: 'tool.finished',
          outcome: failed ? 'error' : 'info',
          target: describeCall(tool, field(body, 'tool_input') ?? null, this.#workDir),
          ...(typeof duration === 'number' ? { duration_ms: duration } : {}),
          ...(id === undefined ? {} : { details: { call: id } }),
        },
      ],
    };
  }

  /** The question about this call; by its id, or, where the agent gave none, by tool. */
  #byCall(tool: string, body: JsonValue, pending: readonly PendingQuestion[], outcome: string) {
    const id = callId(body);
    const match =
      pending.find((question) => id !== undefined && question.native_id === id) ??
      pending.find((question) => question.native_id === null && question.tool === tool);
    return match ? [{ id: match.id, outcome }] : [];
  }

  #turnEnded(event: string, body: JsonValue, pending: readonly PendingQuestion[]): HookOutcome {
    const error = textField(body, 'error');
    const background = field(body, 'background_tasks');
    const waiting = Array.isArray(background) && background.length > 0;
    const reason =
      event === 'StopFailure'
        ? `stopped on an error${error === undefined ? '' : `: ${error.slice(0, 200)}`}`
        : waiting
          ? 'ended its turn; background tasks still run'
          : 'ended its turn';
    return {
      state: { state: 'waiting_input', reason },
      retire: ofThread(pending, undefined, 'The agent ended its turn without this answer.'),
    };
  }
}

const callId = (body: JsonValue): string | undefined => {
  const id = textField(body, 'tool_use_id');
  return id === undefined ? undefined : shortened(id);
};

/** Of an input's JSON, which is canonical enough: both hooks carry the same object, written by the same program. */
const fingerprint = (input: JsonValue): string =>
  createHash('sha256').update(JSON.stringify(input)).digest('base64');

/** Questions of the main thread, or of one sub-agent: a prompt to the one says nothing about the other. */
function ofThread(pending: readonly PendingQuestion[], agent: string | undefined, outcome: string) {
  return pending
    .filter((question) => textField(question.reply_context, 'agent') === agent)
    .map(({ id }) => ({ id, outcome }));
}

function promptNote(prompt: string): LedgerNote {
  return {
    action: 'session.prompt',
    outcome: 'info',
    details: { characters: prompt.length, sha256: createHash('sha256').update(prompt).digest('hex') },
  };
}

/** It comes seconds after the fact, so it only speaks where nothing better did. */
function notified(body: JsonValue, pending: readonly PendingQuestion[]): HookOutcome {
  const message = textField(body, 'message') ?? '';
  switch (textField(body, 'notification_type')) {
    case 'permission_prompt':
      return pending.length > 0
        ? {}
        : { state: { state: 'waiting_permission', reason: 'asks for permission in its terminal' } };
    case 'idle_prompt':
      return { state: { state: 'waiting_input', reason: 'waits for a prompt' } };
    case 'elicitation_dialog':
      return { state: { state: 'waiting_input', reason: message.slice(0, 200) || 'asks in its terminal' } };
    default:
      return {};
  }
}

/** The answer in the shape of the PermissionRequest hook. Without a decision the agent's own dialog stays. */
export function encodeClaudeAnswer(approval: Approval, replyContext: JsonValue): JsonValue {
  if (approval.state === 'allowed') {
    const rules = field(replyContext, 'rules') ?? [];
    const remember = approval.decided_scope === 'session';
    return decision({
      behavior: 'allow',
      ...(remember
        ? { updatedPermissions: [{ type: 'addRules', rules, behavior: 'allow', destination: 'session' }] }
        : {}),
    });
  }
  if (approval.state === 'denied') {
    return decision({ behavior: 'deny', message: approval.message ?? 'The user denied this request.' });
  }
  return {};
}

const decision = (value: JsonValue): JsonValue => ({
  hookSpecificOutput: { hookEventName: 'PermissionRequest', decision: value },
});
