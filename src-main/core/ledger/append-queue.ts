import type { AuditEntry } from '#contract';
import { canonicalRuns, type PendingEntry } from './canonical.ts';
import type { FromWriter } from './protocol.ts';

/** Most entries in one group commit. */
const MAX_BATCH = 4096;
/** Batches the writer may have at once: one at work, one waiting, so that it never idles between commits. */
const MAX_IN_FLIGHT = 2;
/** Entries waiting for the writer before further ones are refused. */
export const MAX_WAITING = 65_536;

interface Waiting {
  readonly entry: PendingEntry;
  readonly resolve: (entry: AuditEntry) => void;
  readonly reject: (error: Error) => void;
}

interface Batch {
  readonly number: number;
  readonly items: readonly Waiting[];
  readonly sent_at: number;
}

/**
 * Entries on their way to the writer. Whatever is appended within one turn of the event loop, or while the writer is
 * busy, goes out as one batch and is committed as one.
 */
export class AppendQueue {
  readonly #send: (batch: number, text: string) => void;
  #waiting: Waiting[] = [];
  #inFlight: Batch[] = [];
  #idle: (() => void)[] = [];
  #scheduled = false;
  #batches = 0;

  constructor(send: (batch: number, text: string) => void) {
    this.#send = send;
  }

  /** Resolves once everything pushed so far is stored or refused. */
  async idle(): Promise<void> {
    if (this.#isEmpty()) return;
    await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #isEmpty(): boolean {
    return this.#waiting.length === 0 && this.#inFlight.length === 0;
  }

  #tellIdle(): void {
    if (!this.#isEmpty()) return;
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  get isFull(): boolean {
    return this.#waiting.length >= MAX_WAITING;
  }

  /** When the oldest batch the writer has not answered was sent, in milliseconds of `performance.now()`. */
  get oldestSentAt(): number | undefined {
    return this.#inFlight[0]?.sent_at;
  }

  push(item: Waiting): void {
    this.#waiting.push(item);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#flush();
    });
  }

  #flush(): void {
    while (this.#waiting.length > 0 && this.#inFlight.length < MAX_IN_FLIGHT) {
      const items = this.#waiting.length <= MAX_BATCH ? this.#waiting : this.#waiting.slice(0, MAX_BATCH);
      this.#waiting = items === this.#waiting ? [] : this.#waiting.slice(MAX_BATCH);
      this.#batches += 1;
      this.#inFlight.push({ number: this.#batches, items, sent_at: performance.now() });
      this.#send(this.#batches, items.map(({ entry }) => canonicalRuns(entry)).join('\n'));
    }
  }

  /** The writer stored a batch: completes its entries, settles their promises and returns them. */
  stored(answer: Extract<FromWriter, { type: 'appended' }>): AuditEntry[] {
    const items = this.#take(answer.batch);
    const hex = Buffer.from(answer.hashes.buffer, 0, answer.hashes.byteLength);
    let previous = answer.previous;
    const entries = items.map(({ entry }, i) => {
      entry.seq = answer.first_seq + i;
      entry.prev_hash = previous;
      previous = hex.toString('hex', i * 32, i * 32 + 32);
      entry.hash = previous;
      return entry;
    });
    for (const item of items) item.resolve(item.entry);
    this.#tellIdle();
    return entries;
  }

  /** The writer could not store a batch. */
  failed(batch: number, error: Error): void {
    for (const item of this.#take(batch)) item.reject(error);
    this.#tellIdle();
  }

  /** Rejects everything not yet stored. */
  rejectAll(error: Error): void {
    const items = [...this.#inFlight.flatMap((batch) => batch.items), ...this.#waiting];
    this.#inFlight = [];
    this.#waiting = [];
    for (const item of items) item.reject(error);
    this.#tellIdle();
  }

  #take(number: number): readonly Waiting[] {
    const batch = this.#inFlight.find((candidate) => candidate.number === number);
    this.#inFlight = this.#inFlight.filter((candidate) => candidate !== batch);
    // The writer is free for the next one before anybody is told of this one.
    this.#flush();
    return batch?.items ?? [];
  }
}
