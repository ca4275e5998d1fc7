import type { Schema } from '../store/index.ts';

/** Sessions, running and ended. In `aegis.db`. */
export const sessionsSchema: Schema = {
  namespace: 'sessions',
  migrations: [
    {
      id: '001-sessions',
      sql: `
        CREATE TABLE sessions (
          id TEXT PRIMARY KEY,
          agent TEXT NOT NULL,
          agent_id TEXT NOT NULL,
          name TEXT NOT NULL,
          state TEXT NOT NULL,
          state_reason TEXT NOT NULL,
          state_since TEXT NOT NULL,
          work_dir TEXT NOT NULL,
          command TEXT NOT NULL,
          pid INTEGER,
          owner TEXT NOT NULL,
          credentials TEXT NOT NULL,
          last_line TEXT NOT NULL,
          cols INTEGER NOT NULL,
          rows INTEGER NOT NULL,
          created_at TEXT NOT NULL,
          ended_at TEXT,
          exit_code INTEGER,
          -- SHA-256 of the token with which the session's agent reports its events.
          hook_token_hash TEXT NOT NULL,
          -- What the agent's adapter wants to know again after a restart.
          agent_data TEXT NOT NULL,
          -- Who asked for its end; null when it ended by itself.
          killed_by TEXT,
          removed INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        CREATE INDEX sessions_listed ON sessions (removed, id);
        CREATE INDEX sessions_running ON sessions (ended_at) WHERE ended_at IS NULL;
      `,
    },
  ],
};
