import type { LiveEvent } from '#contract';
import { Emitter } from '../base/emitter.ts';

/** Where services say what changed; the doors pass it on to whoever watches. */
export class LiveHub {
  readonly #emitter = new Emitter<LiveEvent>();

  publish(event: LiveEvent): void {
    this.#emitter.emit(event);
  }

  subscribe(listener: (event: LiveEvent) => void): () => void {
    return this.#emitter.on(listener);
  }
}
