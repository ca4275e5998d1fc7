import { nowIso } from './time.ts';

const FLUSH_MS = 5_000;

/**
 * Collects "used just now" marks and hands them over in batches, so that a hot path never waits for the disk. The last
 * few seconds of marks may be lost in a crash; they are a convenience, the ledger is the record.
 */
export class LastUsed<Id extends string> {
  readonly #save: (marks: ReadonlyMap<Id, string>) => void;
  readonly #onError: (error: unknown) => void;
  #marks = new Map<Id, string>();
  #timer: NodeJS.Timeout | undefined;

  constructor(save: (marks: ReadonlyMap<Id, string>) => void, onError: (error: unknown) => void) {
    this.#save = save;
    this.#onError = onError;
  }

  touch(id: Id): void {
    this.#marks.set(id, nowIso());
    if (this.#timer) return;
    this.#timer = setTimeout(() => this.flush(), FLUSH_MS);
    this.#timer.unref();
  }

  /** A mark not yet saved. */
  pending(id: Id): string | undefined {
    return this.#marks.get(id);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#marks.size === 0) return;
    const marks = this.#marks;
    this.#marks = new Map();
    try {
      this.#save(marks);
    } catch (error) {
      this.#onError(error);
    }
  }
}
