import type { HostEvent, Operation, OperationInput, OperationOutput } from '../../pty-host/protocol.ts';
import { Emitter } from '../base/emitter.ts';
import { messageOf } from '../base/errors.ts';
import { type PtyHostLink, unavailable } from './pty-host-link.ts';
import { connectOrSpawn, connectRunning } from './pty-host-start.ts';
import type {
  AttachedViewer,
  CreateSpec,
  Foreground,
  HookCall,
  HostDown,
  HostedSession,
  HostUp,
  PtyHostOptions,
  ScreenText,
  SessionExit,
  SessionMeta,
  ViewerSink,
} from './pty-host-types.ts';

export type * from './pty-host-types.ts';

const HEARTBEAT_MS = 5_000;
/** A machine that slept fires the timer late once; only silence over two beats in a row counts. */
const MISSED_BEATS = 2;
const STABLE_MS = 10 * 60_000;
const RETRY_MS = [50, 100, 200, 400, 800];

async function endHost(link: PtyHostLink): Promise<void> {
  await link.call('shutdown', {}).catch(() => undefined);
  link.close();
  for (let attempt = 0; attempt < 250 && isRunning(link.welcome.pid); attempt += 1) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/**
 * The control plane's side of the terminal host: starts or joins it, keeps the connection, and tells what happens to
 * its sessions. Losing the connection loses nothing; the host keeps exits and open hook calls and reports them again.
 * Listeners should be registered right after `start`, in the same turn: what the host kept is delivered after that.
 */
export class PtyHostClient {
  readonly #options: PtyHostOptions;
  readonly #exit: Emitter<{ id: string; exit: SessionExit }>;
  readonly #meta: Emitter<SessionMeta>;
  readonly #hook: Emitter<HookCall>;
  readonly #hookClosed: Emitter<{ hook_id: string; session_id: string }>;
  readonly #down: Emitter<HostDown>;
  readonly #up: Emitter<HostUp>;
  readonly #viewers = new Map<number, { session: string; sink: ViewerSink }>();
  readonly #known = new Set<string>();
  #link: PtyHostLink;
  #instance: string;
  #nextViewer = 1;
  #restarts = 0;
  #upSince = Date.now();
  #disposed = false;
  #heartbeat: NodeJS.Timeout | undefined;

  private constructor(options: PtyHostOptions, link: PtyHostLink) {
    const report = (error: unknown): void =>
      options.log.error({ reason: messageOf(error) }, 'a listener of the terminal host failed');
    this.#options = options;
    this.#exit = new Emitter(report);
    this.#meta = new Emitter(report);
    this.#hook = new Emitter(report);
    this.#hookClosed = new Emitter(report);
    this.#down = new Emitter(report);
    this.#up = new Emitter(report);
    this.#link = link;
    this.#instance = link.welcome.instance;
  }

  /**
   * Joins the host of `runDir`, or starts one.
   * @throws AegisError PTY_HOST_UNAVAILABLE
   */
  static async start(options: PtyHostOptions): Promise<PtyHostClient> {
    return (await PtyHostClient.prepare(options)).begin();
  }

  /**
   * The slow half of `start`, to run beside other work. What the host has to tell waits until `begin`, whose caller
   * registers its listeners in the same turn. `cancel` when it does not come to that.
   */
  static async prepare(options: PtyHostOptions): Promise<{ begin(): PtyHostClient; cancel(): void }> {
    const link = await connectOrSpawn(options);
    return {
      begin: () => {
        const client = new PtyHostClient(options, link);
        setImmediate(() => client.#adopt(link));
        return client;
      },
      cancel: () => link.close(),
    };
  }

  /** Ends the host of `runDir` with all its sessions, if there is one. For tests and for uninstalling. */
  static async shutdownAny(options: PtyHostOptions): Promise<void> {
    const link = await connectRunning(options).catch(() => undefined);
    if (link) await endHost(link);
  }

  /** A session ended. Repeated after each reconnect until `acknowledgeExit`. */
  onExit(listener: (event: { id: string; exit: SessionExit }) => void): () => void {
    return this.#exit.on(listener);
  }
  onMeta(listener: (meta: SessionMeta) => void): () => void {
    return this.#meta.on(listener);
  }
  /** An agent called a hook. Held ones come again, with the same `hook_id`, after each reconnect. */
  onHook(listener: (call: HookCall) => void): () => void {
    return this.#hook.on(listener);
  }
  /** The agent gave up on a held call. */
  onHookClosed(listener: (event: { hook_id: string; session_id: string }) => void): () => void {
    return this.#hookClosed.on(listener);
  }
  onDown(listener: (event: HostDown) => void): () => void {
    return this.#down.on(listener);
  }
  onUp(listener: (event: HostUp) => void): () => void {
    return this.#up.on(listener);
  }

  get connected(): boolean {
    return !this.#link.closed;
  }
  get hostPid(): number {
    return this.#link.welcome.pid;
  }
  /** Loopback port of `POST /v1/hooks/{agent}/{event}`; the same as long as the host lives. */
  get hookPort(): number {
    return this.#link.welcome.hook_port;
  }

  /**
   * Starts a program in a terminal.
   * @throws AegisError FOLDER_MISSING, AGENT_NOT_INSTALLED, NAME_TAKEN, TOO_MANY_SESSIONS, PTY_HOST_UNAVAILABLE
   */
  async create(spec: CreateSpec): Promise<HostedSession> {
    const session = await this.#call('create', spec);
    this.#known.add(session.id);
    return session;
  }

  /** Types into the terminal. @returns bytes taken. @throws AegisError NOT_FOUND, SESSION_ENDED */
  async input(id: string, data: string): Promise<number> {
    return (await this.#call('input', { id, data })).bytes;
  }
  async resize(id: string, cols: number, rows: number): Promise<void> {
    await this.#call('resize', { id, cols, rows });
  }
  /** Hangs up, waits 2 seconds, kills what is left. Resolves at once; the end comes through `onExit`. */
  async kill(id: string): Promise<void> {
    await this.#call('kill', { id });
  }
  screen(id: string): Promise<ScreenText> {
    return this.#call('screen', { id });
  }
  async foreground(id: string): Promise<Foreground | null> {
    return (await this.#call('foreground', { id })).foreground;
  }
  /** All sessions the host holds, ended ones included until they are removed. */
  async list(): Promise<HostedSession[]> {
    const { sessions } = await this.#call('list', {});
    for (const session of sessions) this.#known.add(session.id);
    return sessions;
  }
  /** The exit is stored; the host need not report it again. */
  async acknowledgeExit(id: string): Promise<void> {
    await this.#call('acknowledge_exit', { id });
  }
  /** Forgets an ended session and its screen. @throws AegisError SESSION_LIVE, NOT_FOUND */
  async remove(id: string): Promise<void> {
    await this.#call('remove', { id });
    this.#known.delete(id);
  }

  /**
   * Answers a held hook call. False: nobody waits for it any more.
   * @param body JSON text, sent as `application/json`.
   */
  async replyHook(hookId: string, status: number, body: string): Promise<boolean> {
    return (await this.#call('reply_hook', { hook_id: hookId, status, body })).delivered;
  }

  /**
   * Shows a session to a viewer: its frames (terminal-frames.ts) go to `sink`, a SNAPSHOT first. After a reconnect to
   * the same host the viewer is attached again by itself and gets a new SNAPSHOT.
   */
  attach(id: string, sink: ViewerSink, size: { cols?: number; rows?: number } = {}): AttachedViewer {
    const viewer = this.#nextViewer++;
    this.#viewers.set(viewer, { session: id, sink });
    this.#attachAtHost(viewer, id, size);
    return {
      receive: (frame) => {
        if (this.#viewers.has(viewer)) this.#link.sendViewer(viewer, frame);
      },
      dispose: () => {
        if (this.#viewers.delete(viewer)) this.#call('detach', { viewer }).catch(() => undefined);
      },
    };
  }

  /** Lets go of the host, which goes on with all its sessions. */
  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    clearTimeout(this.#heartbeat);
    this.#link.close();
    this.#closeViewers('disconnected');
  }

  /** Ends every session and the host itself; resolves when its process is gone. For tests. */
  async shutdownHost(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    clearTimeout(this.#heartbeat);
    await endHost(this.#link);
    this.#closeViewers('host shut down');
  }

  #call<O extends Operation>(op: O, input: OperationInput<O>): Promise<OperationOutput<O>> {
    if (this.#disposed) return Promise.reject(unavailable('The terminal host is no longer in use.'));
    return this.#link.call(op, input);
  }

  #attachAtHost(viewer: number, id: string, size: { cols?: number; rows?: number }): void {
    const link = this.#link;
    this.#call('attach', { id, viewer, ...size }).catch((error: unknown) => {
      // When the connection broke meanwhile, `#resume` decides what becomes of the viewer.
      if (!link.closed || this.#disposed) this.#closeViewer(viewer, messageOf(error));
    });
  }

  #closeViewer(viewer: number, reason: string): void {
    const entry = this.#viewers.get(viewer);
    if (!entry) return;
    this.#viewers.delete(viewer);
    entry.sink.closed?.(reason);
  }

  #closeViewers(reason: string): void {
    for (const viewer of [...this.#viewers.keys()]) this.#closeViewer(viewer, reason);
  }

  #adopt(link: PtyHostLink): void {
    if (this.#disposed) return;
    let replaced = false;
    link.listen({
      event: (event) => {
        if (event.event === 'replaced') replaced = true;
        else this.#handle(event);
      },
      viewerFrame: (viewer, frame) => this.#viewers.get(viewer)?.sink.send(frame),
      closed: () => this.#lost(replaced),
    });
    this.#beat(link, 0);
  }

  #handle(event: Exclude<HostEvent, { event: 'replaced' }>): void {
    switch (event.event) {
      case 'exit':
        this.#exit.emit({ id: event.id, exit: event.exit });
        return;
      case 'meta':
        this.#meta.emit(event.meta);
        return;
      case 'hook':
        this.#hook.emit(event.call);
        return;
      case 'hook_closed':
        this.#hookClosed.emit({ hook_id: event.hook_id, session_id: event.session_id });
        return;
      case 'hooks_dropped':
        this.#options.log.warn({ count: event.count }, 'hook calls were dropped while Aegis was not running');
        return;
      case 'viewer_closed':
        this.#closeViewer(event.viewer, 'the terminal host closed the view');
        return;
    }
  }

  /** A host that hangs keeps its socket open: ask it now and then, and treat silence as a lost connection. */
  #beat(link: PtyHostLink, missed: number): void {
    clearTimeout(this.#heartbeat);
    this.#heartbeat = setTimeout(() => {
      if (link.closed || this.#disposed) return;
      let answered = false;
      link.call('ping', {}).then(
        () => {
          answered = true;
        },
        () => undefined,
      );
      this.#heartbeat = setTimeout(() => {
        if (answered) this.#beat(link, 0);
        else if (missed + 1 < MISSED_BEATS) this.#beat(link, missed + 1);
        else link.close();
      }, HEARTBEAT_MS);
      this.#heartbeat.unref();
    }, HEARTBEAT_MS);
    this.#heartbeat.unref();
  }

  #lost(replaced: boolean): void {
    if (this.#disposed) return;
    clearTimeout(this.#heartbeat);
    if (replaced) {
      this.#options.log.warn('another Aegis took over the terminal host');
      this.#closeViewers('another Aegis took over');
      this.#down.emit({ reason: 'replaced' });
      return;
    }
    this.#down.emit({ reason: 'connection' });
    void this.#reconnect();
  }

  async #reconnect(): Promise<void> {
    const limit = this.#options.maxRestarts ?? 5;
    // Restarts count against a host that dies again and again, not against one that ran well for a while.
    if (Date.now() - this.#upSince > STABLE_MS) this.#restarts = 0;
    for (const wait of RETRY_MS) {
      await new Promise((resolve) => setTimeout(resolve, wait));
      if (this.#disposed) return;
      try {
        const link = await connectRunning(this.#options);
        if (link) return await this.#resume(link);
      } catch (error) {
        this.#options.log.warn({ reason: messageOf(error) }, 'terminal host cannot be joined again');
      }
    }
    while (this.#restarts < limit && !this.#disposed) {
      this.#restarts += 1;
      try {
        return await this.#resume(await connectOrSpawn(this.#options));
      } catch (error) {
        this.#options.log.error({ reason: messageOf(error) }, 'terminal host does not come back');
      }
    }
    if (this.#disposed) return;
    this.#closeViewers('the terminal host is gone');
    this.#down.emit({ reason: 'gave_up' });
  }

  async #resume(link: PtyHostLink): Promise<void> {
    if (this.#disposed) {
      link.close();
      return;
    }
    const same = link.welcome.instance === this.#instance;
    const { sessions } = await link.call('list', {});
    this.#link = link;
    this.#instance = link.welcome.instance;
    const present = new Set(sessions.map((session) => session.id));
    const lost = [...this.#known].filter((id) => !present.has(id));
    for (const id of lost) this.#known.delete(id);
    this.#adopt(link);
    this.#upSince = Date.now();
    this.#up.emit({ same_host: same, sessions, lost });
    for (const [viewer, { session }] of this.#viewers) {
      if (present.has(session)) this.#attachAtHost(viewer, session, {});
      else this.#closeViewer(viewer, 'the session was lost with the terminal host');
    }
  }
}
