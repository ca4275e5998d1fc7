/** Longest stretch of parsing before sockets and terminals get their turn: it bounds what parsing adds to an echo. */
const TURN_MS = 4;

/** Somebody with output to parse. */
export interface ParseJob {
  /** Parses a slice of a few KiB. False: nothing left. */
  parseSlice(): boolean;
}

/**
 * Shares the parsing of all sessions' output: round robin in small slices, with a pause for input and output after
 * each turn. So a session that floods its terminal delays the others by one turn, not by its backlog.
 */
export class ParseScheduler {
  readonly #queue: ParseJob[] = [];
  readonly #queued = new Set<ParseJob>();
  #scheduled = false;

  wake(job: ParseJob): void {
    if (this.#queued.has(job)) return;
    this.#queued.add(job);
    this.#queue.push(job);
    this.#schedule();
  }

  forget(job: ParseJob): void {
    if (!this.#queued.delete(job)) return;
    this.#queue.splice(this.#queue.indexOf(job), 1);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#turn());
  }

  #turn(): void {
    this.#scheduled = false;
    const end = performance.now() + TURN_MS;
    for (let job = this.#queue.shift(); job; job = this.#queue.shift()) {
      if (job.parseSlice()) this.#queue.push(job);
      else this.#queued.delete(job);
      if (performance.now() >= end) break;
    }
    if (this.#queue.length > 0) this.#schedule();
  }
}
