import type {
  AgentKind,
  Approval,
  ApprovalId,
  AuditAction,
  AuditDetails,
  AuditOutcome,
  JsonValue,
  SessionId,
  SessionState,
  Suggestion,
} from '#contract';
import type { Foreground } from '../pty-host-types.ts';

/** The environment of the user's login shell: what a program started from their terminal would see. */
export type Environment = Readonly<Record<string, string>>;

export interface Probe {
  readonly installed: boolean;
  /** Absolute path of the program. */
  readonly path: string | null;
  readonly version: string | null;
  /** What it cannot do under Aegis here, in plain words. */
  readonly limits: readonly string[];
}

export interface LaunchRequest {
  readonly session_id: SessionId;
  /** As `probe` found it. */
  readonly path: string;
  readonly work_dir: string;
  readonly prompt: string | undefined;
  readonly command: readonly string[] | undefined;
  /** What the program will see; adapters look up their own settings in it. */
  readonly env: Environment;
  /** `http://127.0.0.1:<port>/v1/hooks/<agent>`: where the agent reports, also while Aegis is not running. */
  readonly hook_url: string;
  /** Name of the environment variable that holds the hook token. The token itself never stands in an argument. */
  readonly hook_token_variable: string;
}

export interface Launch {
  readonly file: string;
  readonly args: readonly string[];
  /** The same for people: without the plumbing, and without the prompt. */
  readonly shown: readonly string[];
  readonly env: Environment;
  /** What the adapter wants to know again after a restart. */
  readonly data: JsonValue;
}

/** An unanswered question of the session. */
export interface PendingQuestion {
  readonly id: ApprovalId;
  readonly tool: string;
  readonly native_id: string | null;
  readonly reply_context: JsonValue;
}

export interface StateReading {
  readonly state: Extract<SessionState, 'working' | 'waiting_input' | 'waiting_permission'>;
  /** The evidence, in words. */
  readonly reason: string;
}

export interface Ask {
  readonly tool: string;
  readonly input: JsonValue;
  readonly suggestions: readonly Suggestion[];
  readonly native_id: string | null;
  readonly reply_context: JsonValue;
  /** How long the agent waits, in ms. Null: for ever. */
  readonly wait_ms: number | null;
}

export interface LedgerNote {
  readonly action: AuditAction;
  readonly outcome: AuditOutcome;
  readonly target?: string;
  readonly reason?: string;
  readonly duration_ms?: number;
  readonly details?: AuditDetails;
}

/** What one event of the agent means. */
export interface HookOutcome {
  readonly state?: StateReading;
  readonly ask?: Ask;
  /** Questions that need no answer any more, and why. */
  readonly retire?: readonly { readonly id: ApprovalId; readonly outcome: string }[];
  readonly notes?: readonly LedgerNote[];
}

/** Reads the events of one running session, in their order. */
export interface HookReader {
  read(event: string, body: JsonValue, pending: readonly PendingQuestion[]): HookOutcome;
}

/** A sign of life an agent keeps up to date by itself, asked for now and then to heal a wrong state. */
export interface Pulse {
  readonly status: 'busy' | 'idle' | 'waiting';
  /** What a waiting one waits for, in the agent's words. */
  readonly waiting_for: string | null;
  /** When it changed to that, in ms since 1970. */
  readonly since: number;
}

/**
 * All that is particular to one agent. Its protocol lives in its adapter and nowhere else; what an adapter leaves out,
 * the agent cannot do.
 */
export interface AgentAdapter {
  readonly kind: AgentKind;
  readonly label: string;
  readonly description: string;
  /** Gate service it calls its model through. */
  readonly service: string | null;
  readonly install_hint: string | null;
  /** Events whose sender waits for an answer. */
  readonly held_events: readonly string[];
  probe(env: Environment): Promise<Probe>;
  launch(request: LaunchRequest): Launch;
  reader?(workDir: string): HookReader;
  /** The body that carries the settlement to the agent; for one without a decision, the body that says so. */
  encodeAnswer?(approval: Approval, replyContext: JsonValue): JsonValue;
  /** State told by the program in front of the terminal. */
  foreground?(foreground: Foreground, data: JsonValue): StateReading | undefined;
  pulse?(data: JsonValue, pid: number): Promise<Pulse | undefined>;
}

/** The field of a JSON object, whatever it was given. */
export function field(body: JsonValue | undefined, key: string): JsonValue | undefined {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return undefined;
  return Object.hasOwn(body, key) ? body[key] : undefined;
}

/** For names and ids an agent makes up: they go into lists, the ledger and every viewer's memory. */
export const shortened = (text: string, max = 200): string =>
  text.length > max ? `${text.slice(0, max - 1)}…` : text;

export function textField(body: JsonValue | undefined, key: string): string | undefined {
  const value = field(body, key);
  return typeof value === 'string' ? value : undefined;
}
