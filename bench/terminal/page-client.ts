import { Worker } from 'node:worker_threads';
import type { PtyHostClient } from '../../src-main/core/sessions/pty-host-client.ts';

export type ToPage =
  | { type: 'frame'; viewer: number; frame: Uint8Array }
  | { type: 'raw'; viewer: number; data: Uint8Array }
  | { type: 'echo'; viewer: number; count: number; gap: number; byte: number }
  | { type: 'close'; viewer: number };

export type FromPage =
  | { type: 'frame'; viewer: number; frame: Uint8Array }
  | { type: 'snapshot'; viewer: number; bytes: number }
  | { type: 'raw_parsed'; viewer: number; bytes: number }
  | { type: 'exited'; viewer: number; parsed: number }
  | { type: 'echoes'; viewer: number; times: number[] };

/** The page's thread, and the doors' part: piping frames between it and the host. */
export class Page {
  readonly #worker = new Worker(new URL('./page.ts', import.meta.url));
  readonly #listeners = new Set<(message: FromPage) => void>();
  #next = 1;

  constructor() {
    this.#worker.on('message', (message: FromPage) => {
      for (const listener of [...this.#listeners]) listener(message);
    });
  }

  newViewer(): number {
    return this.#next++;
  }
  send(message: ToPage): void {
    this.#worker.postMessage(message);
  }
  on(listener: (message: FromPage) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The next message of this kind from this viewer. */
  next<T extends FromPage['type']>(type: T, viewer: number): Promise<Extract<FromPage, { type: T }>> {
    return new Promise((resolve) => {
      const stop = this.on((message) => {
        if (message.type !== type || message.viewer !== viewer) return;
        stop();
        resolve(message as Extract<FromPage, { type: T }>);
      });
    });
  }

  /** Shows a session of the host. */
  show(client: PtyHostClient, id: string): { viewer: number; close(): void } {
    const viewer = this.newViewer();
    const attached = client.attach(id, { send: (frame) => this.send({ type: 'frame', viewer, frame }) });
    const stop = this.on((message) => {
      if (message.type === 'frame' && message.viewer === viewer) attached.receive(message.frame);
    });
    return {
      viewer,
      close: () => {
        stop();
        attached.dispose();
        this.send({ type: 'close', viewer });
      },
    };
  }

  async echoes(viewer: number, count: number, gap: number, character: string): Promise<number[]> {
    const done = this.next('echoes', viewer);
    this.send({ type: 'echo', viewer, count, gap, byte: character.charCodeAt(0) });
    return (await done).times;
  }

  async dispose(): Promise<void> {
    await this.#worker.terminate();
  }
}
