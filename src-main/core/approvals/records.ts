import type { Approval, ApprovalId, ApprovalState, JsonValue } from '#contract';
import { Approval as ApprovalSchema } from '#contract';
import type { Db } from '../store/index.ts';

/** An approval with what only the service and the agent's adapter need to know. */
export interface StoredApproval {
  readonly approval: Approval;
  readonly native_id: string | null;
  readonly hook_id: string | null;
  readonly reply_context: JsonValue;
  readonly ledger_state: ApprovalState | null;
}

interface Row {
  id: string;
  input: string;
  risk: string;
  suggestions: string;
  allow_scopes: string;
  native_id: string | null;
  hook_id: string | null;
  reply_context: string;
  ledger_state: string | null;
  [column: string]: string | number | null;
}

export interface Settlement {
  readonly id: ApprovalId;
  readonly version: number;
  readonly state: Exclude<ApprovalState, 'pending'>;
  readonly decided_at: string;
  readonly decided_by: string | null;
  readonly decided_via: Approval['decided_via'];
  readonly decided_scope: Approval['decided_scope'];
  readonly message: string | null;
  readonly outcome: string | null;
}

/** Of all inputs on a page together. */
const PAGE_CHARACTERS = 8 * 1024 * 1024;

const COLUMNS =
  'id, version, kind, state, session_id, session_name, agent, work_dir, tool, input, summary, risk, suggestions, allow_scopes, opened_at, expires_at, decided_at, decided_by, decided_via, decided_scope, message, outcome, native_id, hook_id, reply_context, ledger_state';

/**
 * The table and its statements. Every change of state is one conditional UPDATE, so a question settles once. Open questions
 * are also held in memory, because every event of an agent looks at them.
 */
export class ApprovalRecords {
  readonly #insert;
  readonly #byId;
  readonly #byHook;
  readonly #unledgered;
  readonly #settle;
  readonly #markLedger;
  readonly #pending = new Map<string, StoredApproval>();
  readonly #db: Db;

  constructor(db: Db) {
    this.#db = db;
    this.#insert = db.prepare<[Record<string, string | number | null>]>(
      `INSERT INTO approvals (${COLUMNS}) VALUES (${COLUMNS.split(', ')
        .map((name) => `@${name}`)
        .join(', ')})`,
    );
    this.#byId = db.prepare<[string], Row>(`SELECT ${COLUMNS} FROM approvals WHERE id = ?`);
    this.#byHook = db.prepare<[string, string], Row>(
      `SELECT ${COLUMNS} FROM approvals WHERE session_id = ? AND hook_id = ?`,
    );
    this.#unledgered = db.prepare<[], Row>(
      `SELECT ${COLUMNS} FROM approvals WHERE state <> 'pending' AND ledger_state IS NOT state ORDER BY id`,
    );
    this.#settle = db.prepare<[Record<string, string | number | null>]>(
      `UPDATE approvals SET state = @state, version = version + 1, decided_at = @decided_at,
         decided_by = @decided_by, decided_via = @decided_via, decided_scope = @decided_scope,
         message = @message, outcome = @outcome, ledger_state = coalesce(@ledger_state, ledger_state)
       WHERE id = @id AND state = 'pending' AND version = @version`,
    );
    this.#markLedger = db.prepare<[string, string]>('UPDATE approvals SET ledger_state = ? WHERE id = ?');
    const open = db.prepare<[], Row>(`SELECT ${COLUMNS} FROM approvals WHERE state = 'pending' ORDER BY id`);
    for (const row of open.all()) this.#pending.set(row.id, toStored(row));
  }

  insert(stored: StoredApproval): void {
    const { approval } = stored;
    this.#insert.run({
      ...approval,
      input: JSON.stringify(approval.input),
      risk: JSON.stringify(approval.risk),
      suggestions: JSON.stringify(approval.suggestions),
      allow_scopes: JSON.stringify(approval.allow_scopes),
      native_id: stored.native_id,
      hook_id: stored.hook_id,
      reply_context: JSON.stringify(stored.reply_context),
      ledger_state: stored.ledger_state,
    });
    this.#pending.set(approval.id, stored);
  }

  find(id: string): StoredApproval | undefined {
    const open = this.#pending.get(id);
    if (open) return open;
    const row = this.#byId.get(id);
    return row && toStored(row);
  }

  findByHook(session: string, hook: string): StoredApproval | undefined {
    const row = this.#byHook.get(session, hook);
    return row && toStored(row);
  }

  /** Oldest first. */
  pending(): StoredApproval[] {
    return [...this.#pending.values()];
  }

  pendingOf(session: string): StoredApproval[] {
    return this.pending().filter(({ approval }) => approval.session_id === session);
  }

  /** Settled ones whose end the ledger has not been told. */
  unledgered(): StoredApproval[] {
    return this.#unledgered.all().map(toStored);
  }

  get pendingCount(): number {
    return this.#pending.size;
  }

  /** True when this call settled it; false when it was already settled or has another version. */
  settle(settlement: Settlement, ledgered: boolean): boolean {
    const result = this.#settle.run({
      ...settlement,
      ledger_state: ledgered ? settlement.state : null,
    });
    if (result.changes !== 1) return false;
    this.#pending.delete(settlement.id);
    return true;
  }

  markLedger(id: string, state: ApprovalState): void {
    this.#markLedger.run(state, id);
  }

  /**
   * Newest first. `before` is the id after which the page starts. A page may be shorter than `limit`: agents decide how
   * large their questions are, and a few hundred of the largest fit into nobody's memory.
   */
  page(filter: {
    state?: string | undefined;
    session_id?: string | undefined;
    before?: string | undefined;
    limit: number;
  }): { items: Approval[]; more: boolean } {
    const where: string[] = [];
    const values: (string | number)[] = [];
    for (const [clause, value] of [
      ['state = ?', filter.state],
      ['session_id = ?', filter.session_id],
      ['id < ?', filter.before],
    ] as const) {
      if (value === undefined) continue;
      where.push(clause);
      values.push(value);
    }
    const condition = where.length === 0 ? '' : `WHERE ${where.join(' AND ')}`;
    const rows = this.#db.prepare<(string | number)[], Row>(
      `SELECT ${COLUMNS} FROM approvals ${condition} ORDER BY id DESC LIMIT ?`,
    );
    const items: Approval[] = [];
    let size = 0;
    for (const row of rows.iterate(...values, filter.limit + 1)) {
      size += row.input.length;
      const full = items.length === filter.limit || (items.length > 0 && size > PAGE_CHARACTERS);
      if (full) return { items, more: true };
      items.push(toStored(row).approval);
    }
    return { items, more: false };
  }
}

function toStored(row: Row): StoredApproval {
  const { native_id, hook_id, reply_context, ledger_state, ...rest } = row;
  const approval = ApprovalSchema.parse({
    ...rest,
    input: JSON.parse(row.input) as JsonValue,
    risk: JSON.parse(row.risk) as JsonValue,
    suggestions: JSON.parse(row.suggestions) as JsonValue,
    allow_scopes: JSON.parse(row.allow_scopes) as JsonValue,
  });
  return {
    approval,
    native_id,
    hook_id,
    reply_context: JSON.parse(reply_context) as JsonValue,
    ledger_state: ledger_state as ApprovalState | null,
  };
}
