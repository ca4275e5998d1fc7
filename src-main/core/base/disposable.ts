/** What is opened is closed: everything with a lifetime implements this. `dispose` may be called twice. */
export interface AsyncDisposableLike {
  dispose(): void | Promise<void>;
}

/** Closes what was added, newest first. One failure does not keep the rest open; the first one is thrown at the end. */
export class DisposableStack implements AsyncDisposableLike {
  #items: AsyncDisposableLike[] = [];

  add<T extends AsyncDisposableLike>(item: T): T {
    this.#items.push(item);
    return item;
  }

  onDispose(dispose: () => void | Promise<void>): void {
    this.#items.push({ dispose });
  }

  async dispose(): Promise<void> {
    const items = this.#items.reverse();
    this.#items = [];
    let first: { error: unknown } | undefined;
    for (const item of items) {
      try {
        await item.dispose();
      } catch (error) {
        first ??= { error };
      }
    }
    if (first) throw first.error;
  }
}
