import {
  type AgentKind,
  type AgentProgram,
  type ApprovalId,
  isEnded,
  type JsonValue,
  type Screen,
  type Session,
  type SessionId,
  type SessionInput,
  type SessionState,
} from '#contract';
import { Emitter } from '../base/emitter.ts';
import { AegisError, messageOf } from '../base/errors.ts';
import { type Actor, SYSTEM_ACTOR } from '../base/principal.ts';
import { nowIso } from '../base/time.ts';
import type { AgentAdapter } from './agents/adapter.ts';
import { claudeCode } from './agents/claude-code.ts';
import { demo } from './agents/demo.ts';
import { shell } from './agents/shell.ts';
import { inheritedEnvironment } from './environment.ts';
import { HookDesk, hashHookToken, unknownSession } from './hook-desk.ts';
import { prepare } from './launcher.ts';
import { LiveSession } from './live-session.ts';
import { LoginEnvironment } from './login-shell.ts';
import type { SessionsOptions } from './ports.ts';
import type {
  AttachedViewer,
  HookCall,
  HostedSession,
  SessionExit,
  SessionMeta,
  ViewerSink,
} from './pty-host-types.ts';
import { heal } from './pulse.ts';
import { SessionRecords } from './records.ts';
import { pasted } from './typing.ts';

const DEFAULT_PAGE = 100;
const DEFAULT_MAX_SESSIONS = 50;
const PULSE_MS = 1_000;
/** Hanging up takes the host 2 seconds before it kills; then some. */
const KILL_WAIT_MS = 6_000;
/** Ended sessions whose screen the host keeps for looking at. */
const KEPT_SCREENS = 20;

/**
 * Agents in terminals: starts them, knows what they do, types into them, ends them. The terminals live in the host,
 * which outlives this; the records live in the database. `restore` brings the two together after a start.
 */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #records: SessionRecords;
  readonly #login: LoginEnvironment;
  readonly #adapters: ReadonlyMap<AgentKind, AgentAdapter>;
  readonly #desk: HookDesk;
  readonly #live = new Map<string, LiveSession>();
  readonly #ended = new Emitter<SessionId>();
  readonly #unsubscribe: (() => void)[];
  /** Ended ones the host still holds, oldest first. */
  #kept: SessionId[] = [];
  /** Held calls told so far; at start these are the ones whose agents still wait. */
  readonly #held = new Set<string>();
  #starting = 0;
  #pulse: NodeJS.Timeout | undefined;
  #disposed = false;
  #open: () => void = () => undefined;
  /** Resolves when `restore` is through; the host's news wait for it. */
  readonly #restored = new Promise<void>((resolve) => {
    this.#open = resolve;
  });

  constructor(options: SessionsOptions) {
    const { ptyHost, approvals, ledger, log } = options;
    this.#options = options;
    this.#records = new SessionRecords(options.db);
    this.#login = new LoginEnvironment({ base: options.baseEnv, log });
    this.#adapters = new Map(adaptersFor(options).map((adapter) => [adapter.kind, adapter]));
    this.#desk = new HookDesk({
      approvals,
      ptyHost,
      ledger,
      log,
      find: (id) => this.#live.get(id),
      changed: (live) => this.#refresh(live),
    });
    this.#unsubscribe = [
      ptyHost.onExit(({ id, exit }) => this.#later(() => this.#exited(id, exit))),
      ptyHost.onMeta((meta) => this.#later(async () => this.#told(meta))),
      ptyHost.onHook((call) => this.#hooked(call)),
      ptyHost.onHookClosed(({ hook_id, session_id }) =>
        this.#later(() => this.#desk.closed(hook_id, session_id)),
      ),
      ptyHost.onUp(({ lost }) => this.#later(() => this.#lostWithHost(lost))),
    ];
  }

  /** Agents that can be started here, and whether they are installed. */
  async programs(): Promise<AgentProgram[]> {
    const env = inheritedEnvironment(await this.#login.get());
    return Promise.all(
      [...this.#adapters.values()].map(async (adapter) => {
        const { installed, path, version, limits } = await adapter.probe(env);
        return {
          agent: adapter.kind,
          label: adapter.label,
          description: adapter.description,
          installed,
          version,
          path,
          install_hint: installed ? null : adapter.install_hint,
          service: adapter.service,
          limits: [...limits],
        };
      }),
    );
  }

  /**
   * Starts a session; never takes over an existing one.
   * @throws FOLDER_MISSING, AGENT_NOT_INSTALLED, INVALID_INPUT, NOT_FOUND (credential), TOO_MANY_SESSIONS,
   *   GATE_UNAVAILABLE, LEDGER_UNAVAILABLE, PTY_HOST_UNAVAILABLE
   */
  async create(input: SessionInput, actor: Actor): Promise<Session> {
    const adapter = this.#adapters.get(input.agent);
    if (!adapter)
      throw new AegisError('NOT_SUPPORTED_HERE', `The agent ${input.agent} is not available here.`);
    const limit = this.#options.maxSessions ?? DEFAULT_MAX_SESSIONS;
    if (this.#live.size + this.#starting >= limit) {
      throw new AegisError('TOO_MANY_SESSIONS', `${limit} sessions are running, which is the limit.`, {
        hint: 'End one first, or raise AEGIS_MAX_SESSIONS.',
      });
    }
    this.#starting += 1;
    try {
      return await this.#start(input, actor, adapter);
    } finally {
      this.#starting -= 1;
    }
  }

  list(filter: {
    state?: SessionState | undefined;
    limit?: number | undefined;
    cursor?: string | undefined;
  }): {
    items: Session[];
    next_cursor: string | null;
  } {
    const limit = filter.limit ?? DEFAULT_PAGE;
    const found = this.#records.page({ state: filter.state, before: filter.cursor, limit: limit + 1 });
    const items = found
      .slice(0, limit)
      .map(({ session }) => this.#shown(this.#live.get(session.id)?.record.session ?? session));
    return { items, next_cursor: found.length > limit ? (items.at(-1)?.id ?? null) : null };
  }

  /** @throws NOT_FOUND */
  get(id: SessionId): Session {
    const live = this.#live.get(id);
    if (live) return this.#shown(live.record.session);
    const record = this.#records.find(id);
    if (!record || record.removed) throw unknownSession(id);
    return record.session;
  }

  /** How many there are in each state, ended ones included. */
  counts(): Record<string, number> {
    return this.#records.countByState();
  }

  /** Takes it off the list, ending it first if it runs. @throws NOT_FOUND */
  async remove(id: SessionId, actor: Actor): Promise<Session> {
    this.get(id);
    if (this.#live.has(id)) await this.kill(id, actor);
    const session = this.get(id);
    const live = this.#live.get(id);
    if (live) {
      // Its end has not been told yet; it is hidden now and cleaned up then.
      live.record.removed = true;
      this.#records.save(live.record);
    } else {
      this.#records.delete(id);
      this.#forget(id);
    }
    this.#options.live.publish({ type: 'session.removed', session_id: id });
    return session;
  }

  /**
   * Types text and presses Enter; several lines go as one paste. Returns when it is typed, not when it is answered.
   * @throws NOT_FOUND, SESSION_ENDED, LEDGER_UNAVAILABLE
   */
  async send(id: SessionId, text: string, actor: Actor): Promise<{ delivered: boolean; bytes: number }> {
    const bytes = await this.#type(id, pasted(text), actor, 'send');
    // Enter in a read of its own: a program that gets both at once may take it for part of the paste.
    await new Promise((resolve) => setTimeout(resolve, 40));
    return { delivered: true, bytes: bytes + (await this.#options.ptyHost.input(id, '\r')) };
  }

  /** Types exactly these bytes. @throws NOT_FOUND, SESSION_ENDED, LEDGER_UNAVAILABLE */
  async keys(id: SessionId, data: string, actor: Actor): Promise<{ delivered: boolean; bytes: number }> {
    return { delivered: true, bytes: await this.#type(id, data, actor, 'keys') };
  }

  interrupt(id: SessionId, actor: Actor): Promise<{ delivered: boolean; bytes: number }> {
    return this.keys(id, '\x03', actor);
  }

  escape(id: SessionId, actor: Actor): Promise<{ delivered: boolean; bytes: number }> {
    return this.keys(id, '\x1b', actor);
  }

  /** Ends it: its token dies at once, then its terminal is hung up, then its processes are killed. @throws NOT_FOUND */
  async kill(id: SessionId, actor: Actor): Promise<Session> {
    const live = this.#running(id);
    live.record.killed_by ??= actor.name;
    this.#records.save(live.record);
    await this.#revoke(live, actor);
    const ended = this.#endOf(id, KILL_WAIT_MS);
    await this.#options.ptyHost.kill(id);
    await ended;
    return this.get(id);
  }

  /** @throws NOT_FOUND, SESSION_ENDED */
  async resize(id: SessionId, cols: number, rows: number): Promise<Session> {
    const live = this.#running(id);
    await this.#options.ptyHost.resize(id, cols, rows);
    live.record.session = { ...live.record.session, cols, rows };
    this.#publish(live);
    return this.get(id);
  }

  /** The visible screen as text; of an ended session, its last one while the host keeps it. @throws NOT_FOUND */
  async screen(id: SessionId): Promise<Screen> {
    const session = this.get(id);
    try {
      return await this.#options.ptyHost.screen(id);
    } catch (error) {
      if (isEnded(session.state) && error instanceof AegisError && error.code === 'NOT_FOUND') {
        throw new AegisError('SESSION_ENDED', 'The session has ended and its screen is no longer kept.');
      }
      throw error;
    }
  }

  /** Shows the terminal to a viewer: its frames go to `sink`, a snapshot first. @throws NOT_FOUND */
  attach(id: SessionId, sink: ViewerSink, size: { cols?: number; rows?: number } = {}): AttachedViewer {
    this.get(id);
    return this.#options.ptyHost.attach(id, sink, size);
  }

  /** Which session a hook token belongs to; undefined for any other token. */
  authenticateHook(token: string): SessionId | undefined {
    const hash = hashHookToken(token);
    for (const live of this.#live.values()) if (live.record.hook_token_hash === hash) return live.id;
    return undefined;
  }

  /**
   * An agent's event that came through the control API instead of the terminal host. For a question it resolves once
   * that is settled. @throws NOT_FOUND, SESSION_ENDED, INVALID_INPUT for another agent's name
   */
  async deliverHook(
    id: SessionId,
    agent: AgentKind,
    event: string,
    body: JsonValue,
    signal?: AbortSignal,
  ): Promise<JsonValue> {
    await this.#restored;
    const live = this.#running(id);
    if (live.adapter.kind !== agent) {
      throw new AegisError('INVALID_INPUT', `The session runs ${live.adapter.kind}, not ${agent}.`);
    }
    return this.#desk.deliver(live, event, body, signal);
  }

  /**
   * Once, right after construction: brings the records together with what the terminal host holds. Sessions that run go
   * on, ends that happened meanwhile are recorded, questions nobody waits for any more are closed.
   */
  async restore(): Promise<void> {
    const { ptyHost, approvals, log } = this.#options;
    const pending = await approvals.restore();
    const hosted = new Map((await ptyHost.list()).map((session) => [session.id, session]));
    for (const record of this.#records.running()) {
      const adapter = this.#adapters.get(record.session.agent);
      const host = hosted.get(record.session.id);
      hosted.delete(record.session.id);
      if (!adapter) continue;
      const live = new LiveSession(record, adapter);
      this.#live.set(live.id, live);
      if (!host) {
        await this.#finish(live, null, 'its terminal host ended while Aegis was not running');
      } else if (host.exit) await this.#finish(live, host.exit);
      else this.#resume(live, host);
    }
    await this.#adoptEnded([...hosted.values()]);
    // What the host kept was sent before its answer to `list`, so by now every held call has been told again.
    await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    for (const { id } of pending) {
      const { hook_id } = approvals.replyOf(id);
      if (approvals.get(id).state !== 'pending' || (hook_id !== null && this.#held.has(hook_id))) continue;
      await approvals.expire(id, 'The agent stopped waiting while Aegis was not running.');
    }
    for (const live of this.#live.values()) this.#refresh(live);
    this.#held.clear();
    this.#open();
    this.#pulse = setInterval(() => void this.#lookAround(), PULSE_MS);
    this.#pulse.unref();
    this.#login.get().catch((error: unknown) => log.warn({ reason: messageOf(error) }, 'login shell'));
  }

  /** Lets go; the agents run on. */
  dispose(): void {
    this.#disposed = true;
    clearInterval(this.#pulse);
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    this.#desk.dispose();
  }

  async #start(input: SessionInput, actor: Actor, adapter: AgentAdapter): Promise<Session> {
    await this.#restored;
    const { identity, ledger, ptyHost } = this.#options;
    const login = await this.#login.get();
    const { record, spec, through_gate } = await prepare(input, actor, adapter, login, this.#options);
    const live = new LiveSession(record, adapter);
    const about = {
      actor: actor.name,
      agent: adapter.kind,
      session_id: live.id,
      target: record.session.work_dir,
    } as const;
    try {
      await ledger.append({
        action: 'session.started',
        outcome: 'allowed',
        ...about,
        service: adapter.service,
        details: {
          name: record.session.name,
          command: record.session.command.join(' ').slice(0, 1000),
          credentials: record.session.credentials.join(' '),
          through_gate,
          via: actor.via,
        },
      });
      this.#records.save(record);
      this.#live.set(live.id, live);
      const hosted = await ptyHost.create(spec);
      record.session = { ...record.session, pid: hosted.pid, state_reason: 'has been started' };
      this.#records.save(record);
      this.#applyForeground(live, hosted.foreground);
      if (adapter.kind === 'shell' && live.base === undefined)
        live.setBase({ state: 'working', reason: 'runs' });
      this.#refresh(live);
      this.#publish(live);
      return this.get(live.id);
    } catch (error) {
      this.#live.delete(live.id);
      this.#records.delete(live.id);
      await identity.revoke(record.session.agent_id, actor).catch(() => undefined);
      const code = error instanceof AegisError ? error.code : 'INTERNAL';
      await ledger
        .append({
          action: 'session.start_failed',
          outcome: 'error',
          ...about,
          code,
          reason: messageOf(error),
        })
        .catch(() => undefined);
      throw error;
    }
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
    this.#applyForeground(live, host.foreground);
  }

  /** Sessions the host holds and we do not run: ended ones to look at, and orphans, which are ended. */
  async #adoptEnded(hosted: readonly HostedSession[]): Promise<void> {
    const { ptyHost, log } = this.#options;
    for (const host of hosted) {
      const id = host.id as SessionId;
      const record = this.#records.find(id);
      try {
        if (!host.exit) {
          log.warn({ session: id }, 'the terminal host holds a session nobody knows; it is ended');
          await ptyHost.kill(id);
        } else if (record && !record.removed) {
          await ptyHost.acknowledgeExit(id);
          this.#keep(id);
        } else {
          await ptyHost.acknowledgeExit(id);
          await ptyHost.remove(id);
        }
      } catch (error) {
        log.warn({ session: id, reason: messageOf(error) }, 'clean-up in the terminal host');
      }
    }
  }

  #later(work: () => Promise<unknown>): void {
    void this.#restored
      .then(() => (this.#disposed ? undefined : work()))
      .catch((error: unknown) =>
        this.#options.log.error({ reason: messageOf(error) }, 'news of the terminal host'),
      );
  }

  #hooked(call: HookCall): void {
    if (call.held) this.#held.add(call.hook_id);
    this.#later(() => this.#desk.take(call));
  }

  #told(meta: SessionMeta): void {
    const live = this.#live.get(meta.id);
    if (!live) return;
    const { session } = live.record;
    if (meta.offset !== undefined && meta.offset !== live.offset) {
      live.offset = meta.offset;
      live.quietSince = Date.now();
    }
    const next = {
      ...session,
      last_line: meta.last_line ?? session.last_line,
      cols: meta.cols ?? session.cols,
      rows: meta.rows ?? session.rows,
    };
    const visible =
      next.last_line !== session.last_line || next.cols !== session.cols || next.rows !== session.rows;
    live.record.session = next;
    this.#applyForeground(live, meta.foreground ?? null);
    if (!this.#refresh(live) && visible) this.#publish(live);
  }

  #applyForeground(live: LiveSession, foreground: HostedSession['foreground']): void {
    if (foreground === null) return;
    const reading = live.adapter.foreground?.(foreground, live.record.data);
    if (reading) live.setBase(reading);
  }

  async #exited(id: string, exit: SessionExit): Promise<void> {
    const live = this.#live.get(id);
    if (live) await live.events.run(() => this.#finish(live, exit));
    else await this.#options.ptyHost.acknowledgeExit(id).catch(() => undefined);
  }

  async #lostWithHost(lost: readonly string[]): Promise<void> {
    for (const id of lost) {
      const live = this.#live.get(id);
      if (live) await live.events.run(() => this.#finish(live, null, 'its terminal host died'));
    }
  }

  /** Records the end. `exit` null: nobody knows how. */
  async #finish(live: LiveSession, exit: SessionExit | null, why = ''): Promise<void> {
    if (!this.#live.has(live.id)) return;
    const { record } = live;
    const actor =
      record.killed_by === null ? SYSTEM_ACTOR : { name: record.killed_by, via: 'system' as const };
    await this.#revoke(live, actor);
    for (const { id } of this.#options.approvals.pendingFor(live.id)) {
      await this.#options.approvals.expire(id, 'The session ended.');
    }
    const { state, reason } = endState(exit, record.killed_by, why);
    const ended_at = exit?.ended_at ?? nowIso();
    record.session = {
      ...record.session,
      state,
      state_reason: reason,
      state_since: ended_at,
      ended_at,
      exit_code: exit?.exit_code ?? null,
    };
    this.#live.delete(live.id);
    if (record.removed) this.#records.delete(live.id);
    else this.#records.save(record);
    await this.#appendEnd(live, exit, actor);
    if (exit) await this.#options.ptyHost.acknowledgeExit(live.id).catch(() => undefined);
    if (record.removed) this.#forget(live.id);
    else {
      this.#options.live.publish({ type: 'session.changed', session: record.session });
      if (exit) this.#keep(live.id);
    }
    this.#ended.emit(live.id);
  }

  async #appendEnd(live: LiveSession, exit: SessionExit | null, actor: Actor): Promise<void> {
    const { session } = live.record;
    const duration = Date.parse(session.ended_at ?? session.created_at) - Date.parse(session.created_at);
    await this.#options.ledger
      .append({
        action: 'session.ended',
        outcome: session.state === 'failed' ? 'error' : 'info',
        actor: actor.name,
        agent: session.agent,
        session_id: session.id,
        target: session.work_dir,
        reason: session.state_reason,
        duration_ms: duration,
        details: { state: session.state, exit_code: exit?.exit_code ?? null, signal: exit?.signal ?? null },
      })
      .catch((error: unknown) =>
        this.#options.log.error({ session: session.id, reason: messageOf(error) }, 'ledger missed an end'),
      );
  }

  async #revoke(live: LiveSession, actor: Actor): Promise<void> {
    // The token is dead even when the ledger could not be told.
    await this.#options.identity
      .revoke(live.record.session.agent_id, actor)
      .catch((error: unknown) =>
        this.#options.log.error({ session: live.id, reason: messageOf(error) }, 'revoking a session token'),
      );
  }

  async #type(id: SessionId, data: string, actor: Actor, how: 'send' | 'keys'): Promise<number> {
    const live = this.#running(id);
    await this.#options.ledger.append({
      action: 'session.input',
      outcome: 'allowed',
      actor: actor.name,
      agent: live.adapter.kind,
      session_id: id,
      details: { how, bytes: Buffer.byteLength(data), via: actor.via },
    });
    return this.#options.ptyHost.input(id, data);
  }

  #running(id: SessionId): LiveSession {
    const live = this.#live.get(id);
    if (live) return live;
    const session = this.get(id);
    throw new AegisError('SESSION_ENDED', `The session has ended: ${session.state_reason}.`, {
      hint: 'Start a new session.',
    });
  }

  #shown(session: Session): Session {
    return { ...session, pending_approvals: this.#options.approvals.pendingFor(session.id).length };
  }

  /** Publishes the session when its state or reason changed. */
  #refresh(live: LiveSession): boolean {
    if (!this.#live.has(live.id)) return false;
    const changed = live.refresh(this.#options.approvals.pendingFor(live.id));
    if (changed === 'state') this.#records.save(live.record);
    if (changed !== 'nothing') this.#publish(live);
    return changed !== 'nothing';
  }

  #publish(live: LiveSession): void {
    if (live.record.removed) return;
    this.#options.live.publish({ type: 'session.changed', session: this.#shown(live.record.session) });
  }

  async #lookAround(): Promise<void> {
    for (const live of [...this.#live.values()]) {
      const { pid } = live.record.session;
      if (pid === null) continue;
      const pulse = await live.adapter.pulse?.(live.record.data, pid).catch(() => undefined);
      if (this.#disposed || !this.#live.has(live.id)) continue;
      const pending = this.#options.approvals.pendingFor(live.id);
      const { base, retire } = heal(live, pulse, pending);
      if (base) live.setBase(base);
      if (retire !== undefined) await this.#retire(pending, retire);
      if (base) this.#refresh(live);
    }
  }

  async #retire(pending: readonly { id: ApprovalId }[], outcome: string): Promise<void> {
    for (const { id } of pending) await this.#options.approvals.supersede(id, outcome);
  }

  #endOf(id: SessionId, limitMs: number): Promise<void> {
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

  #keep(id: SessionId): void {
    this.#kept.push(id);
    for (const old of this.#kept.splice(0, Math.max(0, this.#kept.length - KEPT_SCREENS))) this.#forget(old);
  }

  #forget(id: SessionId): void {
    this.#kept = this.#kept.filter((kept) => kept !== id);
    this.#options.ptyHost.remove(id).catch(() => undefined);
  }
}

function adaptersFor(options: SessionsOptions): AgentAdapter[] {
  const { resourcesDir, nodePath = process.execPath, nodeEnv = {} } = options;
  return [claudeCode, shell, ...(options.demo ? [demo({ resourcesDir, nodePath, nodeEnv })] : [])];
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
