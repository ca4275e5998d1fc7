import { z } from 'zod';
import { Cursor, Empty, Limit, pageOf, Timestamp } from './common.ts';
import { AuditId } from './ids.ts';
import { procedure } from './procedure.ts';

/** What the ledger can say: every action and when it is written. */
export const AUDIT_ACTIONS = {
  'app.started': 'the control plane started',
  'app.stopped': 'the control plane stopped in order',
  'auth.signed_in': 'somebody signed in to the console',
  'auth.refused': 'a sign-in or token was refused',
  'vault.set_up': 'a vault got its first key',
  'vault.locked': 'a vault was locked',
  'vault.unlocked': 'a vault was unlocked',
  'vault.unlock_refused': 'an attempt to unlock a vault failed',
  'vault.passphrase_set': 'a vault got a passphrase',
  'credential.added': 'a credential was stored',
  'credential.removed': 'a credential was deleted',
  'agent.created': 'an agent identity was created',
  'agent.revoked': 'an agent identity was revoked',
  'agent.regenerated': "an agent's token was replaced",
  'grant.added': 'an agent was allowed to use a credential',
  'grant.removed': 'the use of a credential was taken away',
  'session.started': 'an agent was started in a terminal',
  'session.start_failed': 'an agent could not be started',
  'session.prompt': 'the agent took a prompt from its user (length and hash, not the text)',
  'session.input': 'somebody typed into a session through the API',
  'session.ended': 'the session ended',
  'tool.called': 'the agent began a tool call',
  'tool.finished': 'a tool call ended',
  'approval.requested': 'an agent asked for permission',
  'approval.decided': 'a permission request was answered',
  'approval.superseded': "answered in the agent's own terminal, or no longer needed",
  'approval.expired': 'nobody could be answered any more',
  'gate.request': 'the Gate judged a request; written before it leaves',
  'gate.completed': 'a forwarded request ended: status, bytes and duration',
  'ledger.verified': 'the ledger was verified by a person',
  'ledger.exported': 'entries were exported',
  'ledger.recovered':
    'entries were on disk that the head kept outside did not know yet: power loss, or the key came late',
  'ledger.tampering_found': 'the ledger was not as it had been left: changed, cut or extended from outside',
  'ledger.tampering_accepted': 'a person looked at what was found and lets the ledger go on from there',
} as const;

export const AuditAction = z.enum(Object.keys(AUDIT_ACTIONS) as [keyof typeof AUDIT_ACTIONS]);
export type AuditAction = keyof typeof AUDIT_ACTIONS;

export const AuditOutcome = z.enum(['allowed', 'denied', 'asked', 'error', 'info']);
export type AuditOutcome = z.infer<typeof AuditOutcome>;

/** Further facts of an entry; scalars only, so that hashing and searching stay simple. */
export const AuditDetails = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));
export type AuditDetails = z.infer<typeof AuditDetails>;

export const AuditEntry = z.object({
  id: AuditId,
  /** 1 for the first entry, without gaps. */
  seq: z.number().int().min(1),
  time: Timestamp,
  action: AuditAction,
  outcome: AuditOutcome,
  /** Who did it: the desktop owner, a token's name, an agent's name, `system`. */
  actor: z.string(),
  on_behalf_of: z.string().nullable(),
  tenant: z.string(),
  agent: z.string().nullable(),
  session_id: z.string().nullable(),
  service: z.string().nullable(),
  /** What it was done to: a credential, `GET api.example.com/v1/models`, a tool. */
  target: z.string().nullable(),
  /** Stable machine code of a refusal or error. */
  code: z.string().nullable(),
  reason: z.string().nullable(),
  request_id: z.string().nullable(),
  approval_id: z.string().nullable(),
  /** W3C trace id, where the caller sent one. */
  trace_id: z.string().nullable(),
  /** The policy and the rule in it that decided, where one did. */
  policy: z.string().nullable(),
  rule: z.string().nullable(),
  /** The local process behind the request, where the system tells: `node (4711)`. */
  source_process: z.string().nullable(),
  bytes_in: z.number().int().nullable(),
  bytes_out: z.number().int().nullable(),
  duration_ms: z.number().nullable(),
  details: AuditDetails,
  /** Hash of the entry before this one; 64 zeros for the first. */
  prev_hash: z.string(),
  /** SHA-256 over a zero byte and the canonical JSON (RFC 8785) of every other field: an RFC 9162 leaf hash. */
  hash: z.string(),
});
export type AuditEntry = z.infer<typeof AuditEntry>;

/** What a service hands to the ledger; the ledger adds id, seq, time and hashes. */
export type AuditEvent = { action: AuditAction; outcome: AuditOutcome; actor: string } & {
  [K in Exclude<
    keyof AuditEntry,
    'id' | 'seq' | 'time' | 'action' | 'outcome' | 'actor' | 'prev_hash' | 'hash'
  >]?: AuditEntry[K] | undefined;
};

export const AuditFilter = z.strictObject({
  actor: z.string().max(256).optional(),
  agent: z.string().max(256).optional(),
  session_id: z.string().max(64).optional(),
  service: z.string().max(64).optional(),
  action: z.string().max(64).optional(),
  outcome: AuditOutcome.optional(),
  request_id: z.string().max(64).optional(),
  approval_id: z.string().max(64).optional(),
  tenant: z.string().max(128).optional(),
  on_behalf_of: z.string().max(256).optional(),
  code: z.string().max(64).optional(),
  trace_id: z.string().max(64).optional(),
  policy: z.string().max(128).optional(),
  rule: z.string().max(256).optional(),
  target: z.string().max(4096).optional(),
  /** Inclusive. Any ISO 8601 form; without an offset it is UTC; a bare date is its first moment. */
  since: z.iso.datetime({ offset: true, local: true }).or(z.iso.date()).optional(),
  /** Exclusive, but a bare date includes that whole day. */
  until: z.iso.datetime({ offset: true, local: true }).or(z.iso.date()).optional(),
  /** Every word must begin a word of the entry's text, in any case; an id finds what belongs to it. */
  q: z.string().max(512).optional(),
});
export type AuditFilter = z.infer<typeof AuditFilter>;

export const VerifyResult = z.object({
  valid: z.boolean(),
  entries: z.number().int(),
  /** Hash that stands for the whole log at this size. */
  root: z.string(),
  first_bad: z.object({ seq: z.number().int(), problem: z.string() }).optional(),
  verified_at: Timestamp,
  duration_ms: z.number(),
});
export type VerifyResult = z.infer<typeof VerifyResult>;

/** Signed size and root of the whole log at one moment (C2SP checkpoint). */
export const AuditCheckpoint = z.object({
  size: z.number().int(),
  /** RFC 9162 root hash, hex. */
  root: z.string(),
  /** The signed note; null while the signing key cannot be had. */
  note: z.string().nullable(),
  /** Public key that verifies it: `name+id+base64`, a C2SP verifier key. */
  key: z.string().nullable(),
});
export type AuditCheckpoint = z.infer<typeof AuditCheckpoint>;

/** That an entry is in the log a checkpoint signs. `index` counts from 0; hashes are hex, leaf first. */
export const AuditProof = AuditCheckpoint.extend({
  entry: AuditEntry,
  index: z.number().int(),
  proof: z.array(z.string()),
});
export type AuditProof = z.infer<typeof AuditProof>;

/** That the log of `first` entries is the beginning of the log of `second`. */
export const AuditConsistency = z.object({
  first: z.number().int(),
  second: z.number().int(),
  first_root: z.string(),
  second_root: z.string(),
  proof: z.array(z.string()),
});
export type AuditConsistency = z.infer<typeof AuditConsistency>;

/** Fields that can be counted by. */
export const AuditFacet = z.enum([
  'action',
  'outcome',
  'actor',
  'agent',
  'service',
  'code',
  'session_id',
  'tenant',
  'policy',
]);
export type AuditFacet = z.infer<typeof AuditFacet>;

const Counts = z.record(
  AuditFacet,
  z.array(z.object({ value: z.string().nullable(), count: z.number().int() })),
);

export const AuditStats = z.object({
  total: z.number().int(),
  /** Most frequent first, at most 100 values each. */
  by: Counts,
  interval: z.enum(['minute', 'hour', 'day']),
  /** In order of time; intervals without entries are left out. */
  buckets: z.array(
    z.object({ start: Timestamp, total: z.number().int(), outcomes: z.record(z.string(), z.number().int()) }),
  ),
});
export type AuditStats = z.infer<typeof AuditStats>;

export const AuditFacets = z.object({ total: z.number().int(), facets: Counts });
export type AuditFacets = z.infer<typeof AuditFacets>;

export const AuditExportFormat = z.enum(['csv', 'json', 'jsonl']);
export type AuditExportFormat = z.infer<typeof AuditExportFormat>;

const tag = 'audit';

export const auditContract = {
  list: procedure('ledger:read', {
    method: 'GET',
    path: '/v1/audit',
    summary: 'Read the ledger, newest first',
    tag,
  })
    .input(AuditFilter.extend({ limit: Limit.optional(), cursor: Cursor.optional() }))
    .output(pageOf(AuditEntry)),
  get: procedure('ledger:read', { method: 'GET', path: '/v1/audit/{id}', summary: 'Show one entry', tag })
    .input(z.strictObject({ id: AuditId }))
    .output(AuditEntry),
  verify: procedure('ledger:read', {
    method: 'POST',
    path: '/v1/audit/verify',
    summary: 'Check that no entry was changed, moved or removed',
    tag,
  })
    .input(Empty)
    .output(VerifyResult),
  stats: procedure('ledger:read', {
    method: 'GET',
    path: '/v1/audit/stats',
    summary: 'Count entries by service, agent, outcome and time',
    tag,
  })
    .input(AuditFilter.extend({ interval: z.enum(['minute', 'hour', 'day']).optional() }))
    .output(AuditStats),
  facets: procedure('ledger:read', {
    method: 'GET',
    path: '/v1/audit/facets',
    summary: 'Count the values of each field, as if the filter said nothing about that field',
    tag,
  })
    .input(AuditFilter)
    .output(AuditFacets),
  thread: procedure('ledger:read', {
    method: 'GET',
    path: '/v1/audit/thread',
    summary: 'Read what belongs to one session, request or approval, oldest first',
    tag,
  })
    .input(
      z
        .strictObject({
          session_id: z.string().max(64).optional(),
          request_id: z.string().max(64).optional(),
          approval_id: z.string().max(64).optional(),
          limit: Limit.optional(),
          cursor: Cursor.optional(),
        })
        .refine((input) => input.session_id ?? input.request_id ?? input.approval_id, {
          message: 'Give a session_id, a request_id or an approval_id.',
        }),
    )
    .output(pageOf(AuditEntry)),
  checkpoint: procedure('ledger:read', {
    method: 'GET',
    path: '/v1/audit/checkpoint',
    summary: 'Sign the size and root of the whole ledger as it is now',
    tag,
  })
    .input(Empty)
    .output(AuditCheckpoint),
  proof: procedure('ledger:read', {
    method: 'GET',
    path: '/v1/audit/{id}/proof',
    summary: 'Prove that an entry is in the signed ledger',
    tag,
  })
    .input(z.strictObject({ id: AuditId }))
    .output(AuditProof),
  consistency: procedure('ledger:read', {
    method: 'GET',
    path: '/v1/audit/consistency',
    summary: 'Prove that an earlier ledger is the beginning of a later one',
    tag,
  })
    .input(
      z.strictObject({
        first: z.coerce.number().int().min(0),
        /** The present size when left out. */
        second: z.coerce.number().int().min(0).optional(),
      }),
    )
    .output(AuditConsistency),
  export: procedure('ledger:export', {
    method: 'GET',
    path: '/v1/audit/export',
    summary: 'Download entries as CSV, JSON or JSON Lines, oldest first',
    tag,
  })
    .route({ outputStructure: 'detailed' })
    .input(
      AuditFilter.extend({
        format: AuditExportFormat.optional(),
        /** Puts an inclusion proof on each entry, so that a part of the ledger can be verified by itself. */
        proofs: z.boolean().optional(),
      }),
    )
    .output(
      z.object({
        headers: z.record(z.string(), z.string()),
        /** The file, as it is being made. Over HTTP only: message ports carry no streams of bytes. */
        body: z.custom<ReadableStream<Uint8Array>>((value) => value instanceof ReadableStream),
      }),
    ),
  accept: procedure('admin', {
    method: 'POST',
    path: '/v1/audit/accept',
    summary: 'Let the ledger go on after tampering was found and looked at',
    tag,
  })
    .input(z.strictObject({ reason: z.string().min(1).max(1000) }))
    .output(AuditEntry),
};
