import type { ParseJob, ParseScheduler } from './parse-scheduler.ts';
import type { TerminalModel } from './terminal-model.ts';

/** Small enough that a slice of dense escape sequences takes well under a millisecond or two. */
const SLICE = 16 * 1024;

/** What happened to the terminal, in order. */
export type OutputItem =
  | { readonly kind: 'bytes'; readonly data: Buffer }
  | { readonly kind: 'size'; readonly cols: number; readonly rows: number };

/**
 * Output on its way to the model. The model may lag behind what viewers got; what it has not parsed yet is kept, so
 * that snapshot plus this rest is exactly the whole.
 */
export class OutputLog implements ParseJob {
  readonly #model: TerminalModel;
  readonly #scheduler: ParseScheduler;
  readonly #parsed: () => void;
  #items: OutputItem[] = [];
  #head = 0;
  #pending = 0;
  #offset = 0;

  /** `parsed` is called after each slice. */
  constructor(model: TerminalModel, scheduler: ParseScheduler, parsed: () => void) {
    this.#model = model;
    this.#scheduler = scheduler;
    this.#parsed = parsed;
  }

  /** Bytes the model has parsed since the session began. */
  get parsedOffset(): number {
    return this.#offset;
  }
  /** Bytes that wait. */
  get pending(): number {
    return this.#pending;
  }
  /** Items that wait, oldest first. */
  rest(): readonly OutputItem[] {
    return this.#items.slice(this.#head);
  }

  push(item: OutputItem): void {
    this.#items.push(item);
    if (item.kind === 'bytes') this.#pending += item.data.length;
    this.#scheduler.wake(this);
  }

  parseSlice(): boolean {
    let budget = SLICE;
    while (budget > 0) {
      const item = this.#items[this.#head];
      if (!item) break;
      if (item.kind === 'size') {
        this.#head += 1;
        this.#model.resize(item.cols, item.rows);
        continue;
      }
      const slice = item.data.subarray(0, budget);
      if (slice.length === item.data.length) this.#head += 1;
      else this.#items[this.#head] = { kind: 'bytes', data: item.data.subarray(budget) };
      // Count first: an answer the model gives while parsing may look at the offset.
      this.#offset += slice.length;
      this.#pending -= slice.length;
      budget -= slice.length;
      this.#model.parse(slice);
    }
    if (this.#head === this.#items.length) {
      this.#items = [];
      this.#head = 0;
    } else if (this.#head > 256) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    this.#parsed();
    return this.#items.length > 0;
  }

  /** Parses up to `limit` bytes now, for a caller that wants the present screen. */
  catchUp(limit: number): void {
    for (let left = limit; left > 0 && this.#items.length > 0; left -= SLICE) this.parseSlice();
  }

  dispose(): void {
    this.#scheduler.forget(this);
    this.#items = [];
    this.#head = 0;
    this.#pending = 0;
  }
}
