import { writeSync } from 'node:fs';
import { constants } from 'node:os';
import { type IPty, spawn } from 'node-pty';
import type { ExitStatus } from '#contract/terminal-frames.ts';
import type { CreateSpec } from './protocol.ts';

/** Input that the program does not read is kept up to here. */
const INPUT_LIMIT = 4 * 1024 * 1024;
const INPUT_RETRY_MS = 10;
/** After the program's end its last output is read until nothing comes for this long, or this much came. */
const DRAIN_QUIET_MS = 60;
const DRAIN_LIMIT = 4 * 1024 * 1024;

export interface PtyEvents {
  data(chunk: Buffer): void;
  /** Once, after all output. */
  exit(status: ExitStatus): void;
}

/** What node-pty's Unix terminal is made of: it reads through this socket. */
interface PtySocket {
  readonly destroyed: boolean;
  destroy(error?: Error): unknown;
}

const signalName = (signal: number | undefined): string | null =>
  signal ? (Object.entries(constants.signals).find(([, number]) => number === signal)?.[0] ?? null) : null;

/** One pseudo-terminal and the program in it. Bytes in, bytes out; nothing is decoded. */
export class Pty {
  readonly #pty: IPty;
  readonly #events: PtyEvents;
  readonly #socket: PtySocket | undefined;
  #input: Buffer[] = [];
  #inputBytes = 0;
  #inputTimer: NodeJS.Timeout | undefined;
  #paused = false;
  #draining = false;
  #drained = 0;
  #quiet: NodeJS.Timeout | undefined;
  #ended = false;

  /** @throws Error when the terminal cannot be made. The program and folder were checked before. */
  constructor(file: string, spec: CreateSpec, events: PtyEvents) {
    this.#events = events;
    this.#pty = spawn(file, spec.args, {
      cols: spec.cols,
      rows: spec.rows,
      cwd: spec.cwd,
      env: spec.env,
      name: spec.env.TERM ?? 'xterm-256color',
      encoding: null,
    });
    this.#socket = (this.#pty as IPty & { _socket?: PtySocket })._socket;
    // With `encoding: null` node-pty hands over buffers, whatever its types say.
    this.#pty.onData((chunk) => this.#data(chunk as unknown as Buffer));
    this.#pty.onExit(({ exitCode, signal }) => {
      this.#ended = true;
      clearTimeout(this.#inputTimer);
      clearTimeout(this.#quiet);
      const name = signalName(signal);
      events.exit({ exit_code: name === null ? exitCode : null, signal: name });
    });
    this.#readToTheEnd();
  }

  get pid(): number {
    return this.#pty.pid;
  }
  /** Name of the program in front, as node-pty sees it. */
  get processName(): string {
    return this.#pty.process;
  }

  /** @returns bytes taken; fewer than given when the program has not read what was typed before. */
  write(data: Buffer): number {
    if (this.#ended) return 0;
    if (!this.#socket) {
      this.#pty.write(data.toString('utf8'));
      return data.length;
    }
    const taken = data.subarray(0, Math.max(0, INPUT_LIMIT - this.#inputBytes));
    if (taken.length > 0) {
      this.#input.push(taken);
      this.#inputBytes += taken.length;
      if (this.#inputTimer === undefined) this.#flushInput();
    }
    return taken.length;
  }

  resize(cols: number, rows: number): void {
    if (!this.#ended) this.#pty.resize(cols, rows);
  }

  pause(): void {
    if (this.#paused || this.#draining) return;
    this.#paused = true;
    this.#pty.pause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.#pty.resume();
  }

  /** Hangs up, where process groups do not exist. */
  killWindows(): void {
    if (!this.#ended) this.#pty.kill();
  }

  #data(chunk: Buffer): void {
    if (chunk.length === 0) return;
    if (this.#draining) {
      this.#drained += chunk.length;
      this.#awaitQuiet();
    }
    this.#events.data(chunk);
  }

  /**
   * node-pty's own queue tries again at once while the program does not read, which keeps a core busy. The descriptor
   * does not block, so a write that finds no room fails and is tried again a little later.
   */
  #flushInput(): void {
    this.#inputTimer = undefined;
    while (this.#input.length > 0 && this.#socket && !this.#socket.destroyed && !this.#ended) {
      const chunk = this.#input[0] as Buffer;
      let written: number;
      try {
        written = writeSync(this.#fd, chunk);
      } catch (error) {
        if (!(error instanceof Error) || !('code' in error) || error.code !== 'EAGAIN') {
          this.#dropInput();
          return;
        }
        this.#inputTimer = setTimeout(() => this.#flushInput(), INPUT_RETRY_MS);
        return;
      }
      this.#inputBytes -= written;
      if (written === chunk.length) this.#input.shift();
      else this.#input[0] = chunk.subarray(written);
    }
    if (this.#ended || this.#socket?.destroyed) this.#dropInput();
  }

  #dropInput(): void {
    this.#input = [];
    this.#inputBytes = 0;
  }

  get #fd(): number {
    return (this.#pty as IPty & { fd: number }).fd;
  }

  /**
   * When the program ends, node-pty waits 200 ms and then closes the terminal. Output that is still in the kernel,
   * because we were paused or busy, would be lost: so its closing call first reads to the end. A program left in the
   * background may keep the terminal open and go on writing; hence the limits.
   */
  #readToTheEnd(): void {
    const socket = this.#socket;
    if (!socket) return;
    const destroy = socket.destroy.bind(socket);
    socket.destroy = (error?: Error) => {
      if (error || this.#draining || socket.destroyed) return destroy(error);
      this.resume();
      this.#draining = true;
      this.#close = destroy;
      this.#awaitQuiet();
      return socket;
    };
  }

  #close: () => void = () => undefined;

  #awaitQuiet(): void {
    clearTimeout(this.#quiet);
    if (this.#drained >= DRAIN_LIMIT) this.#close();
    else this.#quiet = setTimeout(() => this.#close(), DRAIN_QUIET_MS);
  }
}
