import type { JsonValue, Session, SessionId } from '#contract';
import { Session as SessionSchema } from '#contract';
import type { Db } from '../store/index.ts';

/** A session with what only the service needs to know. */
export interface SessionRecord {
  /** `pending_approvals` is counted by whoever shows the session; 0 here. */
  session: Session;
  readonly hook_token_hash: string;
  readonly data: JsonValue;
  killed_by: string | null;
  removed: boolean;
}

interface Row {
  id: string;
  command: string;
  credentials: string;
  hook_token_hash: string;
  agent_data: string;
  killed_by: string | null;
  removed: number;
  [column: string]: string | number | null;
}

const COLUMNS =
  'id, agent, agent_id, name, state, state_reason, state_since, work_dir, command, pid, owner, credentials, last_line, cols, rows, created_at, ended_at, exit_code, hook_token_hash, agent_data, killed_by, removed';

export class SessionRecords {
  readonly #save;
  readonly #byId;
  readonly #running;
  readonly #byState;
  readonly #delete;
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
    const names = COLUMNS.split(', ');
    this.#save = db.prepare<[Record<string, string | number | null>]>(
      `INSERT INTO sessions (${COLUMNS}) VALUES (${names.map((name) => `@${name}`).join(', ')})
       ON CONFLICT (id) DO UPDATE SET ${names
         .slice(1)
         .map((name) => `${name} = excluded.${name}`)
         .join(', ')}`,
    );
    this.#byId = db.prepare<[string], Row>(`SELECT ${COLUMNS} FROM sessions WHERE id = ?`);
    this.#running = db.prepare<[], Row>(`SELECT ${COLUMNS} FROM sessions WHERE ended_at IS NULL ORDER BY id`);
    this.#byState = db.prepare<[], { state: string; n: number }>(
      'SELECT state, count(*) AS n FROM sessions WHERE removed = 0 GROUP BY state',
    );
    this.#delete = db.prepare<[string]>('DELETE FROM sessions WHERE id = ?');
  }

  save(record: SessionRecord): void {
    const { pending_approvals: _, ...session } = record.session;
    this.#save.run({
      ...session,
      command: JSON.stringify(session.command),
      credentials: JSON.stringify(session.credentials),
      hook_token_hash: record.hook_token_hash,
      agent_data: JSON.stringify(record.data),
      killed_by: record.killed_by,
      removed: record.removed ? 1 : 0,
    });
  }

  find(id: SessionId): SessionRecord | undefined {
    const row = this.#byId.get(id);
    return row && toRecord(row);
  }

  running(): SessionRecord[] {
    return this.#running.all().map(toRecord);
  }

  countByState(): Record<string, number> {
    return Object.fromEntries(this.#byState.all().map(({ state, n }) => [state, n]));
  }

  delete(id: SessionId): void {
    this.#delete.run(id);
  }

  /** Newest first. */
  page(filter: { state?: string | undefined; before?: string | undefined; limit: number }): SessionRecord[] {
    const where = ['removed = 0'];
    const values: (string | number)[] = [];
    if (filter.state !== undefined) {
      where.push('state = ?');
      values.push(filter.state);
    }
    if (filter.before !== undefined) {
      where.push('id < ?');
      values.push(filter.before);
    }
    return this.#db
      .prepare<(string | number)[], Row>(
        `SELECT ${COLUMNS} FROM sessions WHERE ${where.join(' AND ')} ORDER BY id DESC LIMIT ?`,
      )
      .all(...values, filter.limit)
      .map(toRecord);
  }
}

function toRecord(row: Row): SessionRecord {
  const { hook_token_hash, agent_data, killed_by, removed, ...rest } = row;
  return {
    session: SessionSchema.parse({
      ...rest,
      command: JSON.parse(row.command) as JsonValue,
      credentials: JSON.parse(row.credentials) as JsonValue,
      pending_approvals: 0,
    }),
    hook_token_hash,
    data: JSON.parse(agent_data) as JsonValue,
    killed_by,
    removed: removed === 1,
  };
}
