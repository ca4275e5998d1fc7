/** Builds complete approvals for tests. */
import { Approval } from '#contract';

export function approvalFixture(n: number, more: Partial<Approval> = {}): Approval {
  return Approval.parse({
    id: `apr_${String(n).padStart(32, '0')}`,
    version: 1,
    kind: 'tool',
    state: 'pending',
    session_id: `ses_${'1'.padStart(32, '0')}`,
    session_name: 'tidy up',
    agent: 'claude-code',
    work_dir: '/work/app',
    tool: 'Bash',
    input: { command: 'ls' },
    summary: 'Run a command',
    risk: { level: 'medium', reasons: ['runs a command'] },
    suggestions: [],
    allow_scopes: ['once', 'session'],
    opened_at: '2026-01-01T00:00:00.000Z',
    expires_at: null,
    decided_at: null,
    decided_by: null,
    decided_via: null,
    decided_scope: null,
    message: null,
    outcome: null,
    ...more,
  });
}
