import type { ExitStatus } from '#contract/terminal-frames.ts';
import { nowIso } from '../core/base/time.ts';
import { HostError } from './errors.ts';
import { OutputLog } from './output-log.ts';
import type { ParseScheduler } from './parse-scheduler.ts';
import {
  foregroundProcess,
  isShellName,
  processTree,
  signalExactly,
  signalQuietly,
  startTime,
} from './processes.ts';
import type {
  CreateSpec,
  Foreground,
  HostedSession,
  ScreenText,
  SessionExit,
  SessionMeta,
} from './protocol.ts';
import { Pty } from './pty.ts';
import { checkFolder, findProgram } from './spawn-check.ts';
import { TerminalModel } from './terminal-model.ts';
import { ViewerSet } from './viewer-set.ts';

/** The model may lag so far behind; then the program waits. */
const MODEL_HIGH = 1024 * 1024;
const MODEL_LOW = 256 * 1024;
/** Parsed on the spot for a caller that asks for the screen. */
const SCREEN_CATCH_UP = 256 * 1024;
const META_MS = 1_000;
/** Then the next activity decides: a program that changes places all the time is not followed for ever. */
const MAX_LOOKS_AGAIN = 5;
const HANG_UP_MS = 2_000;
const RESIZE_MS = 50;
/** Without output, input or viewer for so long, a session's state is packed away. */
const REST_MS = Number(process.env.AEGIS_PTY_HOST_REST_MS) || 20_000;

export interface SessionEvents {
  exit(session: HostSession, exit: SessionExit): void;
  meta(meta: SessionMeta): void;
}

/** One program in its terminal, with everything the control plane and viewers may ask of it. */
export class HostSession {
  readonly id: string;
  readonly #spec: CreateSpec;
  readonly #events: SessionEvents;
  readonly #pty: Pty;
  readonly #model: TerminalModel;
  readonly #log: OutputLog;
  readonly #viewers: ViewerSet;
  readonly #startedAt = nowIso();
  readonly #pidStarted: string | null;
  #exit: SessionExit | null = null;
  #acknowledged = false;
  #killing = false;
  #killTimer: NodeJS.Timeout | undefined;
  #cols: number;
  #rows: number;
  /** The size the terminal has; it follows the wanted one above. */
  #applied: readonly [number, number];
  #sizeTimer: NodeJS.Timeout | undefined;
  #foreground: Foreground | null = null;
  #lastLine = '';
  #news: Omit<SessionMeta, 'id'> = {};
  #looked = true;
  #looksAgain = 0;
  #lastActivity = Date.now();
  #metaTimer: NodeJS.Timeout | undefined;

  /** @throws HostError FOLDER_MISSING, AGENT_NOT_INSTALLED, INTERNAL */
  constructor(spec: CreateSpec, scheduler: ParseScheduler, events: SessionEvents) {
    checkFolder(spec.cwd);
    const file = findProgram(spec);
    this.id = spec.id;
    this.#spec = spec;
    this.#events = events;
    this.#cols = spec.cols;
    this.#rows = spec.rows;
    this.#applied = [spec.cols, spec.rows];
    this.#model = new TerminalModel(spec.cols, spec.rows, {
      reply: (data) => this.#pty.write(Buffer.from(data, 'latin1')),
      title: (title) => {
        this.#viewers.title(title);
        this.#tell({ title });
      },
      bell: () => this.#tell({ bell: true }),
    });
    this.#log = new OutputLog(this.#model, scheduler, () => this.#flow());
    this.#viewers = new ViewerSet({
      model: this.#model,
      log: this.#log,
      flowChanged: () => this.#flow(),
      input: (data) => this.input(data),
      resize: (cols, rows) => this.resize(cols, rows),
    });
    try {
      this.#pty = new Pty(file, spec, {
        data: (chunk) => this.#output(chunk),
        exit: (status) => this.#ended(status),
      });
    } catch (error) {
      this.#model.dispose();
      const reason = error instanceof Error ? error.message : String(error);
      throw new HostError('INTERNAL', `The terminal could not be made: ${reason}.`);
    }
    this.#pidStarted = startTime(this.#pty.pid);
  }

  get pid(): number {
    return this.#pty.pid;
  }
  get exit(): SessionExit | null {
    return this.#exit;
  }
  /** Its end is stored by the control plane. */
  get acknowledged(): boolean {
    return this.#acknowledged;
  }
  acknowledgeExit(): void {
    this.#acknowledged = true;
  }
  get hook(): CreateSpec['hook'] {
    return this.#spec.hook;
  }
  get viewers(): ViewerSet {
    return this.#viewers;
  }

  describe(): HostedSession {
    return {
      id: this.id,
      pid: this.pid,
      cols: this.#cols,
      rows: this.#rows,
      title: this.#model.title,
      last_line: this.#model.lastLine(),
      foreground: this.#exit ? null : this.#foreground,
      started_at: this.#startedAt,
      offset: this.#log.parsedOffset + this.#log.pending,
      exit: this.#exit,
    };
  }

  /** @returns bytes taken. @throws HostError SESSION_ENDED */
  input(data: Buffer): number {
    this.#mustLive();
    this.#look();
    return this.#pty.write(data);
  }

  /**
   * Changes the size; of many changes in a row, as when a window is dragged, the last one counts: each makes the
   * program redraw and 5,000 lines wrap anew.
   * @throws HostError SESSION_ENDED
   */
  resize(cols: number, rows: number): void {
    this.#mustLive();
    this.#cols = cols;
    this.#rows = rows;
    if (this.#sizeTimer === undefined) this.#applySize();
  }

  screen(): ScreenText {
    this.#log.catchUp(SCREEN_CATCH_UP);
    return this.#model.screen();
  }

  /** Packs the terminal's state away when nobody looks and nothing happens. @returns whether it did. */
  async rest(): Promise<boolean> {
    if (this.#viewers.ids.length > 0 || this.#log.pending > 0) return false;
    if (Date.now() - this.#lastActivity < REST_MS) return false;
    return this.#model.freeze();
  }

  /** The program in front, looked up now. */
  lookForeground(): Foreground | null {
    if (this.#exit) return null;
    const found =
      process.platform === 'linux'
        ? foregroundProcess(this.pid)
        : { pid: this.pid, name: this.#pty.processName };
    return found && { ...found, is_shell: isShellName(found.name) };
  }

  /** Hangs up, and after 2 seconds kills what is left of everything the session started. */
  kill(): void {
    if (this.#exit || this.#killing) return;
    this.#killing = true;
    if (process.platform === 'win32') {
      this.#pty.killWindows();
      return;
    }
    const mark = this.#mark();
    const tree = processTree(this.pid, this.#pidStarted, mark);
    const front = foregroundProcess(this.pid);
    signalQuietly(-this.pid, 'SIGHUP');
    if (front && front.pid !== this.pid) signalQuietly(-front.pid, 'SIGHUP');
    for (const process of tree) if (process.group !== this.pid) signalExactly(process, 'SIGHUP');
    this.#killTimer = setTimeout(() => {
      if (!this.#exit) signalQuietly(-this.pid, 'SIGKILL');
      // Listed again: the list of before may have forked on, and members of it that live on may have moved.
      for (const process of [...tree, ...processTree(this.pid, this.#pidStarted, mark)])
        signalExactly(process, 'SIGKILL');
    }, HANG_UP_MS);
  }

  /** Kills at once and lets go of everything. For the host's own end. */
  destroy(): void {
    if (!this.#exit) {
      if (process.platform === 'win32') this.#pty.killWindows();
      else {
        const tree = processTree(this.pid, this.#pidStarted, this.#mark());
        signalQuietly(-this.pid, 'SIGKILL');
        for (const process of tree) signalExactly(process, 'SIGKILL');
      }
    }
    this.dispose();
  }

  /** Frees an ended session. */
  dispose(): void {
    clearTimeout(this.#metaTimer);
    clearTimeout(this.#sizeTimer);
    this.#viewers.dispose();
    this.#log.dispose();
    this.#model.dispose();
  }

  #output(chunk: Buffer): void {
    this.#log.push({ kind: 'bytes', data: chunk });
    this.#viewers.output(chunk);
    this.#news.offset = this.#log.parsedOffset + this.#log.pending;
    this.#look();
    this.#flow();
  }

  #ended(status: ExitStatus): void {
    if (!this.#killing) clearTimeout(this.#killTimer);
    this.#exit = { ...status, ended_at: nowIso(), killed: this.#killing };
    this.#log.catchUp(SCREEN_CATCH_UP);
    this.#viewers.exited(status);
    this.#publish();
    this.#events.exit(this, this.#exit);
  }

  /** Pauses the program while the model or a viewer is too far behind. */
  #flow(): void {
    const backlog = this.#log.pending;
    if (backlog > MODEL_HIGH || this.#viewers.holdsUp) this.#pty.pause();
    else if (backlog < MODEL_LOW) this.#pty.resume();
  }

  #applySize(): void {
    this.#sizeTimer = undefined;
    const [cols, rows] = this.#applied;
    if (this.#exit || (cols === this.#cols && rows === this.#rows)) return;
    this.#applied = [this.#cols, this.#rows];
    this.#viewers.resized(this.#cols, this.#rows);
    this.#log.push({ kind: 'size', cols: this.#cols, rows: this.#rows });
    this.#pty.resize(this.#cols, this.#rows);
    this.#tell({ cols: this.#cols, rows: this.#rows });
    this.#sizeTimer = setTimeout(() => this.#applySize(), RESIZE_MS);
  }

  #mustLive(): void {
    if (this.#exit) throw new HostError('SESSION_ENDED', 'The session has ended.');
  }

  /** Something went in or out: last line and foreground are looked at with the next news. */
  #look(): void {
    this.#lastActivity = Date.now();
    this.#looked = false;
    this.#metaTimer ??= setTimeout(() => this.#publish(), META_MS);
  }

  #tell(news: Omit<SessionMeta, 'id'>): void {
    Object.assign(this.#news, news);
    this.#metaTimer ??= setTimeout(() => this.#publish(), META_MS);
  }

  #publish(): void {
    clearTimeout(this.#metaTimer);
    this.#metaTimer = undefined;
    const news = this.#news;
    this.#news = {};
    if (!this.#looked) {
      this.#looked = true;
      const line = this.#model.lastLine();
      if (line !== this.#lastLine) {
        this.#lastLine = line;
        news.last_line = line;
      }
    }
    const front = this.lookForeground();
    const changed = front?.pid !== this.#foreground?.pid || front?.name !== this.#foreground?.name;
    if (changed) {
      this.#foreground = front;
      news.foreground = front;
    }
    this.#lookAgain(changed || front === null);
    if (Object.keys(news).length > 0) this.#events.meta({ id: this.id, ...news });
  }

  /** Programs change places without a word: what was just seen changing is looked at until it stays as it is. */
  #lookAgain(unsettled: boolean): void {
    this.#looksAgain = unsettled ? this.#looksAgain + 1 : 0;
    if (this.#exit || this.#looksAgain === 0 || this.#looksAgain > MAX_LOOKS_AGAIN) return;
    this.#metaTimer ??= setTimeout(() => this.#publish(), META_MS);
  }

  /** A process keeps its environment wherever it moves: whoever carries the session's id belongs to it. */
  #mark(): string | null {
    const id = this.#spec.env.AEGIS_SESSION_ID;
    return id ? `AEGIS_SESSION_ID=${id}` : null;
  }
}
