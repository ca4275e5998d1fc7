import {
  decodeViewerFrame,
  type ExitStatus,
  encodeHostFrame,
  TERMINAL_FRAMES_VERSION,
} from '#contract/terminal-frames.ts';
import type { OutputLog } from './output-log.ts';
import { SCROLLBACK, type TerminalModel } from './terminal-model.ts';
import { Viewer } from './viewer.ts';

/** Output is sent at once after a pause, then gathered for so long or so much (VS Code's figures). */
const BATCH_MS = 5;
const BATCH_BYTES = 64 * 1024;
/** The contract's bounds of a terminal's size. */
const bound = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

export interface ViewerSetOptions {
  readonly model: TerminalModel;
  readonly log: OutputLog;
  flowChanged(): void;
  input(data: Buffer): void;
  resize(cols: number, rows: number): void;
}

/** Everybody who looks at one session: hands out its output, and lets the last one focused decide its size. */
export class ViewerSet {
  readonly #options: ViewerSetOptions;
  readonly #viewers = new Map<number, Viewer>();
  #batch: Buffer[] = [];
  #batched = 0;
  /** Offset behind the last byte given to viewers. */
  #sent = 0;
  #timer: NodeJS.Timeout | undefined;
  #status: ExitStatus | undefined;

  constructor(options: ViewerSetOptions) {
    this.#options = options;
  }

  get holdsUp(): boolean {
    for (const viewer of this.#viewers.values()) if (viewer.holdsUp) return true;
    return false;
  }
  get ids(): number[] {
    return [...this.#viewers.keys()];
  }

  attach(id: number, send: (frame: Uint8Array) => void): void {
    this.detach(id);
    // The others' share; a viewer's first frame is its snapshot.
    this.#sendBatch();
    const viewer = new Viewer(id, send, {
      flowChanged: () => this.#options.flowChanged(),
      resync: (behind) => this.#start(behind, 'resync'),
    });
    this.#viewers.set(id, viewer);
    this.#start(viewer, 'attach');
  }

  detach(id: number): void {
    this.#viewers.get(id)?.dispose();
    if (this.#viewers.delete(id)) this.#options.flowChanged();
  }

  /** @throws TerminalFrameError when the viewer does not keep to the protocol. */
  receive(id: number, bytes: Uint8Array): void {
    const viewer = this.#viewers.get(id);
    if (!viewer) return;
    const frame = decodeViewerFrame(bytes);
    switch (frame.type) {
      case 'input':
        if (!this.#status) this.#options.input(Buffer.from(frame.data));
        return;
      case 'ack':
        viewer.acknowledge(frame.offset);
        return;
      case 'resize':
        viewer.size = { cols: bound(frame.cols, 2, 1000), rows: bound(frame.rows, 1, 500) };
        this.#applySize(viewer);
        return;
      case 'focus':
        if (frame.focused) this.#applySize(viewer);
        return;
      case 'visible':
        viewer.setVisible(frame.visible);
        return;
      case 'theme':
        this.#options.model.setTheme(frame.theme);
        return;
      case 'refresh':
        this.#start(viewer, 'resync');
        return;
    }
  }

  output(chunk: Buffer): void {
    this.#batch.push(chunk);
    this.#batched += chunk.length;
    if (this.#batched >= BATCH_BYTES || this.#timer === undefined) this.#flush();
  }

  resized(cols: number, rows: number): void {
    this.#sendBatch();
    this.#notice(encodeHostFrame({ type: 'resized', cols, rows }), false);
  }

  title(title: string): void {
    this.#notice(encodeHostFrame({ type: 'title', title }), true);
  }

  exited(status: ExitStatus): void {
    this.#sendBatch();
    this.#status = status;
    this.#notice(encodeHostFrame({ type: 'exited', status }), true);
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const viewer of this.#viewers.values()) viewer.dispose();
    this.#viewers.clear();
    this.#batch = [];
  }

  #applySize(viewer: Viewer): void {
    if (viewer.size && !this.#status) this.#options.resize(viewer.size.cols, viewer.size.rows);
  }

  /** Sends what is gathered and opens the next window. */
  #flush(): void {
    clearTimeout(this.#timer);
    this.#sendBatch();
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#batched > 0) this.#flush();
    }, BATCH_MS);
  }

  #sendBatch(): void {
    if (this.#batched === 0) return;
    const data = this.#batch.length === 1 ? (this.#batch[0] as Buffer) : Buffer.concat(this.#batch);
    this.#batch = [];
    this.#batched = 0;
    const offset = this.#sent;
    this.#sent += data.length;
    if (this.#viewers.size === 0) return;
    const frame = encodeHostFrame({ type: 'output', offset, data });
    for (const viewer of this.#viewers.values()) viewer.output(frame, this.#sent);
  }

  #notice(frame: Uint8Array, whenBehind: boolean): void {
    for (const viewer of this.#viewers.values()) viewer.notice(frame, whenBehind);
  }

  /** The model's state, then what the model has not parsed yet but others have been sent already. */
  #start(viewer: Viewer, reason: 'attach' | 'resync'): void {
    this.#sendBatch();
    const { model, log } = this.#options;
    let offset = log.parsedOffset;
    viewer.begin({
      type: 'snapshot',
      meta: {
        version: TERMINAL_FRAMES_VERSION,
        offset,
        cols: model.cols,
        rows: model.rows,
        scrollback: SCROLLBACK,
        title: model.title,
        reason,
      },
      data: model.snapshot(),
    });
    for (const item of log.rest()) {
      if (item.kind === 'size') {
        viewer.notice(encodeHostFrame({ type: 'resized', cols: item.cols, rows: item.rows }), false);
        continue;
      }
      const frame = encodeHostFrame({ type: 'output', offset, data: item.data });
      offset += item.data.length;
      viewer.output(frame, offset);
    }
    if (this.#status) viewer.notice(encodeHostFrame({ type: 'exited', status: this.#status }), true);
  }
}
