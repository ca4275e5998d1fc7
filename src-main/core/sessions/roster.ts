import type { Session, SessionId, SessionState } from '#contract';
import { Emitter } from '../base/emitter.ts';
import { messageOf } from '../base/errors.ts';
import { type Actor, SYSTEM_ACTOR } from '../base/principal.ts';
import { nowIso } from '../base/time.ts';
import type { LiveSession } from './live-session.ts';
import type { SessionsOptions } from './ports.ts';
import type { HostedSession, SessionExit } from './pty-host-types.ts';
import { SessionRecords } from './records.ts';

/** Ended sessions whose screen the host keeps for looking at. */
const KEPT_SCREENS = 20;
const SAVE_AFTER_MS = 100;

/** Which sessions run, what is shown of them, and how they end. */
export class Roster {
  readonly records: SessionRecords;
  readonly #options: SessionsOptions;
  readonly #live = new Map<string, LiveSession>();
  readonly #ended = new Emitter<SessionId>();
  readonly #unsaved = new Set<LiveSession>();
  #saving: NodeJS.Timeout | undefined;
  /** Ended ones the host still holds, oldest first. */
  #kept: SessionId[] = [];

  constructor(options: SessionsOptions) {
    this.#options = options;
    this.records = new SessionRecords(options.db);
  }

  get size(): number {
    return this.#live.size;
  }

  find(id: string): LiveSession | undefined {
    return this.#live.get(id);
  }

  all(): LiveSession[] {
    return [...this.#live.values()];
  }

  add(live: LiveSession): void {
    this.#live.set(live.id, live);
  }

  /** It never ran. */
  cancel(live: LiveSession): void {
    this.#live.delete(live.id);
    this.records.delete(live.id);
  }

  /** Newest first; running ones as they are now. */
  page(filter: { state?: string | undefined; before?: string | undefined; limit: number }): Session[] {
    this.flush();
    return this.records.page(filter).map(({ session }) => {
      const live = this.#live.get(session.id);
      return live ? this.shown(live.record.session) : session;
    });
  }

  countByState(): Record<string, number> {
    this.flush();
    return this.records.countByState();
  }

  shown(session: Session): Session {
    return { ...session, pending_approvals: this.#options.approvals.pendingFor(session.id).length };
  }

  publish(live: LiveSession): void {
    if (live.record.removed) return;
    this.#options.live.publish({ type: 'session.changed', session: this.shown(live.record.session) });
  }

  /** Stores and publishes the session when its state or the reason of it changed; returns whether it did. */
  refresh(live: LiveSession): boolean {
    if (!this.#live.has(live.id)) return false;
    const changed = live.refresh(this.#options.approvals.pendingFor(live.id));
    if (changed === 'state') this.#saveSoon(live);
    if (changed !== 'nothing') this.publish(live);
    return changed !== 'nothing';
  }

  /**
   * A state is stored a moment later, several at a time: a flush to disk in the way of a question would be felt, and what
   * a crash loses of it is found out again at the next start.
   */
  #saveSoon(live: LiveSession): void {
    this.#unsaved.add(live);
    this.#saving ??= setTimeout(() => this.#saveNow(), SAVE_AFTER_MS);
  }

  /** Nobody waits for this one: when the disk is full or busy it is tried again with the next change. */
  #saveNow(): void {
    try {
      this.flush();
    } catch (error) {
      this.#options.log.error({ reason: messageOf(error) }, 'states of sessions could not be stored');
    }
  }

  /** Stores the states not stored yet. */
  flush(): void {
    clearTimeout(this.#saving);
    this.#saving = undefined;
    for (const live of this.#unsaved) {
      if (this.#live.has(live.id)) this.records.save(live.record);
      this.#unsaved.delete(live);
    }
  }

  foreground(live: LiveSession, foreground: HostedSession['foreground']): void {
    if (foreground === null) return;
    const reading = live.adapter.foreground?.(foreground, live.record.data);
    if (reading) live.setBase(reading);
  }

  /** The session's token is dead when this returns, even when the ledger could not be told. */
  async revoke(live: LiveSession, actor: Actor): Promise<void> {
    await this.#options.identity
      .revoke(live.record.session.agent_id, actor)
      .catch((error: unknown) =>
        this.#options.log.error({ session: live.id, reason: messageOf(error) }, 'revoking a session token'),
      );
  }

  /** Nobody can be answered any more. */
  async closeQuestions(live: LiveSession, outcome: string): Promise<void> {
    const { approvals } = this.#options;
    for (const { id } of approvals.pendingFor(live.id)) await approvals.expire(id, outcome);
  }

  /** Records the end, once. `exit` null: nobody knows how it ended, only why it is known to have. */
  async finish(live: LiveSession, exit: SessionExit | null, why = ''): Promise<void> {
    if (!this.#live.has(live.id) || live.ending) return;
    live.ending = true;
    try {
      await this.#finish(live, exit, why);
    } catch (error) {
      // Told again after a reconnect or restart, it is recorded then.
      live.ending = false;
      throw error;
    }
  }

  async #finish(live: LiveSession, exit: SessionExit | null, why: string): Promise<void> {
    const { ptyHost } = this.#options;
    const { record } = live;
    const actor =
      record.killed_by === null ? SYSTEM_ACTOR : { name: record.killed_by, via: 'system' as const };
    await this.revoke(live, actor);
    await this.closeQuestions(live, 'The session ended.');
    const { state, reason } = endState(exit, record.killed_by, why);
    const ended_at = exit?.ended_at ?? nowIso();
    const ended: Session = {
      ...record.session,
      state,
      state_reason: reason,
      state_since: ended_at,
      ended_at,
      exit_code: exit?.exit_code ?? null,
    };
    // Before the row: after a crash in between the host reports the end again, and nothing is lost.
    await this.#appendEnd(ended, exit, actor);
    record.session = ended;
    this.#live.delete(live.id);
    if (record.removed) this.records.delete(live.id);
    else this.records.save(record);
    if (exit) await ptyHost.acknowledgeExit(live.id).catch(() => undefined);
    if (record.removed) this.forget(live.id);
    else {
      this.#options.live.publish({ type: 'session.changed', session: record.session });
      if (exit) this.keep(live.id);
    }
    this.#ended.emit(live.id);
  }

  /** Resolves when the session has ended, or after `limitMs`. */
  endOf(id: SessionId, limitMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        off();
        resolve();
      };
      const timer = setTimeout(done, limitMs);
      const off = this.#ended.on((ended) => {
        if (ended === id) done();
      });
    });
  }

  /** An ended session the host holds: its last screen stays readable until newer ones push it out. */
  keep(id: SessionId): void {
    this.#kept.push(id);
    for (const old of this.#kept.splice(0, Math.max(0, this.#kept.length - KEPT_SCREENS))) this.forget(old);
  }

  forget(id: SessionId): void {
    this.#kept = this.#kept.filter((kept) => kept !== id);
    this.#options.ptyHost.remove(id).catch(() => undefined);
  }

  async #appendEnd(session: Session, exit: SessionExit | null, actor: Actor): Promise<void> {
    const { ledger, log } = this.#options;
    await ledger
      .append({
        action: 'session.ended',
        outcome: session.state === 'failed' ? 'error' : 'info',
        actor: actor.name,
        agent: session.agent,
        session_id: session.id,
        target: session.work_dir,
        reason: session.state_reason,
        duration_ms: Date.parse(session.ended_at ?? session.created_at) - Date.parse(session.created_at),
        details: { state: session.state, exit_code: exit?.exit_code ?? null, signal: exit?.signal ?? null },
      })
      .catch((error: unknown) =>
        log.error({ session: session.id, reason: messageOf(error) }, 'ledger missed an end'),
      );
  }
}

function endState(
  exit: SessionExit | null,
  killedBy: string | null,
  why: string,
): { state: SessionState; reason: string } {
  if (killedBy !== null) return { state: 'killed', reason: `ended by ${killedBy}` };
  if (exit === null) return { state: 'failed', reason: why };
  if (exit.signal !== null) return { state: 'failed', reason: `ended by ${exit.signal}` };
  return {
    state: exit.exit_code === 0 ? 'done' : 'failed',
    reason: `exit code ${exit.exit_code ?? 'unknown'}`,
  };
}
