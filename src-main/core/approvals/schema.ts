import type { Schema } from '../store/index.ts';

/** Questions put to a person. In `aegis.db`, so that what is pending survives a restart. */
export const approvalsSchema: Schema = {
  namespace: 'approvals',
  migrations: [
    {
      id: '001-approvals',
      sql: `
        CREATE TABLE approvals (
          id TEXT PRIMARY KEY,
          version INTEGER NOT NULL,
          kind TEXT NOT NULL,
          state TEXT NOT NULL,
          session_id TEXT NOT NULL,
          session_name TEXT NOT NULL,
          agent TEXT NOT NULL,
          work_dir TEXT NOT NULL,
          tool TEXT NOT NULL,
          input TEXT NOT NULL,
          summary TEXT NOT NULL,
          risk TEXT NOT NULL,
          suggestions TEXT NOT NULL,
          allow_scopes TEXT NOT NULL,
          opened_at TEXT NOT NULL,
          expires_at TEXT,
          decided_at TEXT,
          decided_by TEXT,
          decided_via TEXT,
          decided_scope TEXT,
          message TEXT,
          outcome TEXT,
          -- What the agent calls this question: its own id, and the held connection that waits for the answer.
          native_id TEXT,
          hook_id TEXT,
          -- What the adapter needs to phrase the answer, in its own shape.
          reply_context TEXT NOT NULL,
          -- The settled state once the ledger was told; it misses one only after a crash or while it was down.
          ledger_state TEXT
        ) STRICT;
        CREATE INDEX approvals_by_state ON approvals (state, id);
        CREATE INDEX approvals_by_session ON approvals (session_id, state, id);
        CREATE INDEX approvals_unledgered ON approvals (id) WHERE state <> 'pending' AND ledger_state IS NOT state;
        CREATE UNIQUE INDEX approvals_by_hook ON approvals (session_id, hook_id) WHERE hook_id IS NOT NULL;
      `,
    },
  ],
};
