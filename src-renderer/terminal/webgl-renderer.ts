/** Draws a terminal with WebGL while it may, and with the DOM whenever it may not or the graphics card gives up. */
import { WebglAddon } from '@xterm/addon-webgl';
import type { Terminal } from '@xterm/xterm';
import { type Lease, webglLeases } from './webgl-lease.ts';

export class WebglRenderer {
  readonly #term: Terminal;
  #addon: WebglAddon | null = null;
  #lease: Lease | null = null;
  #stopWaiting: (() => void) | null = null;
  #broken = false;

  constructor(term: Terminal) {
    this.#term = term;
  }

  /** Switches WebGL on (as soon as a context is free) or off. The terminal must be open. */
  use(wanted: boolean): void {
    if (!wanted || this.#broken) {
      this.dispose();
      return;
    }
    if (this.#addon || this.#stopWaiting) return;
    this.#lease = webglLeases.acquire();
    if (!this.#lease) {
      this.#stopWaiting = webglLeases.wait(() => {
        this.#stopWaiting = null;
        this.use(true);
      });
      return;
    }
    try {
      const addon = new WebglAddon();
      addon.onContextLoss(() => this.#giveUp());
      this.#term.loadAddon(addon);
      this.#addon = addon;
    } catch {
      // No WebGL 2 here.
      this.#giveUp();
    }
  }

  /** Forgets cached glyphs, so that everything is drawn afresh. */
  clear(): void {
    this.#addon?.clearTextureAtlas();
  }

  #giveUp(): void {
    this.#broken = true;
    this.dispose();
  }

  dispose(): void {
    this.#stopWaiting?.();
    this.#stopWaiting = null;
    this.#addon?.dispose();
    this.#addon = null;
    this.#lease?.release();
    this.#lease = null;
  }
}
