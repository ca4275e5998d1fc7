import {
  encodeHostFrame,
  FLOW_HIGH_WATERMARK,
  FLOW_LOW_WATERMARK,
  type HostFrame,
} from '#contract/terminal-frames.ts';

/** A visible viewer that acknowledges nothing for so long no longer holds the program up. */
export const STUCK_MS = 3_000;

export interface ViewerOwner {
  /** The viewer's state changed: pause or resume the program. */
  flowChanged(): void;
  /** The viewer is ready for a new start: send it a snapshot and what follows. */
  resync(viewer: Viewer): void;
}

/**
 * Flow control of one viewer. It is *live* and gets all output, or *behind*: then it gets nothing until it has parsed
 * what it was sent, and starts again from a snapshot. A visible live viewer may pause the program; a hidden one, and
 * one that is stuck, falls behind instead.
 */
export class Viewer {
  readonly id: number;
  readonly #send: (frame: Uint8Array) => void;
  readonly #owner: ViewerOwner;
  visible = true;
  /** Size it last asked for. */
  size: { cols: number; rows: number } | undefined;
  #behind = false;
  #sent = 0;
  #acknowledged = 0;
  #full = false;
  #stuckTimer: NodeJS.Timeout | undefined;

  constructor(id: number, send: (frame: Uint8Array) => void, owner: ViewerOwner) {
    this.id = id;
    this.#send = send;
    this.#owner = owner;
  }

  /** Holds the program up: visible, live, and above the high mark until it is below the low one. */
  get holdsUp(): boolean {
    return this.visible && !this.#behind && this.#full;
  }
  get live(): boolean {
    return !this.#behind;
  }

  /** A snapshot up to `offset` begins a new count. */
  begin(frame: HostFrame & { type: 'snapshot' }): void {
    this.#behind = false;
    this.#full = false;
    this.#sent = frame.meta.offset;
    this.#acknowledged = frame.meta.offset;
    this.#send(encodeHostFrame(frame));
  }

  /** @param end offset behind the frame's last byte. */
  output(frame: Uint8Array, end: number): void {
    if (this.#behind) return;
    this.#send(frame);
    this.#sent = end;
    this.#update();
  }

  /** For frames that are no output: they reach a viewer that is behind, too, unless a snapshot will tell the same. */
  notice(frame: Uint8Array, whenBehind: boolean): void {
    if (!this.#behind || whenBehind) this.#send(frame);
  }

  acknowledge(offset: number): void {
    // An acknowledgement may cross a snapshot, and a viewer may lie: never count backwards or beyond what was sent.
    if (offset <= this.#acknowledged || offset > this.#sent) return;
    this.#acknowledged = offset;
    this.#restartStuckTimer();
    this.#update();
  }

  setVisible(visible: boolean): void {
    if (this.visible === visible) return;
    this.visible = visible;
    this.#update();
    this.#owner.flowChanged();
  }

  dispose(): void {
    clearTimeout(this.#stuckTimer);
  }

  #update(): void {
    const unparsed = this.#sent - this.#acknowledged;
    if (this.#behind) {
      if (unparsed <= FLOW_LOW_WATERMARK) this.#owner.resync(this);
      return;
    }
    const full = this.#full ? unparsed > FLOW_LOW_WATERMARK : unparsed > FLOW_HIGH_WATERMARK;
    if (full && !this.visible) {
      this.#fallBehind();
      return;
    }
    if (full === this.#full) return;
    this.#full = full;
    this.#restartStuckTimer();
    this.#owner.flowChanged();
  }

  #restartStuckTimer(): void {
    clearTimeout(this.#stuckTimer);
    if (!this.#full) return;
    this.#stuckTimer = setTimeout(() => this.#fallBehind(), STUCK_MS);
    this.#stuckTimer.unref();
  }

  #fallBehind(): void {
    clearTimeout(this.#stuckTimer);
    this.#behind = true;
    this.#full = false;
    this.#owner.flowChanged();
  }
}
