import type { Schema } from '../store/index.ts';

/** Tables in aegis.db. A token is kept as its SHA-256 alone. */
export const identitySchema: Schema = {
  namespace: 'identity',
  migrations: [
    {
      id: '001-first',
      sql: `
        CREATE TABLE agents (
          id           TEXT PRIMARY KEY,
          name         TEXT NOT NULL,
          session_id   TEXT,
          token_id     TEXT NOT NULL UNIQUE,
          token_hash   BLOB NOT NULL,
          created_at   TEXT NOT NULL,
          revoked_at   TEXT,
          last_used_at TEXT
        ) STRICT;
        -- A name stands for one living agent; sessions may share names.
        CREATE UNIQUE INDEX agents_living_name ON agents (name) WHERE revoked_at IS NULL AND session_id IS NULL;
        CREATE INDEX agents_session ON agents (session_id) WHERE session_id IS NOT NULL;
        CREATE TABLE agent_grants (
          agent_id      TEXT NOT NULL REFERENCES agents (id) ON DELETE CASCADE,
          credential_id TEXT NOT NULL,
          credential    TEXT NOT NULL,
          vault         TEXT NOT NULL,
          granted_at    TEXT NOT NULL,
          PRIMARY KEY (agent_id, credential_id)
        ) STRICT;
        CREATE INDEX agent_grants_credential ON agent_grants (credential_id);
      `,
    },
  ],
};
