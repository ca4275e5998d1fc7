import type {
  AgentKind,
  Approval,
  ApprovalId,
  ApprovalState,
  AuditEntry,
  AuditEvent,
  DecideInput,
  JsonValue,
  LiveEvent,
  SessionId,
  Suggestion,
} from '#contract';
import { Emitter } from '../base/emitter.ts';
import { AegisError, messageOf } from '../base/errors.ts';
import { newId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import type { Actor } from '../base/principal.ts';
import { nowIso } from '../base/time.ts';
import type { Db } from '../store/index.ts';
import { answerFrom, entryFor } from './ledger-entries.ts';
import { ApprovalRecords, type StoredApproval } from './records.ts';
import { alreadySettled, changed, scopeNotOffered } from './refusals.ts';
import { assess } from './risk/index.ts';

/** What this service needs of the ledger. */
export interface LedgerPort {
  append(event: AuditEvent): Promise<AuditEntry>;
  list(filter: {
    approval_id?: string;
    action?: string;
    limit?: number;
  }): { items: AuditEntry[] } | Promise<{ items: AuditEntry[] }>;
}

export interface ApprovalsOptions {
  readonly db: Db;
  readonly ledger: LedgerPort;
  readonly live: { publish(event: LiveEvent): void };
  readonly log: Log;
}

/** A question as an agent's adapter puts it. */
export interface ApprovalRequest {
  readonly session_id: SessionId;
  readonly session_name: string;
  readonly agent: AgentKind;
  readonly work_dir: string;
  readonly tool: string;
  readonly input: JsonValue;
  /** What "allow for this session" would remember; none means that scope is not offered. */
  readonly suggestions: readonly Suggestion[];
  /** The agent's own id of the question, where it has one. */
  readonly native_id: string | null;
  /** The held connection that waits for the answer; unique within the session. */
  readonly hook_id: string | null;
  /** What the adapter needs to phrase the answer later, also after a restart. */
  readonly reply_context: JsonValue;
  readonly expires_at: string | null;
}

const DEFAULT_PAGE = 100;

/**
 * Questions put to a person, each with exactly one answer. A question is stored before anybody sees it, settled by one
 * conditional UPDATE, and an answer reaches the agent only after the ledger has it. This service never decides by
 * itself: it settles on a person's answer, on the news that the question is moot, or on the end of its time.
 */
export class Approvals {
  readonly #records: ApprovalRecords;
  readonly #ledger: LedgerPort;
  readonly #live: ApprovalsOptions['live'];
  readonly #log: Log;
  readonly #settled: Emitter<Approval>;
  /** One change at a time per question: an answer that waits for the ledger is not overtaken. */
  readonly #queues = new Map<string, Promise<unknown>>();
  #expiry: NodeJS.Timeout | undefined;

  constructor(options: ApprovalsOptions) {
    this.#records = new ApprovalRecords(options.db);
    this.#ledger = options.ledger;
    this.#live = options.live;
    this.#log = options.log;
    this.#settled = new Emitter((error) => this.#log.error({ error: messageOf(error) }, 'approval listener'));
  }

  /**
   * Stores the question, tells the ledger, then shows it. Asked again with the same `hook_id`, it answers the question
   * already known. Rejects with LEDGER_UNAVAILABLE, leaving nothing to answer, when the ledger cannot take it.
   */
  async open(request: ApprovalRequest): Promise<Approval> {
    if (request.hook_id !== null) {
      const known = this.#records.findByHook(request.session_id, request.hook_id);
      if (known) return known.approval;
    }
    const { summary, risk } = assess(request.tool, request.input, request.work_dir);
    const approval: Approval = {
      id: newId('apr'),
      version: 1,
      kind: 'tool',
      state: 'pending',
      session_id: request.session_id,
      session_name: request.session_name,
      agent: request.agent,
      work_dir: request.work_dir,
      tool: request.tool,
      input: request.input,
      summary,
      risk,
      suggestions: [...request.suggestions],
      allow_scopes: request.suggestions.length === 0 ? ['once'] : ['once', 'session'],
      opened_at: nowIso(),
      expires_at: request.expires_at,
      decided_at: null,
      decided_by: null,
      decided_via: null,
      decided_scope: null,
      message: null,
      outcome: null,
    };
    const { native_id, hook_id, reply_context } = request;
    this.#records.insert({ approval, native_id, hook_id, reply_context, ledger_state: null });
    return this.#inOrder(approval.id, async () => {
      try {
        await this.#ledger.append(entryFor(approval));
      } catch (error) {
        this.#settleRow(approval, 'expired', 'The ledger could not be written, so nobody was asked.');
        throw error;
      }
      this.#publish(approval);
      this.#scheduleExpiry();
      return approval;
    });
  }

  /**
   * A person's answer. Rejects with APPROVAL_SETTLED when somebody was faster, APPROVAL_CHANGED when `version` is not
   * the newest, INVALID_INPUT for a scope that was not offered, and LEDGER_UNAVAILABLE, leaving it pending, when the
   * ledger cannot be written.
   */
  async decide(input: DecideInput, actor: Actor): Promise<Approval> {
    return this.#inOrder(input.id, async () => {
      const approval = this.get(input.id);
      if (approval.state !== 'pending') throw alreadySettled(approval);
      if (input.version !== undefined && input.version !== approval.version) throw changed(approval);
      const scope = input.decision === 'allow' ? (input.scope ?? 'once') : null;
      if (scope !== null && !approval.allow_scopes.includes(scope)) throw scopeNotOffered(approval, scope);
      const state = input.decision === 'allow' ? 'allowed' : 'denied';
      const answer: Approval = {
        ...approval,
        state,
        version: approval.version + 1,
        decided_at: nowIso(),
        decided_by: actor.name,
        decided_via: actor.via,
        decided_scope: scope,
        message: input.decision === 'deny' ? (input.message ?? null) : null,
      };
      // Before the UPDATE and before the agent hears of it. A crash in between is mended by `restore`.
      await this.#ledger.append(entryFor(answer));
      return this.#apply(approval, answer, true);
    });
  }

  /** The question was answered elsewhere or is moot. False when it was settled already. */
  supersede(id: ApprovalId, outcome: string): Promise<boolean> {
    return this.#close(id, 'superseded', outcome);
  }

  /** Nobody can be answered any more. False when it was settled already. */
  expire(id: ApprovalId, outcome: string): Promise<boolean> {
    return this.#close(id, 'expired', outcome);
  }

  /**
   * At start: finishes answers the ledger has but the table has not, tells the ledger what it missed, and returns the
   * questions that are still open, for their owner to reconcile with the agents.
   */
  async restore(): Promise<Approval[]> {
    for (const { approval } of this.#records.pending()) await this.#catchUp(approval);
    for (const { approval } of this.#records.unledgered()) await this.#tellLedger(approval);
    this.#scheduleExpiry();
    return this.#records.pending().map((stored) => stored.approval);
  }

  list(filter: {
    state?: ApprovalState | undefined;
    session_id?: SessionId | undefined;
    limit?: number | undefined;
    cursor?: string | undefined;
  }): { items: Approval[]; next_cursor: string | null } {
    const limit = filter.limit ?? DEFAULT_PAGE;
    const { state, session_id, cursor } = filter;
    const { items, more } = this.#records.page({ state, session_id, before: cursor, limit });
    return { items, next_cursor: more ? (items.at(-1)?.id ?? null) : null };
  }

  get(id: ApprovalId): Approval {
    return this.#stored(id).approval;
  }

  /** Oldest first. */
  pendingFor(session: SessionId): Approval[] {
    return this.#records.pendingOf(session).map((stored) => stored.approval);
  }

  pendingCount(): number {
    return this.#records.pendingCount;
  }

  /** What the agent's adapter left with the question; for the code that phrases the answer. */
  replyOf(id: ApprovalId): Pick<StoredApproval, 'native_id' | 'hook_id' | 'reply_context'> {
    const { native_id, hook_id, reply_context } = this.#stored(id);
    return { native_id, hook_id, reply_context };
  }

  /** The question a held connection belongs to, settled or not. */
  findByHook(session: SessionId, hook: string): Approval | undefined {
    return this.#records.findByHook(session, hook)?.approval;
  }

  /** Called once for every question that leaves `pending`, after the ledger (for answers) and the table have it. */
  onSettled(listener: (approval: Approval) => void): () => void {
    return this.#settled.on(listener);
  }

  dispose(): void {
    clearTimeout(this.#expiry);
  }

  /**
   * A crash may have come between the table and the ledger, either way round. While the ledger cannot be read the
   * question stays open as it is: nothing runs on a guess.
   */
  async #catchUp(approval: Approval): Promise<void> {
    try {
      const { items } = await this.#ledger.list({ approval_id: approval.id, limit: 10 });
      const decided = items.find((entry) => entry.action === 'approval.decided');
      if (decided) this.#apply(approval, answerFrom(approval, decided), true);
      else if (items.length === 0) await this.#ledger.append(entryFor(approval));
    } catch (error) {
      this.#log.error({ approval: approval.id, reason: messageOf(error) }, 'the ledger does not answer');
    }
  }

  async #close(id: ApprovalId, state: 'superseded' | 'expired', outcome: string): Promise<boolean> {
    return this.#inOrder(id, async () => {
      const approval = this.get(id);
      if (approval.state !== 'pending') return false;
      // It has happened already, so the table comes first; what the ledger misses now it is told later.
      const closed = this.#settleRow(approval, state, outcome);
      await this.#tellLedger(closed);
      return true;
    });
  }

  #settleRow(approval: Approval, state: 'superseded' | 'expired', outcome: string): Approval {
    const closed: Approval = {
      ...approval,
      state,
      version: approval.version + 1,
      decided_at: nowIso(),
      decided_via: state === 'superseded' ? 'terminal' : 'system',
      outcome,
    };
    return this.#apply(approval, closed, false);
  }

  #apply(before: Approval, after: Approval, ledgered: boolean): Approval {
    const { state } = after;
    if (state === 'pending')
      throw new AegisError('INTERNAL', 'A settlement cannot leave a question pending.');
    const settled = this.#records.settle(
      {
        id: after.id,
        version: before.version,
        state,
        decided_at: after.decided_at ?? nowIso(),
        decided_by: after.decided_by,
        decided_via: after.decided_via,
        decided_scope: after.decided_scope,
        message: after.message,
        outcome: after.outcome,
      },
      ledgered,
    );
    if (!settled) throw alreadySettled(this.get(after.id));
    this.#publish(after);
    this.#settled.emit(after);
    return after;
  }

  async #tellLedger(settled: Approval): Promise<void> {
    try {
      await this.#ledger.append(entryFor(settled));
      this.#records.markLedger(settled.id, settled.state);
    } catch (error) {
      this.#log.error({ approval: settled.id, reason: messageOf(error) }, 'ledger missed an approval');
    }
  }

  #scheduleExpiry(): void {
    clearTimeout(this.#expiry);
    const times = this.#records.pending().flatMap(({ approval }) => approval.expires_at ?? []);
    const next = times.sort()[0];
    if (next === undefined) return;
    // Node fires at once beyond 2^31 ms; a day is short enough to look again.
    const wait = Math.min(Math.max(Date.parse(next) - Date.now(), 0), 86_400_000);
    this.#expiry = setTimeout(() => void this.#expireOverdue(), wait);
    this.#expiry.unref();
  }

  async #expireOverdue(): Promise<void> {
    const now = nowIso();
    for (const { approval } of this.#records.pending()) {
      if (approval.expires_at === null || approval.expires_at > now) continue;
      await this.expire(approval.id, 'Nobody answered in time.').catch((error: unknown) =>
        this.#log.error({ error: messageOf(error) }, 'approval expiry'),
      );
    }
    this.#scheduleExpiry();
  }

  #publish(approval: Approval): void {
    this.#live.publish({ type: 'approval.changed', approval });
  }

  #stored(id: ApprovalId): StoredApproval {
    const stored = this.#records.find(id);
    if (stored) return stored;
    throw new AegisError('NOT_FOUND', `There is no approval ${id}.`);
  }

  #inOrder<T>(id: string, work: () => Promise<T>): Promise<T> {
    const before = this.#queues.get(id) ?? Promise.resolve();
    const run = before.then(work, work);
    const tail = run
      .catch(() => undefined)
      .then(() => {
        if (this.#queues.get(id) === tail) this.#queues.delete(id);
      });
    this.#queues.set(id, tail);
    return run;
  }
}
