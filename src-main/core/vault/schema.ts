import type { Schema } from '../store/index.ts';

/**
 * One file per vault. Rules are in clear, so that a locked vault can still be looked at; the secret is not, and its
 * envelope is bound to every rule that decides where it may go (see envelope.ts).
 */
export const vaultSchema: Schema = {
  namespace: 'vault',
  migrations: [
    {
      id: '001-first',
      sql: `
        CREATE TABLE vault_meta (
          single     INTEGER PRIMARY KEY CHECK (single = 1),
          vault_id   TEXT NOT NULL,
          name       TEXT NOT NULL,
          created_at TEXT NOT NULL,
          key_check  BLOB
        ) STRICT;
        CREATE TABLE key_slots (
          kind       TEXT PRIMARY KEY,
          parameters TEXT NOT NULL,
          wrapped    BLOB,
          checksum   BLOB NOT NULL,
          created_at TEXT NOT NULL
        ) STRICT;
        CREATE TABLE credentials (
          id            TEXT PRIMARY KEY,
          name          TEXT NOT NULL UNIQUE,
          version       INTEGER NOT NULL,
          service       TEXT NOT NULL,
          domains       TEXT NOT NULL,
          auth_type     TEXT NOT NULL,
          header_name   TEXT,
          query_name    TEXT,
          scopes        TEXT NOT NULL,
          upstream      TEXT,
          allow_private INTEGER NOT NULL,
          created_at    TEXT NOT NULL,
          expires_at    TEXT,
          last_used_at  TEXT
        ) STRICT;
        CREATE TABLE credential_versions (
          credential_id TEXT NOT NULL REFERENCES credentials (id) ON DELETE CASCADE,
          version       INTEGER NOT NULL,
          wrapped_key   BLOB NOT NULL,
          sealed        BLOB NOT NULL,
          created_at    TEXT NOT NULL,
          PRIMARY KEY (credential_id, version)
        ) STRICT;
      `,
    },
  ],
};
