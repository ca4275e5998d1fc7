import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { AuditEntry, AuditEvent, AuditFilter, VerifyResult } from '#contract';
import { Emitter } from '../base/emitter.ts';
import { entryPath } from '../base/entries.ts';
import { AegisError, messageOf } from '../base/errors.ts';
import { newId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import { AppendQueue, MAX_WAITING } from './append-queue.ts';
import { toEntry } from './canonical.ts';
import { type Outage, openError, outageOf, unavailable } from './failures.ts';
import type { Failure, FromWriter, ToWriter, WriterData } from './protocol.ts';
import { type AuditPage, Reads } from './reads.ts';
import { openForReading } from './schema.ts';

export interface LedgerOptions {
  /** The database file. */
  readonly path: string;
  /** Where the newest head is kept outside the database. */
  readonly anchorPath: string;
  readonly log: Log;
  /** A commit that takes longer than this is taken for a hung disk: what waits for it is refused. */
  readonly writeTimeoutMs?: number;
}

export interface LedgerStatus {
  readonly state: 'ok' | 'down';
  readonly detail: string;
  readonly hint: string | null;
  readonly entries: number;
  readonly last_verification: VerifyResult | null;
}

/**
 * The append-only audit log. Whatever is about to leave is appended first; the promise resolves once the entry is on
 * disk, and rejects with LEDGER_UNAVAILABLE when it cannot be, and then the action must not happen.
 */
export class Ledger {
  readonly #options: LedgerOptions;
  readonly #queue = new AppendQueue((batch, text) => this.#tell({ type: 'append', batch, text }));
  readonly #appended: Emitter<AuditEntry[]>;
  #worker: Worker | undefined;
  #reads: Reads | undefined;
  #outage: Outage | undefined;
  #entries = 0;
  #lastVerification: VerifyResult | null = null;
  #watch: NodeJS.Timeout | undefined;
  #time = { ms: 0, iso: '' };
  #closing: { resolve: () => void } | undefined;
  #disposed = false;

  private constructor(options: LedgerOptions) {
    this.#options = options;
    this.#appended = new Emitter((error) => options.log.error({ err: error }, 'a ledger listener failed'));
  }

  /**
   * Opens the ledger and makes it when absent. Comes up with `status().state === 'down'` when the file cannot be
   * written just now; throws STATE_DIR_IN_USE when another process writes it and DATABASE_CORRUPT when it is damaged.
   */
  static async open(options: LedgerOptions): Promise<Ledger> {
    const ledger = new Ledger(options);
    const first = await ledger.#start();
    if (first.type === 'open-failed') {
      const error = openError(first.failure, options.path);
      if (error) {
        await ledger.dispose();
        throw error;
      }
    }
    return ledger;
  }

  /** Starts the writer; resolves with its first message. */
  #start(): Promise<FromWriter> {
    const data: WriterData = { path: this.#options.path, lockPath: `${this.#options.path}.lock` };
    const worker = new Worker(entryPath('ledger-writer'), { workerData: data, name: 'ledger-writer' });
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

  #tell(message: ToWriter): void {
    if (!this.#worker) void this.#start();
    this.#worker?.postMessage(message);
    if (message.type === 'append') this.#watchDisk();
  }

  #hear(message: FromWriter): void {
    switch (message.type) {
      case 'opened':
        this.#entries = message.size;
        this.#outage = undefined;
        break;
      case 'open-failed':
        this.#down(message.failure);
        break;
      case 'appended': {
        this.#entries = message.first_seq - 1 + message.hashes.byteLength / 32;
        if (this.#outage) this.#options.log.info('the ledger can be written again');
        this.#outage = undefined;
        const entries = this.#queue.stored(message);
        if (entries.length > 0) this.#appended.emit(entries);
        break;
      }
      case 'failed':
        this.#queue.failed(message.batch, unavailable(this.#down(message.failure)));
        break;
      case 'closed':
        this.#closing?.resolve();
        break;
    }
  }

  #down(failure: Failure): Outage {
    const outage = outageOf(failure, this.#options.path);
    if (!this.#outage)
      this.#options.log.error({ code: failure.code }, `the ledger is down: ${outage.detail}`);
    this.#outage = outage;
    return outage;
  }

  /** The worker died: nothing it had is known to be stored. The next append starts another. */
  #lost(worker: Worker, failure: Failure): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#closing?.resolve();
    if (this.#disposed) return;
    this.#queue.rejectAll(unavailable(this.#down(failure)));
  }

  /** A hung disk refuses, it does not hang whoever waits. */
  #watchDisk(): void {
    if (this.#watch) return;
    const limit = this.#options.writeTimeoutMs ?? 10_000;
    this.#watch = setTimeout(() => {
      this.#watch = undefined;
      const sent = this.#queue.oldestSentAt;
      if (sent === undefined) return;
      if (performance.now() - sent >= limit) {
        const message = `Writing ${this.#options.path} took longer than ${limit} ms.`;
        this.#queue.rejectAll(unavailable(this.#down({ code: 'LEDGER_SLOW', message })));
      } else {
        this.#watchDisk();
      }
    }, limit);
    this.#watch.unref();
  }

  /** Records an event. Resolves with the entry once it is durable; rejects with LEDGER_UNAVAILABLE. */
  append(event: AuditEvent): Promise<AuditEntry> {
    if (this.#disposed)
      return Promise.reject(unavailable({ detail: 'Aegis is shutting down.', hint: 'Start it again.' }));
    if (this.#queue.isFull) return Promise.reject(this.#overloaded());
    const entry = toEntry(event, newId('aud'), this.#now());
    return new Promise((resolve, reject) => this.#queue.push({ entry, resolve, reject }));
  }

  #overloaded(): AegisError {
    return unavailable({
      detail: `${MAX_WAITING} entries already wait for the disk.`,
      hint: 'Check the disk that holds the state folder, or send fewer requests at once.',
    });
  }

  /** One formatted time per millisecond serves every entry of it. */
  #now(): string {
    const ms = Date.now();
    if (ms !== this.#time.ms) this.#time = { ms, iso: new Date(ms).toISOString() };
    return this.#time.iso;
  }

  /** Entries that became durable, in order, in the batches they were committed in. */
  onAppended(listener: (entries: AuditEntry[]) => void): () => void {
    return this.#appended.on(listener);
  }

  /** Newest first. The cursor is the sequence number of a page's last entry. Throws INVALID_INPUT on a foreign one. */
  list(filter: AuditFilter & { limit?: number | undefined; cursor?: string | undefined } = {}): AuditPage {
    return this.#reading((reads) => reads.list(filter));
  }

  /** Throws NOT_FOUND. */
  get(id: string): AuditEntry {
    return this.#reading((reads) => reads.get(id));
  }

  #reading<T>(read: (reads: Reads) => T): T {
    try {
      if (!this.#reads && existsSync(this.#options.path))
        this.#reads = new Reads(openForReading(this.#options.path));
      if (!this.#reads) throw new Error('The file does not exist yet.');
      return read(this.#reads);
    } catch (error) {
      if (error instanceof AegisError) throw error;
      throw new AegisError('LEDGER_UNAVAILABLE', `The ledger cannot be read: ${messageOf(error)}`, {
        hint: 'Run `aegis ledger verify` to see whether the file is damaged.',
        cause: error,
      });
    }
  }

  status(): LedgerStatus {
    return {
      state: this.#outage ? 'down' : 'ok',
      detail: this.#outage?.detail ?? `${this.#entries} entries`,
      hint: this.#outage?.hint ?? null,
      entries: this.#entries,
      last_verification: this.#lastVerification,
    };
  }

  /** Checks every entry. */
  async verify(): Promise<VerifyResult> {
    throw new AegisError('NOT_SUPPORTED_HERE', 'Verification is being built.');
  }

  /** Stores what waits, then closes the files. May be called twice. */
  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    clearTimeout(this.#watch);
    const worker = this.#worker;
    if (worker) {
      while (this.#queue.length > 0 && this.#worker === worker)
        await new Promise((resolve) => setTimeout(resolve, 5));
      if (this.#worker === worker) {
        await new Promise<void>((resolve) => {
          this.#closing = { resolve };
          this.#tell({ type: 'close' });
        });
      }
      await worker.terminate();
    }
    this.#reads?.close();
  }
}
