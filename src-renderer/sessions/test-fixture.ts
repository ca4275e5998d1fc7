/** Builds complete sessions for tests. */
import { Session } from '#contract';

export function sessionFixture(n: number, more: Partial<Session> = {}): Session {
  return Session.parse({
    id: `ses_${String(n).padStart(32, '0')}`,
    agent: 'claude-code',
    agent_id: `agt_${String(n).padStart(32, '0')}`,
    name: `session ${n}`,
    state: 'working',
    state_reason: 'calls a tool',
    state_since: '2026-01-01T00:00:00.000Z',
    work_dir: '/work/app',
    command: ['claude'],
    pid: 100 + n,
    owner: 'owner',
    credentials: [],
    pending_approvals: 0,
    last_line: '',
    cols: 80,
    rows: 24,
    created_at: '2026-01-01T00:00:00.000Z',
    ended_at: null,
    exit_code: null,
    ...more,
  });
}
