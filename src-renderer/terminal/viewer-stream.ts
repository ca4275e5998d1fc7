/**
 * Turns frames from the terminal host into steps for the terminal, and checks that no output is lost or shown twice.
 * Pure: the terminal carries the steps out in order.
 */
import type { ExitStatus, HostFrame } from '#contract/terminal-frames.ts';

export type Step =
  /** Start over at this size and with this much scrollback. */
  | { do: 'reset'; cols: number; rows: number; scrollback: number }
  /** Write bytes; when they are parsed, everything up to `offset` is. */
  | { do: 'write'; data: Uint8Array; offset: number; snapshot: boolean }
  | { do: 'resize'; cols: number; rows: number }
  | { do: 'title'; title: string }
  | { do: 'exited'; status: ExitStatus }
  /** Bytes are missing: ask the host for a snapshot. */
  | { do: 'refresh' };

export class ViewerStream {
  /** Where the next output must begin; null until a snapshot has arrived. */
  #next: number | null = null;
  #asked = false;

  accept(frame: HostFrame): Step[] {
    switch (frame.type) {
      case 'snapshot': {
        const { offset, cols, rows, scrollback, title } = frame.meta;
        this.#next = offset;
        this.#asked = false;
        return [
          { do: 'reset', cols, rows, scrollback },
          { do: 'write', data: frame.data, offset, snapshot: true },
          { do: 'title', title },
        ];
      }
      case 'output':
        return this.#output(frame.offset, frame.data);
      case 'resized':
        return this.#next === null ? [] : [{ do: 'resize', cols: frame.cols, rows: frame.rows }];
      case 'title':
        return [{ do: 'title', title: frame.title }];
      case 'exited':
        return [{ do: 'exited', status: frame.status }];
    }
  }

  #output(offset: number, data: Uint8Array): Step[] {
    // Output before the first snapshot is part of it.
    if (this.#next === null) return [];
    if (offset !== this.#next) {
      this.#next = null;
      if (this.#asked) return [];
      this.#asked = true;
      return [{ do: 'refresh' }];
    }
    this.#next = offset + data.length;
    return [{ do: 'write', data, offset: this.#next, snapshot: false }];
  }
}
