/** Runs jobs one after the other, in the order they came. A job that fails does not stop the next. */
export class Serial {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(job: () => Promise<T>): Promise<T> {
    const next = this.#last.then(job, job);
    this.#last = next.catch(() => undefined);
    return next;
  }

  /** Resolves once everything queued so far has ended. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
