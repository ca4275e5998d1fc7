import { Worker } from 'node:worker_threads';
import { entryPath } from '../base/entries.ts';
import { AegisError, messageOf } from '../base/errors.ts';
import { outageOf } from './failures.ts';
import type { Failure } from './protocol.ts';
import type { CallName, FromReader, ReaderCalls, ReaderData, ToReader } from './reader-protocol.ts';

export interface CallOptions {
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Pending {
  readonly resolve: (output: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly onProgress: CallOptions['onProgress'];
}

/** The main thread's side of the reader (reader.ts). The thread starts with the first call. */
export class ReaderClient {
  readonly #data: ReaderData;
  readonly #onIndexOpened: () => void;
  readonly #pending = new Map<number, Pending>();
  #worker: Worker | undefined;
  #calls = 0;
  #disposed = false;

  /** `onIndexOpened`: the search index was opened, and may be a new file. */
  constructor(data: ReaderData, onIndexOpened: () => void) {
    this.#data = data;
    this.#onIndexOpened = onIndexOpened;
  }

  /** There are entries to index. */
  poke(): void {
    if (!this.#disposed) this.#post({ type: 'poke' });
  }

  /** Rejects with LEDGER_UNAVAILABLE when the file cannot be read, and with the signal's reason when aborted. */
  call<N extends CallName>(
    name: N,
    input: ReaderCalls[N]['input'],
    options: CallOptions = {},
  ): Promise<ReaderCalls[N]['output']> {
    const { signal, onProgress } = options;
    if (signal?.aborted) return Promise.reject(reasonOf(signal));
    this.#calls += 1;
    const id = this.#calls;
    return new Promise((resolve, reject) => {
      const cancel = (): void => {
        this.#pending.delete(id);
        this.#post({ type: 'cancel', id });
        reject(signal ? reasonOf(signal) : new Error('Cancelled.'));
      };
      const settled =
        <T>(settle: (value: T) => void) =>
        (value: T): void => {
          signal?.removeEventListener('abort', cancel);
          settle(value);
        };
      signal?.addEventListener('abort', cancel, { once: true });
      this.#pending.set(id, {
        // The answer has the type the table gives to this name.
        resolve: settled(resolve as (output: unknown) => void),
        reject: settled(reject),
        onProgress,
      });
      this.#post({ type: 'call', id, name, input });
    });
  }

  #post(message: ToReader): void {
    if (this.#disposed) this.#failAll({ code: 'LEDGER_CLOSED', message: 'Aegis is shutting down.' });
    else this.#started().postMessage(message);
  }

  #started(): Worker {
    if (this.#worker) return this.#worker;
    const worker = new Worker(entryPath('ledger-reader'), { workerData: this.#data, name: 'ledger-reader' });
    const ended = (error: unknown): void => {
      if (this.#worker !== worker) return;
      this.#worker = undefined;
      this.#failAll({ code: 'LEDGER_READER_ENDED', message: messageOf(error) });
    };
    worker.on('message', (message: FromReader) => this.#hear(message));
    worker.on('error', ended);
    worker.on('exit', (code) => ended(`The ledger reader ended with code ${code}.`));
    this.#worker = worker;
    return worker;
  }

  #hear(message: FromReader): void {
    if (message.type === 'index-opened') {
      this.#onIndexOpened();
      return;
    }
    const pending = this.#pending.get(message.id);
    if (!pending) return;
    if (message.type === 'progress') {
      pending.onProgress?.(message.done, message.total);
      return;
    }
    this.#pending.delete(message.id);
    if (message.type === 'answer') pending.resolve(message.output);
    else pending.reject(this.#unreadable(message.failure));
  }

  #failAll(failure: Failure): void {
    const all = [...this.#pending.values()];
    this.#pending.clear();
    for (const pending of all) pending.reject(this.#unreadable(failure));
  }

  #unreadable(failure: Failure): AegisError {
    const { detail, hint } = outageOf(failure, this.#data.path);
    return new AegisError('LEDGER_UNAVAILABLE', `The ledger cannot be read. ${detail}`, { hint });
  }

  /** Has the files closed as soon as nothing is being read. */
  release(): void {
    if (this.#worker) this.#post({ type: 'release' });
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    const worker = this.#worker;
    this.#worker = undefined;
    this.#failAll({ code: 'LEDGER_CLOSED', message: 'Aegis is shutting down.' });
    await worker?.terminate();
  }
}

const reasonOf = (signal: AbortSignal): Error =>
  signal.reason instanceof Error ? signal.reason : new Error('Cancelled.');
