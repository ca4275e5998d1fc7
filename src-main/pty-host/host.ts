import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { HostError } from './errors.ts';
import type { HookRelay } from './hooks.ts';
import { ParseScheduler } from './parse-scheduler.ts';
import type {
  CreateSpec,
  HostEvent,
  HostedSession,
  Operation,
  OperationInput,
  OperationOutput,
} from './protocol.ts';
import { HostSession } from './session.ts';

const MAX_SESSIONS = 256;
const CARE_MS = 500;

/**
 * An idle Node does not collect garbage, and an idle host is what this is for: packed terminals would keep their memory
 * until something else needs it. V8 offers the call only by a flag.
 */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  if (typeof collect === 'function') collect();
}

/** What is sent to the one connected control plane; dropped when there is none. */
export interface Outlet {
  event(event: HostEvent): void;
  viewerFrame(viewer: number, frame: Uint8Array): void;
}

type Handlers = { [O in Operation]: (input: OperationInput<O>) => OperationOutput<O> };

/** The sessions, and what the control plane may do with them. Knows nothing of sockets. */
export class Host {
  readonly #sessions = new Map<string, HostSession>();
  readonly #scheduler = new ParseScheduler();
  /** Viewer -> session. */
  readonly #viewers = new Map<number, HostSession>();
  readonly #hooks: HookRelay;
  readonly #outlet: Outlet;
  readonly #shutdown: () => void;
  readonly #handlers: Handlers;
  readonly #careTimer: NodeJS.Timeout;
  /** Something was packed away since garbage was collected. */
  #packed = false;

  constructor(options: { hooks: HookRelay; outlet: Outlet; shutdown: () => void }) {
    this.#hooks = options.hooks;
    this.#outlet = options.outlet;
    this.#shutdown = options.shutdown;
    this.#handlers = this.#operations();
    this.#careTimer = setInterval(() => void this.#care().catch(() => undefined), CARE_MS);
  }

  get liveSessions(): number {
    let count = 0;
    for (const session of this.#sessions.values()) if (!session.exit) count += 1;
    return count;
  }

  /** Nothing here that anybody could miss: no running session, no exit that is not stored elsewhere. */
  get idle(): boolean {
    for (const session of this.#sessions.values()) if (!session.exit || !session.acknowledged) return false;
    return true;
  }

  /** @throws HostError */
  handle<O extends Operation>(op: O, input: OperationInput<O>): OperationOutput<O> {
    return this.#handlers[op](input);
  }

  /** A control plane connected: tell what it may have missed. */
  greet(): void {
    for (const session of this.#sessions.values()) {
      if (session.exit && !session.acknowledged) {
        this.#outlet.event({ t: 'event', event: 'exit', id: session.id, exit: session.exit });
      }
    }
    this.#hooks.deliver();
  }

  /** The control plane is gone, and with it all viewers. */
  forgetViewers(): void {
    for (const [viewer, session] of this.#viewers) session.viewers.detach(viewer);
    this.#viewers.clear();
  }

  viewerFrame(viewer: number, frame: Uint8Array): void {
    const session = this.#viewers.get(viewer);
    if (!session) return;
    try {
      session.viewers.receive(viewer, frame);
    } catch {
      this.#dropViewer(viewer);
      this.#outlet.event({ t: 'event', event: 'viewer_closed', viewer });
    }
  }

  /** Packs away what rests, one session at a time: each takes some milliseconds. */
  async #care(): Promise<void> {
    for (const session of [...this.#sessions.values()]) {
      if (!(await session.rest())) continue;
      this.#packed = true;
      return;
    }
    if (this.#packed) collectGarbage();
    this.#packed = false;
  }

  dispose(): void {
    clearInterval(this.#careTimer);
    for (const session of this.#sessions.values()) session.destroy();
    this.#sessions.clear();
  }

  #operations(): Handlers {
    return {
      create: (spec) => this.#create(spec),
      input: ({ id, data }) => ({ bytes: this.#get(id).input(Buffer.from(data, 'utf8')) }),
      resize: ({ id, cols, rows }) => {
        this.#get(id).resize(cols, rows);
        return {};
      },
      kill: ({ id }) => {
        this.#get(id).kill();
        return {};
      },
      screen: ({ id }) => this.#get(id).screen(),
      foreground: ({ id }) => ({ foreground: this.#get(id).lookForeground() }),
      list: () => ({ sessions: [...this.#sessions.values()].map((session) => session.describe()) }),
      remove: ({ id }) => this.#remove(id),
      acknowledge_exit: ({ id }) => {
        const session = this.#get(id);
        if (!session.exit) throw new HostError('SESSION_LIVE', 'The session is still running.');
        session.acknowledgeExit();
        return {};
      },
      attach: (input) => this.#attach(input),
      detach: ({ viewer }) => {
        this.#dropViewer(viewer);
        return {};
      },
      reply_hook: ({ hook_id, status, body }) => ({ delivered: this.#hooks.reply(hook_id, status, body) }),
      ping: () => ({}),
      shutdown: ({ if_idle }) => {
        if (if_idle && !this.idle) throw new HostError('SESSION_LIVE', 'Sessions are still running.');
        this.#shutdown();
        return {};
      },
    };
  }

  #create(spec: CreateSpec): HostedSession {
    if (this.#sessions.has(spec.id)) {
      throw new HostError('NAME_TAKEN', `The terminal host already has a session ${spec.id}.`);
    }
    if (this.#sessions.size >= MAX_SESSIONS) {
      throw new HostError('TOO_MANY_SESSIONS', `The terminal host holds ${MAX_SESSIONS} sessions already.`);
    }
    // Before the program starts: it may call at once.
    if (spec.hook) this.#hooks.admit(spec.id, spec.hook.token_hash, spec.hook.held_events);
    let session: HostSession;
    try {
      session = new HostSession(spec, this.#scheduler, {
        meta: (meta) => this.#outlet.event({ t: 'event', event: 'meta', meta }),
        exit: ({ id }, exit) => {
          this.#hooks.expel(id);
          this.#outlet.event({ t: 'event', event: 'exit', id, exit });
        },
      });
    } catch (error) {
      this.#hooks.expel(spec.id);
      throw error;
    }
    this.#sessions.set(spec.id, session);
    return session.describe();
  }

  #attach({ id, viewer, cols, rows }: OperationInput<'attach'>): Record<string, never> {
    const session = this.#get(id);
    this.#dropViewer(viewer);
    if (cols !== undefined && rows !== undefined && !session.exit) session.resize(cols, rows);
    this.#viewers.set(viewer, session);
    session.viewers.attach(viewer, (frame) => this.#outlet.viewerFrame(viewer, frame));
    return {};
  }

  #dropViewer(viewer: number): void {
    this.#viewers.get(viewer)?.viewers.detach(viewer);
    this.#viewers.delete(viewer);
  }

  #remove(id: string): Record<string, never> {
    const session = this.#get(id);
    if (!session.exit) throw new HostError('SESSION_LIVE', 'The session is still running.', 'Kill it first.');
    for (const viewer of session.viewers.ids) {
      this.#viewers.delete(viewer);
      this.#outlet.event({ t: 'event', event: 'viewer_closed', viewer });
    }
    session.dispose();
    this.#sessions.delete(id);
    return {};
  }

  #get(id: string): HostSession {
    const session = this.#sessions.get(id);
    if (!session) throw new HostError('NOT_FOUND', `The terminal host has no session ${id}.`);
    return session;
  }
}
