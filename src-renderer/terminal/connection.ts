/** Keeps one viewer attached to its session: opens the channel, opens it again when it breaks, decodes frames. */
import type { SessionId } from '#contract';
import { AckPacer, decodeHostFrame, encodeViewerFrame, type ViewerFrame } from '#contract/terminal-frames.ts';
import { type Failure, toFailure } from '../client/failure.ts';
import { openChannel, type TerminalChannel } from './channel.ts';
import { type Step, ViewerStream } from './viewer-stream.ts';

export type ConnectionState =
  | { state: 'connecting' }
  | { state: 'live' }
  /** Broken; the next attempt is under way or planned. */
  | { state: 'lost' }
  /** Trying again is no use: the session is gone or may not be watched. */
  | { state: 'refused'; failure: Failure };

export interface ConnectionEvents {
  state(state: ConnectionState): void;
  /** The channel is open: say who is watching before anything else. */
  opened(): void;
  /** Carry the step out; `parsed` must be called when the terminal has parsed a write. */
  step(step: Step, parsed: () => void): void;
}

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 5_000;

/** Answers that stay the same however often one asks. */
const FINAL_CODES = new Set(['NOT_FOUND', 'PERMISSION_MISSING', 'UNAUTHENTICATED', 'INVALID_INPUT']);

export class TerminalConnection {
  readonly #id: SessionId;
  readonly #events: ConnectionEvents;
  #channel: TerminalChannel | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #retryMs = FIRST_RETRY_MS;
  #disposed = false;

  constructor(id: SessionId, events: ConnectionEvents) {
    this.#id = id;
    this.#events = events;
    void this.#open();
  }

  get isOpen(): boolean {
    return this.#channel !== null;
  }

  send(frame: ViewerFrame): void {
    this.#channel?.send(encodeViewerFrame(frame));
  }

  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#retry);
    this.#channel?.close();
    this.#channel = null;
  }

  async #open(): Promise<void> {
    this.#events.state({ state: this.#retryMs === FIRST_RETRY_MS ? 'connecting' : 'lost' });
    const stream = new ViewerStream();
    // Frames may follow so closely that they come before the channel is in our hands.
    const early: Uint8Array[] = [];
    let accept = (bytes: Uint8Array): void => void early.push(bytes);
    try {
      const channel = await openChannel(this.#id, {
        frame: (bytes) => accept(bytes),
        closed: () => this.#lost(),
      });
      if (this.#disposed) {
        channel.close();
        return;
      }
      this.#channel = channel;
      const pacer = new AckPacer((frame) => channel.send(frame));
      this.#events.opened();
      accept = (bytes) => this.#frame(bytes, stream, pacer);
      for (const bytes of early) accept(bytes);
    } catch (error) {
      if (this.#disposed) return;
      const failure = toFailure(error);
      if (FINAL_CODES.has(failure.code)) this.#events.state({ state: 'refused', failure });
      else this.#lost();
    }
  }

  #frame(bytes: Uint8Array, stream: ViewerStream, pacer: AckPacer): void {
    if (this.#disposed) return;
    let steps: Step[];
    try {
      steps = stream.accept(decodeHostFrame(bytes));
    } catch {
      // Bytes that are no frame: nothing after them can be trusted. Start over.
      this.#channel?.close();
      this.#lost();
      return;
    }
    for (const step of steps) {
      if (step.do === 'refresh') this.send({ type: 'refresh' });
      else if (step.do === 'write') {
        const { offset, snapshot } = step;
        this.#events.step(step, () => (snapshot ? pacer.snapshot(offset) : pacer.parsed(offset)));
      } else this.#events.step(step, () => {});
      if (step.do === 'reset') {
        this.#retryMs = FIRST_RETRY_MS;
        this.#events.state({ state: 'live' });
      }
    }
  }

  #lost(): void {
    if (this.#disposed) return;
    this.#channel = null;
    this.#events.state({ state: 'lost' });
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#open(), this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
  }
}
