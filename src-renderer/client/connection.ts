import { createStore, type StoreApi } from 'zustand/vanilla';
import { type Failure, toFailure } from './failure.ts';
import { type AnyLink, openTransport, type Transport } from './link.ts';
import { isDesktop } from './platform.ts';
import { whoami } from './sign-in.ts';

/**
 * - `connecting`: for the first time; nothing to show yet
 * - `open`
 * - `reconnecting`: was open; what is shown may be old
 * - `signed_out`: the browser has no sign-in
 */
export type ConnectionState = 'connecting' | 'open' | 'reconnecting' | 'signed_out';

export interface ConnectionStatus {
  state: ConnectionState;
  /** Why the last attempt failed. */
  failure: Failure | null;
  /** Attempts since the connection was lost. */
  attempts: number;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;
/** A connection that held this long counts as a good one. */
const STABLE_MS = 5_000;
/** Calls made while the connection is down wait this long for it before they fail. */
const CALL_WAIT_MS = 15_000;

/** Wait before the next attempt, in milliseconds: doubling, with a random part so that many viewers do not return at once. */
export function backoff(attempt: number, random: () => number = Math.random): number {
  const full = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** Math.min(attempt, 10));
  return Math.round(full / 2 + random() * (full / 2));
}

/** Keeps one connection to the control plane open and says what state it is in. */
export class Connection {
  readonly status: StoreApi<ConnectionStatus> = createStore(() => ({
    state: 'connecting',
    failure: null,
    attempts: 0,
  }));
  #transport: Transport | null = null;
  #ended: AbortController | null = null;
  #running = false;
  #wake: (() => void) | null = null;
  readonly #onOpen = new Set<(signal: AbortSignal) => void>();

  /**
   * Calls the listener for the connection that is open, if one is, and for every later one. The signal aborts when
   * that connection ends, or when the answer of this method is called.
   */
  whileOpen(listener: (signal: AbortSignal) => void): () => void {
    const stop = new AbortController();
    const call = (ended: AbortSignal) => listener(AbortSignal.any([ended, stop.signal]));
    this.#onOpen.add(call);
    if (this.#ended) call(this.#ended.signal);
    return () => {
      this.#onOpen.delete(call);
      stop.abort();
    };
  }

  /** Starts connecting; calling it again tries at once, for instance after signing in. */
  start(): void {
    this.#wake?.();
    if (!this.#running) void this.#run();
  }

  /** Drops the connection and connects anew: after signing out, or when the stream of changes broke. */
  restart(): void {
    this.#transport?.close();
    this.start();
  }

  /** The current link; waits for the connection when it is down. Rejects with CONNECTION_LOST. */
  async link(): Promise<AnyLink> {
    if (this.#transport) return this.#transport.link;
    return new Promise((resolve, reject) => {
      const done = () => {
        clearTimeout(timer);
        unsubscribe();
      };
      const fail = () => {
        done();
        reject(Object.assign(new Error('The connection was lost.'), { code: 'CONNECTION_LOST' }));
      };
      const timer = setTimeout(fail, CALL_WAIT_MS);
      const unsubscribe = this.status.subscribe(({ state }) => {
        if (state === 'signed_out') fail();
        else if (this.#transport) {
          done();
          resolve(this.#transport.link);
        }
      });
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    for (let attempt = 0; ; attempt += 1) {
      try {
        if (!isDesktop && (await whoami()) === null) {
          this.status.setState({ state: 'signed_out', failure: null, attempts: 0 });
          break;
        }
        const opened = Date.now();
        await this.#hold(await openTransport());
        // A server that hangs up at once is not asked again at once.
        if (Date.now() - opened > STABLE_MS) attempt = 0;
        this.status.setState({ state: 'reconnecting', failure: null, attempts: 0 });
      } catch (error) {
        const { state } = this.status.getState();
        const next = state === 'open' || state === 'reconnecting' ? 'reconnecting' : 'connecting';
        this.status.setState({ state: next, failure: toFailure(error), attempts: attempt + 1 });
      }
      await this.#pause(backoff(attempt));
    }
    this.#running = false;
  }

  /** Resolves when the connection ends. */
  async #hold(transport: Transport): Promise<void> {
    const ended = new AbortController();
    this.#transport = transport;
    this.#ended = ended;
    this.status.setState({ state: 'open', failure: null, attempts: 0 });
    for (const listener of this.#onOpen) listener(ended.signal);
    try {
      await transport.closed;
    } finally {
      this.#transport = null;
      this.#ended = null;
      ended.abort();
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    }).then(() => {
      this.#wake = null;
    });
  }
}

export const connection = new Connection();
