import { z } from 'zod';
import { Cursor, Limit, Name, PageInput, pageOf, Timestamp } from './common.ts';
import { AgentId, SessionId } from './ids.ts';
import { procedure } from './procedure.ts';

/** Programs Aegis knows how to start. Each has one adapter in `src-main/core/sessions/agents/`. */
export const AgentKind = z.enum(['claude-code', 'shell', 'demo']);
export type AgentKind = z.infer<typeof AgentKind>;

/**
 * What a session is doing. Ended states are `done` (exit code 0), `failed` (any other end) and `killed` (ended by a
 * person through Aegis).
 */
export const SessionState = z.enum([
  'starting',
  'working',
  'waiting_permission',
  'waiting_input',
  'done',
  'failed',
  'killed',
]);
export type SessionState = z.infer<typeof SessionState>;

export const ENDED_STATES: readonly SessionState[] = ['done', 'failed', 'killed'];
export const isEnded = (state: SessionState): boolean => ENDED_STATES.includes(state);

export const Columns = z.number().int().min(2).max(1000);
export const Rows = z.number().int().min(1).max(500);

export const Session = z.object({
  id: SessionId,
  agent: AgentKind,
  /** The identity whose token this session carries. */
  agent_id: AgentId,
  name: z.string(),
  state: SessionState,
  /** The evidence for the state, in words: "asks to run Bash", "exit code 1". */
  state_reason: z.string(),
  state_since: Timestamp,
  work_dir: z.string(),
  /** What was started, without secrets: the program and its arguments. */
  command: z.array(z.string()),
  pid: z.number().int().nullable(),
  owner: z.string(),
  /** Credentials the session may use at the Gate, by name. */
  credentials: z.array(z.string()),
  pending_approvals: z.number().int(),
  /** Last non-empty line on the screen, for lists. Plain text. */
  last_line: z.string(),
  cols: Columns,
  rows: Rows,
  created_at: Timestamp,
  ended_at: Timestamp.nullable(),
  exit_code: z.number().int().nullable(),
});
export type Session = z.infer<typeof Session>;

const EnvName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/, 'must be an environment variable name');

export const SessionInput = z.strictObject({
  agent: AgentKind,
  /** Where the agent works. Only the demo agent may do without: it gets a folder of its own. */
  work_dir: z.string().min(1, 'name a folder').max(4096).optional(),
  name: z.string().trim().min(1).max(128).optional(),
  /** First prompt, handed to agents that take one. */
  prompt: z.string().max(100_000).optional(),
  /** For `shell`: the program and its arguments. Without it, the user's shell. */
  command: z.array(z.string().min(1).max(32_768)).min(1).max(256).optional(),
  /** Additional environment. Names that would redirect the agent's keys or loader are refused. */
  env: z.record(EnvName, z.string().max(32_768)).optional(),
  vault: Name.optional(),
  /** Credentials to grant to this session, by name. Without it: those whose service the agent speaks. */
  credentials: z.array(Name).max(50).optional(),
  cols: Columns.optional(),
  rows: Rows.optional(),
});
export type SessionInput = z.infer<typeof SessionInput>;

export const Screen = z.object({
  /** The visible lines, joined by newline, trailing blanks trimmed. */
  text: z.string(),
  cols: Columns,
  rows: Rows,
  cursor: z.object({ row: z.number().int(), col: z.number().int() }),
});
export type Screen = z.infer<typeof Screen>;

/** An agent Aegis can start, and whether it is installed here. */
export const AgentProgram = z.object({
  agent: AgentKind,
  label: z.string(),
  description: z.string(),
  installed: z.boolean(),
  version: z.string().nullable(),
  path: z.string().nullable(),
  /** How to install it, when it is not. */
  install_hint: z.string().nullable(),
  /** Gate service it calls its model through; null when it calls none. */
  service: z.string().nullable(),
  /** What it cannot do under Aegis, in plain words. */
  limits: z.array(z.string()),
});
export type AgentProgram = z.infer<typeof AgentProgram>;

/** How to reach the terminal bytes: a MessagePort in the desktop app, a WebSocket elsewhere. */
export const TerminalChannel = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('port'), nonce: z.string() }),
  z.object({ kind: z.literal('websocket'), path: z.string() }),
]);
export type TerminalChannel = z.infer<typeof TerminalChannel>;

const tag = 'sessions';
const byId = z.strictObject({ id: SessionId });
/** Sent text was written to the terminal's input; `bytes` counts what was written. */
const Delivered = z.object({ delivered: z.boolean(), bytes: z.number().int() });

export const sessionsContract = {
  programs: procedure('sessions:read', {
    method: 'GET',
    path: '/v1/agent-programs',
    summary: 'List the agents Aegis can start and whether they are installed',
    tag,
  })
    .input(PageInput)
    .output(pageOf(AgentProgram)),
  list: procedure('sessions:read', { method: 'GET', path: '/v1/sessions', summary: 'List sessions', tag })
    .input(
      z.strictObject({ state: SessionState.optional(), limit: Limit.optional(), cursor: Cursor.optional() }),
    )
    .output(pageOf(Session)),
  create: procedure('sessions:write', {
    method: 'POST',
    path: '/v1/sessions',
    summary: 'Start a session: an agent in a terminal, in a folder',
    tag,
    successStatus: 201,
  })
    .input(SessionInput)
    .output(Session),
  get: procedure('sessions:read', {
    method: 'GET',
    path: '/v1/sessions/{id}',
    summary: 'Show one session',
    tag,
  })
    .input(byId)
    .output(Session),
  remove: procedure('sessions:kill', {
    method: 'DELETE',
    path: '/v1/sessions/{id}',
    summary: 'End the session if it runs, revoke its token, and take it off the list',
    tag,
  })
    .input(byId)
    .output(Session),
  send: procedure('sessions:write', {
    method: 'POST',
    path: '/v1/sessions/{id}/send',
    summary: 'Type text and press Enter',
    tag,
  })
    .input(byId.extend({ text: z.string().min(1).max(100_000) }))
    .output(Delivered),
  keys: procedure('sessions:write', {
    method: 'POST',
    path: '/v1/sessions/{id}/keys',
    summary: 'Send raw bytes to the terminal',
    tag,
  })
    .input(byId.extend({ data: z.string().min(1).max(100_000) }))
    .output(Delivered),
  interrupt: procedure('sessions:write', {
    method: 'POST',
    path: '/v1/sessions/{id}/interrupt',
    summary: 'Press Ctrl+C',
    tag,
  })
    .input(byId)
    .output(Delivered),
  escape: procedure('sessions:write', {
    method: 'POST',
    path: '/v1/sessions/{id}/escape',
    summary: 'Press Escape',
    tag,
  })
    .input(byId)
    .output(Delivered),
  kill: procedure('sessions:kill', {
    method: 'POST',
    path: '/v1/sessions/{id}/kill',
    summary: 'End the session: hang up, then kill its process group, and revoke its token',
    tag,
  })
    .input(byId)
    .output(Session),
  resize: procedure('sessions:write', {
    method: 'POST',
    path: '/v1/sessions/{id}/resize',
    summary: 'Resize the terminal',
    tag,
  })
    .input(byId.extend({ cols: Columns, rows: Rows }))
    .output(Session),
  screen: procedure('sessions:read', {
    method: 'GET',
    path: '/v1/sessions/{id}/screen',
    summary: 'Read the visible screen as text',
    tag,
  })
    .input(byId)
    .output(Screen),
  /** Authorises a viewer. In the desktop app the port follows through the preload, tagged with `nonce`. */
  openTerminal: procedure('sessions:read', {
    method: 'POST',
    path: '/v1/sessions/{id}/terminal-channel',
    summary: 'Ask for a channel that carries the terminal bytes',
    tag,
  })
    .input(byId)
    .output(TerminalChannel),
  folders: procedure('sessions:write', {
    method: 'GET',
    path: '/v1/folders',
    summary: 'List the folders inside a folder, for choosing where a session works',
    tag,
  })
    .input(z.strictObject({ path: z.string().max(4096).optional() }))
    .output(
      z.object({
        path: z.string(),
        exists: z.boolean(),
        parent: z.string().nullable(),
        folders: z.array(z.string()),
      }),
    ),
};
