import { z } from 'zod';
import { Cursor, Json, Limit, pageOf, Timestamp } from './common.ts';
import { ApprovalId, SessionId } from './ids.ts';
import { procedure } from './procedure.ts';
import { AgentKind } from './sessions.ts';

/**
 * `pending` -> exactly one of: `allowed`, `denied` (a person answered), `superseded` (answered in the agent's own
 * terminal, or the agent moved on) or `expired` (nobody can be answered any more).
 */
export const ApprovalState = z.enum(['pending', 'allowed', 'denied', 'superseded', 'expired']);
export type ApprovalState = z.infer<typeof ApprovalState>;

export const RiskLevel = z.enum(['low', 'medium', 'high']);
export type RiskLevel = z.infer<typeof RiskLevel>;

export const Risk = z.object({ level: RiskLevel, reasons: z.array(z.string()) });
export type Risk = z.infer<typeof Risk>;

/** A rule the agent itself offers to remember; `rule` is its own syntax, such as `Bash(npm test)`. */
export const Suggestion = z.object({ id: z.string(), rule: z.string(), label: z.string() });
export type Suggestion = z.infer<typeof Suggestion>;

/** Where an answer came from. */
export const DecidedVia = z.enum(['app', 'notification', 'console', 'api', 'cli', 'terminal', 'system']);
export type DecidedVia = z.infer<typeof DecidedVia>;

export const Approval = z.object({
  id: ApprovalId,
  /** Counts changes to the record; an answer must name the version that was read. */
  version: z.number().int().min(1),
  kind: z.enum(['tool']),
  state: ApprovalState,
  session_id: SessionId,
  session_name: z.string(),
  agent: AgentKind,
  work_dir: z.string(),
  tool: z.string(),
  /** What the agent sent, unchanged. Untrusted text: show it as plain text only. */
  input: Json,
  /** One sentence in our words: "Run a command", "Change src/a.ts". */
  summary: z.string(),
  risk: Risk,
  suggestions: z.array(Suggestion),
  /** Answers this agent understands for this request. */
  allow_scopes: z.array(z.enum(['once', 'session'])),
  opened_at: Timestamp,
  expires_at: Timestamp.nullable(),
  decided_at: Timestamp.nullable(),
  decided_by: z.string().nullable(),
  decided_via: DecidedVia.nullable(),
  decided_scope: z.enum(['once', 'session']).nullable(),
  /** The reason given with a denial; the agent reads it. */
  message: z.string().nullable(),
  /** Why it was superseded or expired, in words. */
  outcome: z.string().nullable(),
});
export type Approval = z.infer<typeof Approval>;

export const DecideInput = z.strictObject({
  id: ApprovalId,
  decision: z.enum(['allow', 'deny']),
  scope: z.enum(['once', 'session']).optional(),
  message: z.string().max(10_000).optional(),
  /** The version that was read. Without it the newest is meant. */
  version: z.number().int().min(1).optional(),
});
export type DecideInput = z.infer<typeof DecideInput>;

const tag = 'approvals';
const bySession = z.strictObject({ id: SessionId, message: z.string().max(10_000).optional() });

export const approvalsContract = {
  list: procedure('approvals:read', { method: 'GET', path: '/v1/approvals', summary: 'List approvals', tag })
    .input(
      z.strictObject({
        state: ApprovalState.optional(),
        session_id: SessionId.optional(),
        limit: Limit.optional(),
        cursor: Cursor.optional(),
      }),
    )
    .output(pageOf(Approval)),
  get: procedure('approvals:read', {
    method: 'GET',
    path: '/v1/approvals/{id}',
    summary: 'Show one approval',
    tag,
  })
    .input(z.strictObject({ id: ApprovalId }))
    .output(Approval),
  decide: procedure('approvals:decide', {
    method: 'POST',
    path: '/v1/approvals/{id}/decide',
    summary: 'Answer a request: once, by whoever comes first',
    tag,
  })
    .input(DecideInput)
    .output(Approval),
  approveSession: procedure('approvals:decide', {
    method: 'POST',
    path: '/v1/sessions/{id}/approve',
    summary: 'Allow the one pending request of a session, once',
    tag,
  })
    .input(bySession.omit({ message: true }))
    .output(Approval),
  rejectSession: procedure('approvals:decide', {
    method: 'POST',
    path: '/v1/sessions/{id}/reject',
    summary: 'Deny the one pending request of a session',
    tag,
  })
    .input(bySession)
    .output(Approval),
};

/** Events of one session's agent, delivered by the agent itself with its session token. */
export const hooksContract = {
  deliver: procedure('hooks:deliver', {
    method: 'POST',
    path: '/v1/hooks/{agent}/{event}',
    summary: 'Deliver an agent event; the answer has the shape that agent expects',
    tag: 'hooks',
  })
    .input(z.looseObject({ agent: AgentKind, event: z.string().regex(/^[A-Za-z]{1,64}$/) }))
    .output(Json),
};
