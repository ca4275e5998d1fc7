/**
 * Stands for the page: a thread of its own with all terminals in it, fed by messages as the renderer is by its port.
 * Uses the headless build of xterm.js, whose parser is the page's.
 */
import { parentPort } from 'node:worker_threads';
import { AckPacer, decodeHostFrame, encodeViewerFrame } from '../../src-contract/terminal-frames.ts';
import { createViewerTerminal } from '../../src-main/pty-host/testing/terminals.ts';
import type { FromPage, ToPage } from './page-client.ts';

const port = parentPort;
if (!port) throw new Error('page.ts runs as a worker thread');
const say = (message: FromPage): void => port.postMessage(message);

class PageTerminal {
  readonly #viewer: number;
  #terminal = createViewerTerminal(80, 24);
  readonly #pacer: AckPacer;
  #parsed = 0;
  #echo: { byte: number; left: number; gap: number; sent: number; times: number[] } | undefined;

  constructor(viewer: number) {
    this.#viewer = viewer;
    this.#pacer = new AckPacer((frame) => this.#send(frame));
  }

  take(bytes: Uint8Array): void {
    const frame = decodeHostFrame(bytes);
    if (frame.type === 'snapshot') {
      this.#terminal.reset();
      this.#terminal.resize(frame.meta.cols, frame.meta.rows);
      this.#terminal.write(frame.data, () => {
        this.#pacer.snapshot(frame.meta.offset);
        say({ type: 'snapshot', viewer: this.#viewer, bytes: frame.data.length });
      });
    } else if (frame.type === 'output') {
      const end = frame.offset + frame.data.length;
      this.#terminal.write(frame.data, () => {
        this.#parsed += frame.data.length;
        this.#pacer.parsed(end);
        this.#lookForEcho(frame.data);
      });
    } else if (frame.type === 'exited') {
      this.#terminal.write('', () => say({ type: 'exited', viewer: this.#viewer, parsed: this.#parsed }));
    }
  }

  /** Output without frames: the baseline's. */
  takeRaw(data: Uint8Array): void {
    this.#terminal.write(data, () => {
      this.#parsed += data.length;
      say({ type: 'raw_parsed', viewer: this.#viewer, bytes: data.length });
      this.#lookForEcho(data);
    });
  }

  /** Types `count` characters, one at a time, and measures until each is on the screen. */
  echo(count: number, gap: number, byte: number): void {
    this.#echo = { byte, left: count, gap, sent: 0, times: [] };
    this.#type();
  }

  #type(): void {
    if (!this.#echo) return;
    this.#echo.sent = performance.now();
    this.#send(encodeViewerFrame({ type: 'input', data: Uint8Array.of(this.#echo.byte) }));
  }

  #lookForEcho(data: Uint8Array): void {
    const echo = this.#echo;
    if (!echo || echo.sent === 0 || !data.includes(echo.byte)) return;
    echo.times.push(performance.now() - echo.sent);
    echo.sent = 0;
    echo.left -= 1;
    if (echo.left > 0) {
      setTimeout(() => this.#type(), echo.gap);
      return;
    }
    this.#echo = undefined;
    say({ type: 'echoes', viewer: this.#viewer, times: echo.times });
  }

  #send(frame: Uint8Array): void {
    say({ type: 'frame', viewer: this.#viewer, frame });
  }
}

const terminals = new Map<number, PageTerminal>();
const get = (viewer: number): PageTerminal => {
  const found = terminals.get(viewer) ?? new PageTerminal(viewer);
  terminals.set(viewer, found);
  return found;
};

port.on('message', (message: ToPage) => {
  if (message.type === 'frame') get(message.viewer).take(message.frame);
  else if (message.type === 'raw') get(message.viewer).takeRaw(message.data);
  else if (message.type === 'close') terminals.delete(message.viewer);
  else get(message.viewer).echo(message.count, message.gap, message.byte);
});
