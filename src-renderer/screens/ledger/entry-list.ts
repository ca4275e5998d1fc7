import type { AuditEntry } from '#contract';
import { type Failure, toFailure } from '../../client/failure.ts';
import { type EntryRows, FilteredRows, PAGE, type ReadPage, WholeRows } from './entry-rows.ts';

/** Pages read at the same time. */
const AT_ONCE = 2;

/**
 * The list of one filter: reads what is in view, keeps what is near it, and follows the log. It is thrown away with
 * its filter.
 */
export class EntryList {
  readonly #page: ReadPage;
  readonly #whole: boolean;
  readonly #listeners = new Set<() => void>();
  readonly #reading = new Set<number>();
  #rows: EntryRows;
  #view = { first: 0, last: PAGE };
  #version = 0;
  #ready = false;
  #failure: Failure | null = null;
  #closed = false;
  #refreshing = false;

  /** @param whole the filter is empty: the list is the whole ledger */
  constructor(page: ReadPage, whole: boolean) {
    this.#page = page;
    this.#whole = whole;
    this.#rows = whole ? new WholeRows(0) : new FilteredRows();
  }

  get rows(): EntryRows {
    return this.#rows;
  }
  /** Whether the first page is there. */
  get ready(): boolean {
    return this.#ready;
  }
  get failure(): Failure | null {
    return this.#failure;
  }
  /** Changes with every change. */
  readonly version = (): number => this.#version;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #changed(): void {
    if (this.#closed) return;
    this.#version += 1;
    for (const listener of this.#listeners) listener();
  }

  /** Reads from the newest on; also to start over. */
  async start(): Promise<void> {
    const rows = this.#whole ? null : new FilteredRows();
    try {
      if (rows) await rows.read(-1, this.#page);
      else {
        const { items } = await this.#page({ limit: PAGE });
        const whole = new WholeRows(items[0]?.seq ?? 0);
        whole.append(items, whole.count);
        this.#rows = whole;
      }
      if (rows) this.#rows = rows;
      this.#failure = null;
    } catch (error) {
      this.#failure = toFailure(error);
    }
    this.#ready = true;
    this.#changed();
    this.#pump();
  }

  /** Rows that are in view now; what is missing of them is read. */
  show(first: number, last: number): void {
    this.#view = { first, last };
    this.#pump();
  }

  /** Tries again what could not be read. */
  retry(): void {
    this.#failure = null;
    if (this.#ready && this.#rows.count > 0) this.#pump();
    else void this.start();
    this.#changed();
  }

  #pump(): void {
    // A failure holds everything until somebody asks again: a broken server is not asked without end.
    if (this.#closed || this.#failure || !this.#ready) return;
    const { first, last } = this.#view;
    for (const key of this.#rows.missing(first, last)) {
      if (this.#reading.size >= AT_ONCE) return;
      if (!this.#reading.has(key)) void this.#read(key);
    }
  }

  async #read(key: number): Promise<void> {
    const rows = this.#rows;
    this.#reading.add(key);
    const before = rows.count;
    try {
      await rows.read(key, this.#page);
      rows.forget(this.#view.first, this.#view.last);
    } catch (error) {
      this.#failure = toFailure(error);
    } finally {
      this.#reading.delete(key);
    }
    this.#changed();
    // Nothing found and more to look through: the next look gives others their turn.
    if (key < 0 && rows.count === before) setTimeout(() => this.#pump(), 50);
    else this.#pump();
  }

  /** The entry of a row, read first if need be. Null when there is none. */
  async entry(index: number): Promise<AuditEntry | null> {
    const known = this.#rows.at(index);
    if (known !== undefined) return known;
    for (const key of this.#rows.missing(index, index + 1)) await this.#read(key);
    return this.#rows.at(index) ?? null;
  }

  /**
   * Entries were written.
   * @param newest the newest sequence number there is
   */
  async follow(entries: readonly AuditEntry[], newest: number): Promise<void> {
    if (!this.#ready || this.#closed) return;
    if (this.#rows instanceof WholeRows) {
      this.#rows.append(entries, newest);
      this.#changed();
      this.#pump();
    } else await this.catchUp();
  }

  /** Asks for what is new. */
  async catchUp(): Promise<void> {
    if (this.#refreshing || this.#closed || !this.#ready) return;
    this.#refreshing = true;
    try {
      if (this.#rows instanceof WholeRows) {
        const { items } = await this.#page({ limit: PAGE });
        const newest = items[0]?.seq ?? 0;
        // Shorter than before: another ledger, or one that was cut.
        if (newest < this.#rows.count) await this.start();
        else this.#rows.append(items, newest);
      } else if (this.#rows instanceof FilteredRows && !(await this.#rows.refresh(this.#page))) {
        await this.start();
      }
      this.#failure = null;
    } catch (error) {
      this.#failure = toFailure(error);
    } finally {
      this.#refreshing = false;
    }
    this.#changed();
    this.#pump();
  }

  close(): void {
    this.#closed = true;
    this.#listeners.clear();
  }
}
