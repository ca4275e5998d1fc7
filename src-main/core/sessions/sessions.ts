import {
  type AgentKind,
  type AgentProgram,
  isEnded,
  type JsonValue,
  type Screen,
  type Session,
  type SessionId,
  type SessionInput,
  type SessionState,
} from '#contract';
import { AegisError, messageOf } from '../base/errors.ts';
import type { Actor } from '../base/principal.ts';
import type { AgentAdapter } from './agents/adapter.ts';
import { claudeCode } from './agents/claude-code.ts';
import { demo } from './agents/demo.ts';
import { shell } from './agents/shell.ts';
import { inheritedEnvironment } from './environment.ts';
import { HookDesk, hashHookToken } from './hook-desk.ts';
import { HostWatch } from './host-watch.ts';
import { prepare } from './launcher.ts';
import { LiveSession } from './live-session.ts';
import { LoginEnvironment } from './login-shell.ts';
import type { SessionsOptions } from './ports.ts';
import type { AttachedViewer, ViewerSink } from './pty-host-types.ts';
import { Roster } from './roster.ts';
import { pasted } from './typing.ts';

const DEFAULT_PAGE = 100;
const DEFAULT_MAX_SESSIONS = 50;
/** Hanging up takes the host 2 seconds before it kills; then some. */
const KILL_WAIT_MS = 6_000;
/** Between text and Enter: a program that gets both in one read may take Enter for part of a paste. */
const ENTER_PAUSE_MS = 40;

export interface Delivered {
  readonly delivered: boolean;
  /** Bytes written to the terminal's input. */
  readonly bytes: number;
}

/**
 * Agents in terminals: starts them, knows what they do, types into them, ends them. The terminals live in the host,
 * which outlives this; the records live in the database. `restore` brings the two together after a start, and nothing
 * can be started before it.
 */
export class Sessions {
  readonly #options: SessionsOptions;
  readonly #login: LoginEnvironment;
  readonly #adapters: ReadonlyMap<AgentKind, AgentAdapter>;
  readonly #roster: Roster;
  readonly #desk: HookDesk;
  readonly #watch: HostWatch;
  #starting = 0;

  constructor(options: SessionsOptions) {
    const { ptyHost, approvals, ledger, log } = options;
    this.#options = options;
    this.#login = new LoginEnvironment({ base: options.baseEnv, log });
    this.#adapters = new Map(adaptersFor(options).map((adapter) => [adapter.kind, adapter]));
    const roster = new Roster(options);
    this.#roster = roster;
    this.#desk = new HookDesk({
      approvals,
      ptyHost,
      ledger,
      log,
      find: (id) => roster.find(id),
      changed: (live) => roster.refresh(live),
    });
    this.#watch = new HostWatch(options, roster, this.#desk);
  }

  /**
   * Once, right after construction: sessions that run go on, ends that happened meanwhile are recorded, questions nobody
   * waits for any more are closed. @throws PTY_HOST_UNAVAILABLE
   */
  async restore(): Promise<void> {
    await this.#watch.restore(this.#adapters);
    // In the background, so that the first session need not wait for slow start files.
    void this.#login.get();
  }

  /** Lets go; the agents run on. */
  dispose(): void {
    this.#watch.dispose();
    this.#desk.dispose();
    this.#roster.flush();
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
    if (!adapter) {
      throw new AegisError('NOT_SUPPORTED_HERE', `The agent ${input.agent} is not available here.`);
    }
    const limit = this.#options.maxSessions ?? DEFAULT_MAX_SESSIONS;
    if (this.#roster.size + this.#starting >= limit) {
      throw new AegisError('TOO_MANY_SESSIONS', `${limit} sessions are running, which is the limit.`, {
        hint: 'End one first, or raise AEGIS_MAX_SESSIONS.',
        data: { policy: 'sessions', limit },
      });
    }
    this.#starting += 1;
    try {
      return await this.#start(input, actor, adapter);
    } finally {
      this.#starting -= 1;
    }
  }

  /** Newest first, ended ones included. */
  list(filter: {
    state?: SessionState | undefined;
    limit?: number | undefined;
    cursor?: string | undefined;
  }): { items: Session[]; next_cursor: string | null } {
    const limit = filter.limit ?? DEFAULT_PAGE;
    const { state, cursor } = filter;
    const found = this.#roster.page({ state, before: cursor, limit: limit + 1 });
    const items = found.slice(0, limit);
    return { items, next_cursor: found.length > limit ? (items.at(-1)?.id ?? null) : null };
  }

  /** @throws NOT_FOUND */
  get(id: SessionId): Session {
    const live = this.#roster.find(id);
    if (live && !live.record.removed) return this.#roster.shown(live.record.session);
    const record = this.#roster.records.find(id);
    if (record && !record.removed) return record.session;
    throw new AegisError('NOT_FOUND', `There is no session ${id}.`, {
      hint: 'aegis session list shows the sessions.',
    });
  }

  /** How many there are in each state, ended ones included. */
  counts(): Record<string, number> {
    return this.#roster.countByState();
  }

  /** Takes it off the list, ending it first if it runs. @throws NOT_FOUND */
  async remove(id: SessionId, actor: Actor): Promise<Session> {
    this.get(id);
    if (this.#roster.find(id)) await this.kill(id, actor);
    const session = this.get(id);
    const live = this.#roster.find(id);
    if (live) {
      // Its end has not been told yet; it is hidden now and cleaned up then.
      live.record.removed = true;
      this.#roster.records.save(live.record);
    } else {
      this.#roster.records.delete(id);
      this.#roster.forget(id);
    }
    this.#options.live.publish({ type: 'session.removed', session_id: id });
    return session;
  }

  /**
   * Types text and presses Enter; several lines go as one paste. Returns when it is typed, not when it is answered.
   * @throws NOT_FOUND, SESSION_ENDED, LEDGER_UNAVAILABLE
   */
  async send(id: SessionId, text: string, actor: Actor): Promise<Delivered> {
    const bytes = await this.#type(id, pasted(text), actor, 'send');
    await new Promise((resolve) => setTimeout(resolve, ENTER_PAUSE_MS));
    return { delivered: true, bytes: bytes + (await this.#options.ptyHost.input(id, '\r')) };
  }

  /** Types exactly these bytes. @throws NOT_FOUND, SESSION_ENDED, LEDGER_UNAVAILABLE */
  async keys(id: SessionId, data: string, actor: Actor): Promise<Delivered> {
    return { delivered: true, bytes: await this.#type(id, data, actor, 'keys') };
  }

  interrupt(id: SessionId, actor: Actor): Promise<Delivered> {
    return this.keys(id, '\x03', actor);
  }

  escape(id: SessionId, actor: Actor): Promise<Delivered> {
    return this.keys(id, '\x1b', actor);
  }

  /**
   * Ends it: its token dies at once, then its terminal is hung up, then its processes are killed.
   * @throws NOT_FOUND, SESSION_ENDED
   */
  async kill(id: SessionId, actor: Actor): Promise<Session> {
    const live = this.#running(id);
    live.record.killed_by ??= actor.name;
    this.#roster.records.save(live.record);
    await this.#roster.revoke(live, actor);
    // Before the hang-up: what is about to die must not be allowed anything any more.
    await this.#roster.closeQuestions(live, `The session was ended by ${actor.name}.`);
    const ended = this.#roster.endOf(id, KILL_WAIT_MS);
    await this.#options.ptyHost.kill(id);
    await ended;
    return this.get(id);
  }

  /** @throws NOT_FOUND, SESSION_ENDED */
  async resize(id: SessionId, cols: number, rows: number): Promise<Session> {
    const live = this.#running(id);
    await this.#options.ptyHost.resize(id, cols, rows);
    live.record.session = { ...live.record.session, cols, rows };
    this.#roster.publish(live);
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

  /** Which running session a hook token belongs to; undefined for any other token. */
  authenticateHook(token: string): SessionId | undefined {
    const hash = hashHookToken(token);
    return this.#roster.all().find((live) => live.record.hook_token_hash === hash)?.id;
  }

  /**
   * An agent's event that came through the control API instead of the terminal host. For a question it resolves once
   * that is settled; `signal` tells that the caller went away.
   * @throws NOT_FOUND, SESSION_ENDED, INVALID_INPUT for another agent's name
   */
  async deliverHook(
    id: SessionId,
    agent: AgentKind,
    event: string,
    body: JsonValue,
    signal?: AbortSignal,
  ): Promise<JsonValue> {
    await this.#watch.restored;
    const live = this.#running(id);
    if (live.adapter.kind !== agent) {
      throw new AegisError('INVALID_INPUT', `The session runs ${live.adapter.kind}, not ${agent}.`);
    }
    return this.#desk.deliver(live, event, body, signal);
  }

  async #start(input: SessionInput, actor: Actor, adapter: AgentAdapter): Promise<Session> {
    await this.#watch.restored;
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
      this.#roster.records.save(record);
      this.#roster.add(live);
      const hosted = await ptyHost.create(spec);
      record.session = { ...record.session, pid: hosted.pid };
      if (adapter.kind === 'shell') live.setBase({ state: 'working', reason: 'runs' });
      this.#roster.foreground(live, hosted.foreground);
      this.#roster.records.save(record);
      if (!this.#roster.refresh(live)) this.#roster.publish(live);
      return this.get(live.id);
    } catch (error) {
      this.#roster.cancel(live);
      await identity.revoke(record.session.agent_id, actor).catch(() => undefined);
      // It may have started all the same, with only the answer lost.
      ptyHost.kill(live.id).catch(() => undefined);
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

  /** Nothing is typed that the ledger does not know of: how much, never what. */
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
    const session = this.get(id);
    const live = this.#roster.find(id);
    if (live) return live;
    throw new AegisError('SESSION_ENDED', `The session has ended: ${session.state_reason}.`, {
      hint: 'Start a new session.',
    });
  }
}

function adaptersFor(options: SessionsOptions): AgentAdapter[] {
  const { resourcesDir, nodePath = process.execPath, nodeArgs = [], nodeEnv = {} } = options;
  return [claudeCode, shell, ...(options.demo ? [demo({ resourcesDir, nodePath, nodeArgs, nodeEnv })] : [])];
}
