/**
 * Chromium allows about 16 WebGL contexts for all windows together and takes the oldest one away beyond that. So only
 * visible terminals draw with WebGL, at most `WEBGL_BUDGET` of them; the others use the DOM.
 */

/** Below Chromium's 16, so that other drawing on the page keeps a few. */
export const WEBGL_BUDGET = 12;

export interface Lease {
  /** Gives the context back; the longest waiting terminal gets it. Safe to call twice. */
  release(): void;
}

export class LeasePool {
  readonly #budget: number;
  #used = 0;
  readonly #waiting = new Set<() => void>();

  constructor(budget = WEBGL_BUDGET) {
    this.#budget = budget;
  }

  /** A lease, or null when all are taken. */
  acquire(): Lease | null {
    if (this.#used >= this.#budget) return null;
    this.#used++;
    let held = true;
    return {
      release: () => {
        if (!held) return;
        held = false;
        this.#used--;
        const [next] = this.#waiting;
        if (next === undefined) return;
        this.#waiting.delete(next);
        next();
      },
    };
  }

  /** Calls `onFree` once when a lease may be had. The result stops waiting. */
  wait(onFree: () => void): () => void {
    this.#waiting.add(onFree);
    return () => this.#waiting.delete(onFree);
  }
}

export const webglLeases = new LeasePool();
