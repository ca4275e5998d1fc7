import type { AgentKind, Approval, SessionId } from '#contract';
import { messageOf } from '../base/errors.ts';
import { SYSTEM_ACTOR } from '../base/principal.ts';
import type { AgentAdapter } from './agents/adapter.ts';
import type { HookDesk } from './hook-desk.ts';
import { LiveSession } from './live-session.ts';
import type { SessionsOptions } from './ports.ts';
import type { HostedSession, SessionExit, SessionMeta } from './pty-host-types.ts';
import { heal } from './pulse.ts';
import type { Roster } from './roster.ts';

const PULSE_MS = 1_000;

/**
 * Follows the terminal host: its news, and at start what it holds. News that come before the records and the host have
 * been brought together wait until then.
 */
export class HostWatch {
  readonly #options: SessionsOptions;
  readonly #roster: Roster;
  readonly #unsubscribe: (() => void)[];
  /** Held calls told before the restore was through: their agents still wait. */
  readonly #held = new Set<string>();
  #pulse: NodeJS.Timeout | undefined;
  #disposed = false;
  #open: () => void = () => undefined;
  readonly restored = new Promise<void>((resolve) => {
    this.#open = resolve;
  });

  constructor(options: SessionsOptions, roster: Roster, desk: HookDesk) {
    this.#options = options;
    this.#roster = roster;
    const { ptyHost } = options;
    this.#unsubscribe = [
      ptyHost.onExit(({ id, exit }) => this.#later(() => this.#exited(id, exit))),
      ptyHost.onMeta((meta) => this.#later(async () => this.#told(meta))),
      ptyHost.onHook((call) => {
        if (call.held) this.#held.add(call.hook_id);
        this.#later(() => desk.take(call));
      }),
      ptyHost.onHookClosed(({ hook_id, session_id }) => this.#later(() => desk.closed(hook_id, session_id))),
      ptyHost.onUp(({ lost, sessions }) => this.#later(() => this.#backAgain(lost, sessions))),
    ];
  }

  dispose(): void {
    this.#disposed = true;
    clearInterval(this.#pulse);
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
  }

  /** Once, right after construction. */
  async restore(adapters: ReadonlyMap<AgentKind, AgentAdapter>): Promise<void> {
    const pending = await this.#options.approvals.restore();
    const hosted = new Map((await this.#options.ptyHost.list()).map((session) => [session.id, session]));
    for (const record of this.#roster.records.running()) {
      const adapter = adapters.get(record.session.agent);
      const host = hosted.get(record.session.id);
      hosted.delete(record.session.id);
      if (!adapter) continue;
      const live = new LiveSession(record, adapter);
      this.#roster.add(live);
      if (!host) {
        await this.#roster.finish(live, null, 'its terminal host ended while Aegis was not running');
      } else if (host.exit) await this.#roster.finish(live, host.exit);
      else this.#resume(live, host);
    }
    for (const host of hosted.values()) await this.#cleanUp(host);
    await this.#revokeLeftOver();
    await this.#closeUnheld(pending);
    for (const live of this.#roster.all()) this.#roster.refresh(live);
    this.#held.clear();
    this.#open();
    this.#pulse = setInterval(() => void this.#lookAround(), PULSE_MS);
    this.#pulse.unref();
  }

  #resume(live: LiveSession, host: HostedSession): void {
    const { state, state_reason } = live.record.session;
    if (state === 'working' || state === 'waiting_input') live.setBase({ state, reason: state_reason });
    if (state === 'waiting_permission') live.setBase({ state: 'working', reason: 'works' });
    live.offset = host.offset;
    live.record.session = {
      ...live.record.session,
      pid: host.pid,
      cols: host.cols,
      rows: host.rows,
      last_line: host.last_line,
    };
    this.#roster.foreground(live, host.foreground);
  }

  /** Of sessions we do not run, ended ones are kept to look at; others are orphans and are ended. */
  async #cleanUp(host: HostedSession): Promise<void> {
    const { ptyHost, log } = this.#options;
    const id = host.id as SessionId;
    const record = this.#roster.records.find(id);
    try {
      if (!host.exit) {
        log.warn({ session: id }, 'the terminal host holds a session nobody knows; it is ended');
        await ptyHost.kill(id);
        return;
      }
      await ptyHost.acknowledgeExit(id);
      if (record && !record.removed) this.#roster.keep(id);
      else await ptyHost.remove(id);
    } catch (error) {
      log.warn({ session: id, reason: messageOf(error) }, 'clean-up in the terminal host');
    }
  }

  /** A token lives as long as its session; one whose end could not be stored dies now. */
  async #revokeLeftOver(): Promise<void> {
    const { identity, log } = this.#options;
    for (const { id, session_id } of identity.list()) {
      if (session_id === null || this.#roster.find(session_id)) continue;
      await identity
        .revoke(id, SYSTEM_ACTOR)
        .catch((error: unknown) => log.error({ agent: id, reason: messageOf(error) }, 'revoking a token'));
    }
  }

  /** The host tells every held call on connecting, before it answers anything: one not told by now is gone. */
  async #closeUnheld(pending: readonly Approval[]): Promise<void> {
    const { approvals } = this.#options;
    for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    for (const { id } of pending) {
      const { hook_id } = approvals.replyOf(id);
      if (approvals.get(id).state !== 'pending' || (hook_id !== null && this.#held.has(hook_id))) continue;
      await approvals.expire(id, 'The agent stopped waiting while Aegis was not running.');
    }
  }

  #later(work: () => Promise<unknown>): void {
    void this.restored
      .then(() => (this.#disposed ? undefined : work()))
      .catch((error: unknown) =>
        this.#options.log.error({ reason: messageOf(error) }, 'news of the terminal host'),
      );
  }

  #told(meta: SessionMeta): void {
    const live = this.#roster.find(meta.id);
    if (!live) return;
    const { session } = live.record;
    if (meta.offset !== undefined && meta.offset !== live.offset) {
      live.offset = meta.offset;
      live.quietSince = Date.now();
    }
    const last_line = meta.last_line ?? session.last_line;
    const { cols = session.cols, rows = session.rows } = meta;
    const visible = last_line !== session.last_line || cols !== session.cols || rows !== session.rows;
    live.record.session = { ...session, last_line, cols, rows };
    this.#roster.foreground(live, meta.foreground ?? null);
    if (!this.#roster.refresh(live) && visible) this.#roster.publish(live);
  }

  async #exited(id: string, exit: SessionExit): Promise<void> {
    const live = this.#roster.find(id);
    if (live) await live.events.run(() => this.#roster.finish(live, exit));
    else await this.#options.ptyHost.acknowledgeExit(id).catch(() => undefined);
  }

  async #backAgain(lost: readonly string[], hosted: readonly HostedSession[]): Promise<void> {
    for (const id of lost) {
      const live = this.#roster.find(id);
      if (live) await live.events.run(() => this.#roster.finish(live, null, 'its terminal host died'));
    }
    for (const host of hosted) if (!host.exit && !this.#roster.find(host.id)) await this.#cleanUp(host);
  }

  async #lookAround(): Promise<void> {
    const { approvals, log } = this.#options;
    for (const live of this.#roster.all()) {
      const { pid } = live.record.session;
      if (pid === null) continue;
      const pulse = await live.adapter.pulse?.(live.record.data, pid).catch(() => undefined);
      if (this.#disposed || this.#roster.find(live.id) === undefined) continue;
      const pending = approvals.pendingFor(live.id);
      const { base, retire } = heal(live, pulse, pending);
      if (base) live.setBase(base);
      try {
        if (retire !== undefined) for (const { id } of pending) await approvals.supersede(id, retire);
        if (base) this.#roster.refresh(live);
      } catch (error) {
        log.error({ session: live.id, reason: messageOf(error) }, 'healing a state');
      }
    }
  }
}
