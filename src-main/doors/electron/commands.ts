import { Emitter } from '../../core/base/emitter.ts';

export interface PageCommand {
  readonly command: string;
  readonly argument: string | null;
}

/** A page that is still loading gets at most these when it comes up. */
const MAX_WAITING = 20;

/** Commands chosen outside the page (menus, tray, notifications), for its own registry to run. */
export class PageCommands {
  readonly #emitter = new Emitter<PageCommand>();
  #waiting: PageCommand[] = [];

  send(command: string, argument: string | null): void {
    if (this.#emitter.size > 0) this.#emitter.emit({ command, argument });
    else this.#waiting = [...this.#waiting, { command, argument }].slice(-MAX_WAITING);
  }

  async *watch(signal: AbortSignal | undefined): AsyncGenerator<PageCommand, void, void> {
    let queue = this.#waiting;
    this.#waiting = [];
    let wake: (() => void) | undefined;
    const stop = this.#emitter.on((command) => {
      queue.push(command);
      wake?.();
    });
    const onAbort = (): void => wake?.();
    signal?.addEventListener('abort', onAbort);
    try {
      while (!signal?.aborted) {
        const batch = queue;
        queue = [];
        yield* batch;
        if (queue.length > 0 || signal?.aborted) continue;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    } finally {
      stop();
      signal?.removeEventListener('abort', onAbort);
    }
  }
}
