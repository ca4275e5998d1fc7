/**
 * What the control plane and the terminal host say to each other over their socket. Every frame has a 4-byte length
 * and one byte kind (framing.ts): JSON for control, binary for what viewers send and get.
 */
import { z } from 'zod';

/** Raised on any change that an older host or client would misread. */
export const PROTOCOL_VERSION = 1;

const SessionKey = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/);
const Columns = z.number().int().min(2).max(1000);
const Rows = z.number().int().min(1).max(500);

/** How a session is started. The environment is used exactly as given; nothing of the host's own leaks in. */
export const CreateSpec = z.strictObject({
  id: SessionKey,
  /** Absolute path, or a name looked up in `env.PATH`. */
  file: z.string().min(1).max(4096),
  args: z.array(z.string().max(1_000_000)).max(4096),
  cwd: z.string().min(1).max(4096),
  env: z.record(z.string(), z.string()),
  cols: Columns,
  rows: Rows,
  hook: z
    .strictObject({
      /** SHA-256 of the session's hook token, hex. The token itself never comes here. */
      token_hash: z.string().regex(/^[0-9a-f]{64}$/),
      /** Hook events whose HTTP request is held open until the control plane answers. */
      held_events: z.array(z.string().max(64)).max(64),
    })
    .optional(),
});
export type CreateSpec = z.infer<typeof CreateSpec>;

export const SessionExit = z.object({
  exit_code: z.number().int().nullable(),
  /** "SIGKILL"; null when the program ended by itself. */
  signal: z.string().nullable(),
  ended_at: z.string(),
  /** True when Aegis ended it through `kill`. */
  killed: z.boolean(),
});
export type SessionExit = z.infer<typeof SessionExit>;

export const Foreground = z.object({ pid: z.number().int(), name: z.string(), is_shell: z.boolean() });
export type Foreground = z.infer<typeof Foreground>;

export const HostedSession = z.object({
  id: SessionKey,
  pid: z.number().int(),
  cols: Columns,
  rows: Rows,
  title: z.string(),
  last_line: z.string(),
  foreground: Foreground.nullable(),
  started_at: z.string(),
  /** Bytes the program has written. */
  offset: z.number().int(),
  /** Set once it has ended; the session stays listed until it is removed. */
  exit: SessionExit.nullable(),
});
export type HostedSession = z.infer<typeof HostedSession>;

/** News about a session, at most about once a second each. Only what changed is present. */
export const SessionMeta = z.object({
  id: SessionKey,
  last_line: z.string().optional(),
  title: z.string().optional(),
  foreground: Foreground.nullable().optional(),
  /** Rang since the last news. */
  bell: z.boolean().optional(),
  cols: Columns.optional(),
  rows: Rows.optional(),
  /** The program wrote something since the last news; `offset` is the count of bytes so far. */
  offset: z.number().int().optional(),
});
export type SessionMeta = z.infer<typeof SessionMeta>;

/** A hook call an agent made. `held`: its request is open and waits for `reply_hook`. */
export const HookCall = z.object({
  hook_id: z.string(),
  session_id: SessionKey,
  agent: z.string(),
  event: z.string(),
  /** The request body as text; JSON as a rule, but that is for the reader to check. */
  body: z.string(),
  held: z.boolean(),
  received_at: z.string(),
});
export type HookCall = z.infer<typeof HookCall>;

export const ScreenText = z.object({
  text: z.string(),
  cols: Columns,
  rows: Rows,
  cursor: z.object({ row: z.number().int(), col: z.number().int() }),
});
export type ScreenText = z.infer<typeof ScreenText>;

const bySession = z.strictObject({ id: SessionKey });
const ViewerId = z.number().int().min(1).max(0xffff_ffff);

/** Operations the control plane asks for: name -> [input, output]. */
export const OPERATIONS = {
  create: [CreateSpec, HostedSession],
  input: [bySession.extend({ data: z.string() }), z.object({ bytes: z.number().int() })],
  resize: [bySession.extend({ cols: Columns, rows: Rows }), z.object({})],
  kill: [bySession, z.object({})],
  screen: [bySession, ScreenText],
  foreground: [bySession, z.object({ foreground: Foreground.nullable() })],
  list: [z.strictObject({}), z.object({ sessions: z.array(HostedSession) })],
  /** Forgets an ended session: its exit is stored elsewhere by now, and nobody will look at its screen again. */
  remove: [bySession, z.object({})],
  /** The control plane has stored the exit; it is not reported again. */
  acknowledge_exit: [bySession, z.object({})],
  attach: [
    bySession.extend({ viewer: ViewerId, cols: Columns.optional(), rows: Rows.optional() }),
    z.object({}),
  ],
  detach: [z.strictObject({ viewer: ViewerId }), z.object({})],
  reply_hook: [
    z.strictObject({
      hook_id: z.string(),
      status: z.number().int().min(200).max(599),
      body: z.string(),
    }),
    z.object({ delivered: z.boolean() }),
  ],
  ping: [z.strictObject({}), z.object({})],
  /** Ends all sessions and the host. With `if_idle`, refused while a session runs. */
  shutdown: [z.strictObject({ if_idle: z.boolean().optional() }), z.object({})],
} as const;
export type Operation = keyof typeof OPERATIONS;
export type OperationInput<O extends Operation> = z.input<(typeof OPERATIONS)[O][0]>;
export type OperationOutput<O extends Operation> = z.output<(typeof OPERATIONS)[O][1]>;

/** Errors a host answers with; the client turns them into the catalogue's codes. */
export const HostErrorCode = z.enum([
  'INVALID_INPUT',
  'FOLDER_MISSING',
  'AGENT_NOT_INSTALLED',
  'NOT_FOUND',
  'SESSION_ENDED',
  'SESSION_LIVE',
  'NAME_TAKEN',
  'TOO_MANY_SESSIONS',
  'INTERNAL',
]);
export type HostErrorCode = z.infer<typeof HostErrorCode>;

/** The first frame of a connection, from the host: prove that you know the secret. */
export const Challenge = z.object({
  t: z.literal('challenge'),
  protocol: z.number().int(),
  nonce: z.string(),
});
/** `proof` = HMAC-SHA-256(secret, "client" . host nonce . client nonce), hex. */
export const Hello = z.object({
  t: z.literal('hello'),
  protocol: z.number().int(),
  nonce: z.string().min(16).max(128),
  proof: z.string().max(128),
  pid: z.number().int(),
});
/** The host's own proof, with "host" in place of "client"; what it holds follows as events. */
export const Welcome = z.object({
  t: z.literal('welcome'),
  proof: z.string(),
  protocol: z.number().int(),
  /** New with each host process: whether sessions survived is told by it. */
  instance: z.string(),
  pid: z.number().int(),
  hook_port: z.number().int(),
  live_sessions: z.number().int(),
});
export type Welcome = z.infer<typeof Welcome>;

export const Request = z.object({
  t: z.literal('request'),
  n: z.number().int(),
  op: z.string(),
  input: z.unknown(),
});
export const Response = z.object({
  t: z.literal('response'),
  n: z.number().int(),
  output: z.unknown().optional(),
  error: z.object({ code: HostErrorCode, detail: z.string(), hint: z.string().optional() }).optional(),
});

/** What the host tells without being asked. */
export const HostEvent = z.discriminatedUnion('event', [
  z.object({ t: z.literal('event'), event: z.literal('exit'), id: SessionKey, exit: SessionExit }),
  z.object({ t: z.literal('event'), event: z.literal('meta'), meta: SessionMeta }),
  z.object({ t: z.literal('event'), event: z.literal('hook'), call: HookCall }),
  /** The agent closed a held request: nobody waits for its answer any more. */
  z.object({
    t: z.literal('event'),
    event: z.literal('hook_closed'),
    hook_id: z.string(),
    session_id: SessionKey,
  }),
  /** Copies of hook calls that were dropped because too many came while nobody listened. */
  z.object({ t: z.literal('event'), event: z.literal('hooks_dropped'), count: z.number().int() }),
  z.object({ t: z.literal('event'), event: z.literal('viewer_closed'), viewer: ViewerId }),
  /** Another control plane connected; this connection ends and must not come back by itself. */
  z.object({ t: z.literal('event'), event: z.literal('replaced') }),
]);
export type HostEvent = z.infer<typeof HostEvent>;

export const FromHost = z.union([Response, HostEvent]);
