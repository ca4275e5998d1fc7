import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { AuditEntry } from '#contract';
import { entryPath } from '../base/entries.ts';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { AppendQueue, MAX_WAITING } from './append-queue.ts';
import { type Outage, outageOf, unavailable } from './failures.ts';
import type { Failure, FromWriter, ToWriter, WriterData } from './protocol.ts';

const CLOSE_TIMEOUT_MS = 5_000;
const PROBE_EVERY_MS = 2_000;

export interface WriterEvents {
  /** Entries that became durable, in order. */
  appended(entries: AuditEntry[]): void;
  /** The writer added this many entries by itself when it opened the file. */
  noted(count: number): void;
  /** The file cannot be written just now. */
  down(): void;
  /** A signed checkpoint to be kept outside the database. */
  checkpoint(note: string): void;
}

export interface WriterClientOptions {
  readonly path: string;
  readonly log: Log;
  readonly writeTimeoutMs: number;
  /** What a writer is started with; asked anew for each. */
  readonly data: () => WriterData;
  readonly events: WriterEvents;
}

export type CheckpointAnswer = Extract<FromWriter, { type: 'checkpoint' }>;

/** The main thread's side of the writer (writer.ts): starts it, feeds it, knows whether it can write. */
export class WriterClient {
  readonly #options: WriterClientOptions;
  readonly #queue = new AppendQueue((batch, text) => this.#tell({ type: 'append', batch, text }));
  readonly #asked = new Map<number, (answer: CheckpointAnswer | undefined) => void>();
  #asks = 0;
  #worker: Worker | undefined;
  #outage: Outage | undefined;
  #entries = 0;
  #watch: NodeJS.Timeout | undefined;
  #closed: (() => void) | undefined;
  #probing: NodeJS.Timeout | undefined;
  #disposed = false;

  constructor(options: WriterClientOptions) {
    this.#options = options;
  }

  get outage(): Outage | undefined {
    return this.#outage;
  }

  /** Number of entries in the file. */
  get entries(): number {
    return this.#entries;
  }

  /** Starts the thread; resolves with how opening the file went. */
  start(): Promise<FromWriter> {
    const worker = new Worker(entryPath('ledger-writer'), {
      workerData: this.#options.data(),
      name: 'ledger-writer',
    });
    this.#worker = worker;
    return new Promise((resolve) => {
      worker.on('message', (message: FromWriter) => {
        this.#hear(message);
        resolve(message);
      });
      const ended = (error: unknown): void => {
        const failure = { code: 'LEDGER_WRITER_ENDED', message: messageOf(error) };
        this.#lost(worker, failure);
        resolve({ type: 'open-failed', failure });
      };
      worker.on('error', ended);
      worker.on('exit', (code) => ended(`The ledger writer ended with code ${code}.`));
    });
  }

  append(entry: AuditEntry): Promise<AuditEntry> {
    if (this.#disposed) {
      return Promise.reject(unavailable({ detail: 'Aegis is shutting down.', hint: 'Start it again.' }));
    }
    if (this.#queue.isFull) return Promise.reject(overloaded());
    return new Promise((resolve, reject) => this.#queue.push({ entry, resolve, reject }));
  }

  /** A signed checkpoint of what is durable now; undefined when the file cannot be written. */
  checkpoint(): Promise<CheckpointAnswer | undefined> {
    if (this.#disposed) return Promise.resolve(undefined);
    this.#asks += 1;
    const ask = this.#asks;
    return new Promise((resolve) => {
      this.#asked.set(ask, resolve);
      this.#tell({ type: 'checkpoint', ask });
    });
  }

  /** Lets go of stored checkpoints that do not fit the entries. */
  disown(): void {
    if (this.#worker && !this.#disposed) this.#tell({ type: 'disown' });
  }

  /** Gives the writer what it was started without. */
  unseal(data: Pick<WriterData, 'signingKey' | 'anchors'>): void {
    if (this.#worker && !this.#disposed) this.#tell({ type: 'unseal', ...data });
  }

  #tell(message: ToWriter): void {
    if (!this.#worker) void this.start();
    this.#worker?.postMessage(message);
    if (message.type === 'append') this.#watchDisk();
  }

  #hear(message: FromWriter): void {
    switch (message.type) {
      case 'opened':
        this.#entries = message.size;
        this.#up();
        if (message.noted > 0) this.#options.events.noted(message.noted);
        break;
      case 'open-failed':
        this.#down(message.failure);
        break;
      case 'appended': {
        this.#entries = message.first_seq - 1 + message.hashes.byteLength / 32;
        this.#up();
        const entries = this.#queue.stored(message);
        if (entries.length > 0) this.#options.events.appended(entries);
        break;
      }
      case 'failed':
        this.#queue.failed(message.batch, unavailable(this.#down(message.failure)));
        break;
      case 'checkpoint':
        if (message.note !== null) this.#options.events.checkpoint(message.note);
        this.#asked.get(message.ask)?.(message.size < 0 ? undefined : message);
        this.#asked.delete(message.ask);
        break;
      case 'closed':
        this.#closed?.();
        break;
    }
  }

  #up(): void {
    if (this.#outage) this.#options.log.info('the ledger can be written again');
    this.#outage = undefined;
    clearInterval(this.#probing);
    this.#probing = undefined;
  }

  #down(failure: Failure): Outage {
    const outage = outageOf(failure, this.#options.path);
    if (!this.#outage)
      this.#options.log.error({ code: failure.code }, `the ledger is down: ${outage.detail}`);
    this.#outage = outage;
    // Nobody may append while it is down, so it finds out by itself when it is mended.
    this.#probing ??= setInterval(() => this.#tell({ type: 'probe' }), PROBE_EVERY_MS).unref();
    this.#options.events.down();
    return outage;
  }

  /** The worker died: nothing it had is known to be stored. The next append starts another. */
  #lost(worker: Worker, failure: Failure): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#closed?.();
    for (const resolve of this.#asked.values()) resolve(undefined);
    this.#asked.clear();
    if (!this.#disposed) this.#queue.rejectAll(unavailable(this.#down(failure)));
  }

  /** A hung disk refuses, it does not hang whoever waits. */
  #watchDisk(): void {
    if (this.#watch) return;
    const limit = this.#options.writeTimeoutMs;
    this.#watch = setTimeout(() => {
      this.#watch = undefined;
      const sent = this.#queue.oldestSentAt;
      if (sent === undefined) return;
      if (performance.now() - sent < limit) {
        this.#watchDisk();
        return;
      }
      const message = `Writing ${this.#options.path} took longer than ${limit} ms.`;
      this.#queue.rejectAll(unavailable(this.#down({ code: 'LEDGER_SLOW', message })));
    }, limit);
    this.#watch.unref();
  }

  /** Stores what waits, has the files closed and ends the thread. */
  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    clearInterval(this.#probing);
    const worker = this.#worker;
    if (!worker) return;
    await this.#queue.idle();
    clearTimeout(this.#watch);
    if (this.#worker === worker) {
      const closed = new Promise<void>((resolve) => {
        this.#closed = resolve;
      });
      this.#tell({ type: 'close' });
      // A hung disk must not keep Aegis from quitting.
      await Promise.race([closed, sleep(CLOSE_TIMEOUT_MS, undefined, { ref: false })]);
    }
    await worker.terminate();
  }
}

const overloaded = (): Error =>
  unavailable({
    detail: `${MAX_WAITING} entries already wait for the disk.`,
    hint: 'Check the disk that holds the state folder, or send fewer requests at once.',
  });
