import type { Approval, AuditEntry, AuditEvent } from '#contract';

const ACTION_OF = {
  pending: 'approval.requested',
  allowed: 'approval.decided',
  denied: 'approval.decided',
  superseded: 'approval.superseded',
  expired: 'approval.expired',
} as const;

const OUTCOME_OF = {
  pending: 'asked',
  allowed: 'allowed',
  denied: 'denied',
  superseded: 'info',
  expired: 'info',
} as const;

/** The input itself stays out of the ledger: it may hold anything. The summary names what it is about. */
export function entryFor(approval: Approval): AuditEvent {
  return {
    action: ACTION_OF[approval.state],
    outcome: OUTCOME_OF[approval.state],
    actor: approval.decided_by ?? (approval.state === 'pending' ? approval.session_name : 'system'),
    agent: approval.agent,
    session_id: approval.session_id,
    approval_id: approval.id,
    target: `${approval.tool}: ${approval.summary}`,
    reason: approval.message ?? approval.outcome,
    details: {
      risk: approval.risk.level,
      ...(approval.decided_via === null ? {} : { via: approval.decided_via }),
      ...(approval.decided_scope === null ? {} : { scope: approval.decided_scope }),
    },
  };
}

/** The answer as the ledger has it, for a row that missed it. */
export function answerFrom(approval: Approval, entry: AuditEntry): Approval {
  const allowed = entry.outcome === 'allowed';
  const via = entry.details.via;
  return {
    ...approval,
    state: allowed ? 'allowed' : 'denied',
    version: approval.version + 1,
    decided_at: entry.time,
    decided_by: entry.actor,
    decided_via: typeof via === 'string' ? (via as Approval['decided_via']) : null,
    decided_scope: allowed ? (entry.details.scope === 'session' ? 'session' : 'once') : null,
    message: entry.reason,
  };
}
