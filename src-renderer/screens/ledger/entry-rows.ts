import type { AuditEntry } from '#contract';

/** A page of the ledger, newest first; `cursor` is the sequence number to stay below. */
export type ReadPage = (query: {
  cursor?: string;
  limit: number;
}) => Promise<{ items: AuditEntry[]; next_cursor: string | null }>;

/**
 * The rows of the list, newest first, of which only those near the view are kept. Row numbers change when newer
 * entries come in front.
 */
export interface EntryRows {
  /** Rows known to be there. */
  readonly count: number;
  /** Whether there may be more rows than `count`. */
  readonly more: boolean;
  /** The entry of a row; undefined while it is not read, null when it cannot be read. */
  at(index: number): AuditEntry | null | undefined;
  /** The row of an entry, or -1. */
  indexOf(seq: number): number;
  /** What has to be read to show these rows, most urgent first: keys for `read`. */
  missing(first: number, last: number): number[];
  /** Reads one of them. */
  read(key: number, page: ReadPage): Promise<void>;
  /** Forgets rows far from these, if there are too many. */
  forget(first: number, last: number): void;
}

/** Entries read at once. */
export const PAGE = 100;
/** Pages kept: what a person scrolls back and forth over, a few thousand entries. */
const MOST_PAGES = 60;

interface Block {
  /** Entries by their place in the block; holes are entries that cannot be read. */
  entries: (AuditEntry | undefined)[];
  /** Sequence number up to which the block was read. */
  upto: number;
}

/** The whole ledger. Its numbering has no gaps, so that any row can be read without those before it. */
export class WholeRows implements EntryRows {
  readonly more = false;
  readonly #blocks = new Map<number, Block>();
  #newest: number;

  constructor(newest: number) {
    this.#newest = newest;
  }

  get count(): number {
    return this.#newest;
  }

  #seq(index: number): number {
    return this.#newest - index;
  }

  at(index: number): AuditEntry | null | undefined {
    const seq = this.#seq(index);
    if (seq < 1 || index < 0) return undefined;
    const block = this.#blocks.get(blockOf(seq));
    if (!block || seq > block.upto) return undefined;
    return block.entries[(seq - 1) % PAGE] ?? null;
  }

  indexOf(seq: number): number {
    return seq >= 1 && seq <= this.#newest ? this.#newest - seq : -1;
  }

  missing(first: number, last: number): number[] {
    const from = blockOf(Math.max(1, this.#seq(last - 1)));
    const to = blockOf(Math.max(1, this.#seq(Math.max(0, first))));
    const keys: number[] = [];
    for (let key = to; key >= from && this.#newest > 0; key -= 1) {
      const wanted = Math.min(this.#newest, (key + 1) * PAGE);
      if ((this.#blocks.get(key)?.upto ?? 0) < wanted) keys.push(key);
    }
    return keys;
  }

  async read(key: number, page: ReadPage): Promise<void> {
    const above = (key + 1) * PAGE;
    // As it was when it was asked for: what is written meanwhile is not in the answer.
    const newest = this.#newest;
    const { items } = await page({ cursor: String(above + 1), limit: PAGE });
    const block: Block = { entries: [], upto: Math.min(above, Math.max(newest, items[0]?.seq ?? 0)) };
    for (const entry of items) if (blockOf(entry.seq) === key) block.entries[(entry.seq - 1) % PAGE] = entry;
    this.#blocks.delete(key);
    this.#blocks.set(key, block);
  }

  forget(first: number, last: number): void {
    const near = new Set<number>();
    for (let index = first; index < last; index += 1) near.add(blockOf(Math.max(1, this.#seq(index))));
    for (const key of this.#blocks.keys()) {
      if (this.#blocks.size <= MOST_PAGES) return;
      if (!near.has(key)) this.#blocks.delete(key);
    }
  }

  /** New entries, as they were written; `newest` may be ahead of them. */
  append(entries: readonly AuditEntry[], newest: number): void {
    for (const entry of [...entries].sort((a, b) => a.seq - b.seq)) {
      const key = blockOf(entry.seq);
      const fresh = (entry.seq - 1) % PAGE === 0 ? { entries: [], upto: entry.seq - 1 } : undefined;
      const block = this.#blocks.get(key) ?? fresh;
      // A gap: the rest of the block is read when it is looked at.
      if (!block || block.upto !== entry.seq - 1) continue;
      block.entries[(entry.seq - 1) % PAGE] = entry;
      block.upto = entry.seq;
      this.#blocks.set(key, block);
    }
    this.#newest = Math.max(this.#newest, newest);
  }
}

const blockOf = (seq: number): number => Math.floor((seq - 1) / PAGE);

interface Page {
  newest: number;
  oldest: number;
  count: number;
  /** Null once forgotten: it is read again by the numbers above. */
  entries: AuditEntry[] | null;
}

/** Key of the page after the last one known. */
const NEXT = -1;
/** Rows before the end at which the next page is read. */
const READ_AHEAD = 40;
/** Pages may come back short; so many are read at a time to find something. */
const MOST_TRIES = 10;

/** Entries that meet a filter, page after page; pages far from the view keep their place and are read again. */
export class FilteredRows implements EntryRows {
  #pages: Page[] = [];
  /** Row each page begins at. */
  #starts: number[] = [];
  #count = 0;
  #cursor: string | null | undefined;

  get count(): number {
    return this.#count;
  }

  get more(): boolean {
    return this.#cursor !== null;
  }

  get newest(): number {
    return this.#pages[0]?.newest ?? 0;
  }

  #pageAt(index: number): number {
    let low = 0;
    let high = this.#pages.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= index) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  at(index: number): AuditEntry | null | undefined {
    if (index < 0 || index >= this.#count) return undefined;
    const page = this.#pageAt(index);
    return this.#pages[page]?.entries?.[index - (this.#starts[page] ?? 0)];
  }

  indexOf(seq: number): number {
    const page = this.#pages.findIndex(({ newest, oldest }) => seq <= newest && seq >= oldest);
    const within = this.#pages[page]?.entries?.findIndex((entry) => entry.seq === seq) ?? -1;
    return within < 0 ? -1 : (this.#starts[page] ?? 0) + within;
  }

  missing(first: number, last: number): number[] {
    const keys: number[] = [];
    if (this.#count > 0) {
      const to = this.#pageAt(Math.min(last, this.#count) - 1);
      for (let page = this.#pageAt(Math.max(0, first)); page <= to; page += 1) {
        if (this.#pages[page]?.entries === null) keys.push(page);
      }
    }
    if (this.more && last > this.#count - READ_AHEAD) keys.push(NEXT);
    return keys;
  }

  read(key: number, page: ReadPage): Promise<void> {
    return key === NEXT ? this.#next(page) : this.#again(key, page);
  }

  async #next(page: ReadPage): Promise<void> {
    for (let i = 0; i < MOST_TRIES && this.#cursor !== null; i += 1) {
      const cursor = this.#cursor === undefined ? {} : { cursor: this.#cursor };
      const answer = await page({ ...cursor, limit: PAGE });
      this.#cursor = answer.next_cursor;
      if (answer.items.length === 0) continue;
      this.#place([...this.#pages, pageOf(answer.items)]);
      return;
    }
  }

  async #again(key: number, page: ReadPage): Promise<void> {
    const known = this.#pages[key];
    if (!known) return;
    const entries: AuditEntry[] = [];
    let cursor: string | null = String(known.newest + 1);
    while (cursor !== null && entries.length < known.count) {
      const answer = await page({ cursor, limit: Math.min(500, known.count - entries.length) });
      entries.push(...answer.items.filter((entry) => entry.seq >= known.oldest));
      cursor = answer.next_cursor;
    }
    known.entries = entries;
  }

  forget(first: number, last: number): void {
    let kept = this.#pages.filter((page) => page.entries !== null).length;
    const from = this.#pageAt(first) - 2;
    const to = this.#pageAt(last) + 2;
    this.#pages.forEach((page, index) => {
      if (kept <= MOST_PAGES || (index >= from && index <= to) || page.entries === null) return;
      page.entries = null;
      kept -= 1;
    });
  }

  /** Reads what came in front. Answers false when there is more than a page of it: then it is better to start over. */
  async refresh(page: ReadPage): Promise<boolean> {
    const { newest } = this;
    const answer = await page({ limit: PAGE });
    const fresh = answer.items.filter((entry) => entry.seq > newest);
    if (fresh.length === answer.items.length && answer.next_cursor !== null && newest > 0) return false;
    if (fresh.length === 0) return true;
    if (this.#pages.length === 0) this.#cursor = answer.next_cursor;
    const [first, ...rest] = this.#pages;
    const joined = first?.entries && first.count + fresh.length <= 2 * PAGE ? first.entries : null;
    if (joined) this.#place([pageOf([...fresh, ...joined]), ...rest]);
    else this.#place([pageOf(fresh), ...this.#pages]);
    return true;
  }

  #place(pages: Page[]): void {
    this.#pages = pages;
    this.#count = 0;
    this.#starts = pages.map((page) => {
      const start = this.#count;
      this.#count += page.count;
      return start;
    });
  }
}

const pageOf = (entries: AuditEntry[]): Page => ({
  newest: entries[0]?.seq ?? 0,
  oldest: entries.at(-1)?.seq ?? 0,
  count: entries.length,
  entries,
});
