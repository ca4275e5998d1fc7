import type { Agent, AgentId, CredentialId, Grant, SessionId } from '#contract';
import type { Db } from '../store/index.ts';
import { shownPrefix } from './tokens.ts';

/** An agent in memory, with its grants by credential. */
export interface AgentRecord {
  readonly id: AgentId;
  readonly name: string;
  readonly session_id: SessionId | null;
  readonly token_id: string;
  readonly token_hash: Buffer;
  readonly created_at: string;
  readonly revoked_at: string | null;
  readonly last_used_at: string | null;
  readonly grants: ReadonlyMap<CredentialId, Grant>;
}

type AgentRow = Omit<AgentRecord, 'grants'>;
type GrantRow = Grant & { agent_id: AgentId };

/** The agents' rows in aegis.db; every method is one transaction. */
export class AgentRecords {
  readonly #db: Db;
  readonly #grantsOf;

  constructor(db: Db) {
    this.#db = db;
    this.#grantsOf = db.prepare<[string], Grant>(
      'SELECT credential_id, credential, vault, granted_at FROM agent_grants WHERE agent_id = ? ORDER BY credential',
    );
  }

  /** All that are not revoked. */
  living(): AgentRecord[] {
    const grants = new Map<AgentId, Map<CredentialId, Grant>>();
    const rows = this.#db.prepare<[], GrantRow>(
      `SELECT g.* FROM agent_grants g JOIN agents a ON a.id = g.agent_id WHERE a.revoked_at IS NULL
       ORDER BY g.credential`,
    );
    for (const { agent_id, ...grant } of rows.iterate()) {
      const known = grants.get(agent_id) ?? new Map<CredentialId, Grant>();
      grants.set(agent_id, known.set(grant.credential_id, grant));
    }
    return this.#db
      .prepare<[], AgentRow>('SELECT * FROM agents WHERE revoked_at IS NULL ORDER BY id')
      .all()
      .map((row) => ({ ...row, grants: grants.get(row.id) ?? new Map() }));
  }

  find(id: AgentId): AgentRecord | undefined {
    const row = this.#db.prepare<[string], AgentRow>('SELECT * FROM agents WHERE id = ?').get(id);
    if (!row) return undefined;
    return { ...row, grants: new Map(this.#grantsOf.all(id).map((grant) => [grant.credential_id, grant])) };
  }

  insert(agent: AgentRecord): void {
    this.#db
      .transaction(() => {
        this.#db
          .prepare(
            `INSERT INTO agents (id, name, session_id, token_id, token_hash, created_at)
             VALUES (@id, @name, @session_id, @token_id, @token_hash, @created_at)`,
          )
          .run({
            id: agent.id,
            name: agent.name,
            session_id: agent.session_id,
            token_id: agent.token_id,
            token_hash: agent.token_hash,
            created_at: agent.created_at,
          });
        for (const grant of agent.grants.values()) this.addGrant(agent.id, grant);
      })
      .immediate();
  }

  revoke(id: AgentId, at: string): void {
    this.#db.prepare('UPDATE agents SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL').run(at, id);
  }

  replaceToken(id: AgentId, tokenId: string, hash: Buffer): void {
    this.#db.prepare('UPDATE agents SET token_id = ?, token_hash = ? WHERE id = ?').run(tokenId, hash, id);
  }

  addGrant(id: AgentId, grant: Grant): void {
    this.#db
      .prepare(
        `INSERT OR REPLACE INTO agent_grants (agent_id, credential_id, credential, vault, granted_at)
         VALUES (?, ?, ?, ?, ?)`,
      )
      .run(id, grant.credential_id, grant.credential, grant.vault, grant.granted_at);
  }

  removeGrant(id: AgentId, credential: CredentialId): void {
    this.#db.prepare('DELETE FROM agent_grants WHERE agent_id = ? AND credential_id = ?').run(id, credential);
  }

  forgetCredential(credential: string): void {
    this.#db.prepare('DELETE FROM agent_grants WHERE credential_id = ?').run(credential);
  }

  saveLastUsed(marks: ReadonlyMap<AgentId, string>): void {
    const update = this.#db.prepare('UPDATE agents SET last_used_at = ? WHERE id = ?');
    this.#db.transaction(() => {
      for (const [id, at] of marks) update.run(at, id);
    })();
  }
}

/** The agent as anybody may see it. */
export const shown = (agent: AgentRecord, lastUsed?: string): Agent => ({
  id: agent.id,
  name: agent.name,
  session_id: agent.session_id,
  token_prefix: shownPrefix(agent.token_id),
  created_at: agent.created_at,
  revoked_at: agent.revoked_at,
  last_used_at: lastUsed ?? agent.last_used_at,
  grants: [...agent.grants.values()],
});
