/**
 * The terminal viewer protocol: binary frames between the terminal host and one viewer of one session. The same bytes
 * travel over a MessagePort and a WebSocket, one frame per message; doors in between only pass them on.
 *
 * Layout: one byte type, then the payload. Numbers are big-endian. Offsets count the bytes the program has written
 * since the session began (48 bits used, as u16 high and u32 low).
 *
 * What a viewer must do:
 * - SNAPSHOT: reset its terminal, resize it to `cols` x `rows`, write `data`. It replaces all that was shown before and
 *   may come again at any time, when the viewer was too slow to follow.
 * - OUTPUT: write the bytes. Frames join without gap or overlap: `offset` is where the frame before ended.
 * - RESIZED: resize its terminal, in order with the bytes around it. Another viewer may have asked for it.
 * - Send ACK with the offset it has *parsed* (xterm's write callback, not receipt), at least every `ACK_EVERY` bytes.
 *   Without acknowledgements the host stops reading the program's output, and after a while gives up on the viewer
 *   until it catches up.
 * - Never answer device queries. The host's own terminal model answers every one (DA, DSR, DECRQM, kitty `CSI ? u`,
 *   colours, sizes), once, also when nobody looks. A viewer built on xterm.js calls `silenceReplies`
 *   (terminal-replies.ts) right after creating its terminal; what its `onData` reports then is the person's input.
 * - Drop what `onData` reports while a snapshot is being parsed: switching focus reports on makes xterm.js send one, and
 *   restoring a view must type nothing.
 * - Use xterm.js with `vtExtensions.kittyKeyboard`, Unicode 11 widths and at least `meta.scrollback` lines, as the
 *   host's model does; anything else may wrap lines elsewhere.
 */

/** Version of this protocol, in every snapshot's meta. */
export const TERMINAL_FRAMES_VERSION = 1;

/**
 * Flow control, in bytes. As in VS Code's terminal (FlowControlConstants): the program is paused when a visible viewer
 * has this much unparsed, and runs on when every one is below the low mark. `ACK_EVERY` must not exceed the low mark,
 * or a paused program would never resume.
 */
export const FLOW_HIGH_WATERMARK = 100_000;
export const FLOW_LOW_WATERMARK = 5_000;
export const ACK_EVERY = 5_000;

export interface SnapshotMeta {
  readonly version: number;
  /** Output up to here is in the snapshot; the next OUTPUT frame begins here. */
  readonly offset: number;
  readonly cols: number;
  readonly rows: number;
  /** Lines of scrollback the host keeps. */
  readonly scrollback: number;
  readonly title: string;
  /** First view, or the viewer fell behind and is brought up to date. */
  readonly reason: 'attach' | 'resync';
}

export interface ExitStatus {
  readonly exit_code: number | null;
  /** Name of the signal that ended the program: "SIGKILL". */
  readonly signal: string | null;
}

/** Colours of the viewer's theme as `#rrggbb`, so that the host can answer programs that ask for them. */
export interface TerminalTheme {
  readonly foreground: string;
  readonly background: string;
  readonly cursor: string;
  /** The 16 ANSI colours, black first. */
  readonly ansi: readonly string[];
}

/** Host to viewer. */
export type HostFrame =
  | { readonly type: 'output'; readonly offset: number; readonly data: Uint8Array }
  | { readonly type: 'snapshot'; readonly meta: SnapshotMeta; readonly data: Uint8Array }
  | { readonly type: 'resized'; readonly cols: number; readonly rows: number }
  | { readonly type: 'exited'; readonly status: ExitStatus }
  | { readonly type: 'title'; readonly title: string };

/** Viewer to host. */
export type ViewerFrame =
  | { readonly type: 'input'; readonly data: Uint8Array }
  /** All output before this offset is parsed. */
  | { readonly type: 'ack'; readonly offset: number }
  /** Asks for this size; whoever asked or was focused last decides. */
  | { readonly type: 'resize'; readonly cols: number; readonly rows: number }
  | { readonly type: 'focus'; readonly focused: boolean }
  /** Hidden viewers never slow the program down; one that fell behind gets a snapshot when it is visible again. */
  | { readonly type: 'visible'; readonly visible: boolean }
  | { readonly type: 'theme'; readonly theme: TerminalTheme }
  /** Asks for a fresh snapshot: "rebuild the view". */
  | { readonly type: 'refresh' };

const OUTPUT = 1;
const SNAPSHOT = 2;
const RESIZED = 3;
const EXITED = 4;
const TITLE = 5;
const INPUT = 64;
const ACK = 65;
const RESIZE = 66;
const FOCUS = 67;
const VISIBLE = 68;
const THEME = 69;
const REFRESH = 70;

/** A frame that does not follow the layout. The receiver closes the channel. */
export class TerminalFrameError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'TerminalFrameError';
  }
}

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

function frame(type: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(1 + payload.length);
  bytes[0] = type;
  bytes.set(payload, 1);
  return bytes;
}

function putOffset(bytes: DataView, at: number, offset: number): void {
  if (!Number.isSafeInteger(offset) || offset < 0 || offset >= 2 ** 48) {
    throw new TerminalFrameError(`Offset ${offset} is outside 0 to 2^48`);
  }
  bytes.setUint16(at, Math.floor(offset / 2 ** 32));
  bytes.setUint32(at + 2, offset % 2 ** 32);
}

const getOffset = (bytes: DataView, at: number): number =>
  bytes.getUint16(at) * 2 ** 32 + bytes.getUint32(at + 2);

function size(type: number, cols: number, rows: number): Uint8Array {
  const bytes = new Uint8Array(5);
  bytes[0] = type;
  view(bytes).setUint16(1, cols);
  view(bytes).setUint16(3, rows);
  return bytes;
}

export function encodeHostFrame(value: HostFrame): Uint8Array {
  switch (value.type) {
    case 'output': {
      const bytes = new Uint8Array(7 + value.data.length);
      bytes[0] = OUTPUT;
      putOffset(view(bytes), 1, value.offset);
      bytes.set(value.data, 7);
      return bytes;
    }
    case 'snapshot': {
      const meta = encoder.encode(JSON.stringify(value.meta));
      const bytes = new Uint8Array(5 + meta.length + value.data.length);
      bytes[0] = SNAPSHOT;
      view(bytes).setUint32(1, meta.length);
      bytes.set(meta, 5);
      bytes.set(value.data, 5 + meta.length);
      return bytes;
    }
    case 'resized':
      return size(RESIZED, value.cols, value.rows);
    case 'exited':
      return frame(EXITED, encoder.encode(JSON.stringify(value.status)));
    case 'title':
      return frame(TITLE, encoder.encode(value.title));
  }
}

export function encodeViewerFrame(value: ViewerFrame): Uint8Array {
  switch (value.type) {
    case 'input':
      return frame(INPUT, value.data);
    case 'ack': {
      const bytes = new Uint8Array(7);
      bytes[0] = ACK;
      putOffset(view(bytes), 1, value.offset);
      return bytes;
    }
    case 'resize':
      return size(RESIZE, value.cols, value.rows);
    case 'focus':
      return frame(FOCUS, Uint8Array.of(value.focused ? 1 : 0));
    case 'visible':
      return frame(VISIBLE, Uint8Array.of(value.visible ? 1 : 0));
    case 'theme':
      return frame(THEME, encoder.encode(JSON.stringify(value.theme)));
    case 'refresh':
      return Uint8Array.of(REFRESH);
  }
}

function need(bytes: Uint8Array, length: number, exact: boolean): void {
  if (exact ? bytes.length !== length : bytes.length < length) {
    throw new TerminalFrameError(`Frame of type ${bytes[0]} has ${bytes.length} bytes, not ${length}`);
  }
}

function json(bytes: Uint8Array): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(strictDecoder.decode(bytes));
  } catch {
    throw new TerminalFrameError('A frame carries JSON that does not parse');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new TerminalFrameError('A frame carries JSON that is not an object');
  }
  return value as Record<string, unknown>;
}

const isCount = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;

function snapshotMeta(value: Record<string, unknown>): SnapshotMeta {
  const { version, offset, cols, rows, scrollback, title, reason } = value;
  if (!isCount(version) || !isCount(offset) || !isCount(cols) || !isCount(rows) || !isCount(scrollback)) {
    throw new TerminalFrameError('Snapshot meta lacks a number');
  }
  if (typeof title !== 'string' || (reason !== 'attach' && reason !== 'resync')) {
    throw new TerminalFrameError('Snapshot meta lacks its title or reason');
  }
  return { version, offset, cols, rows, scrollback, title, reason };
}

function exitStatus(value: Record<string, unknown>): ExitStatus {
  const { exit_code, signal } = value;
  if (exit_code !== null && !Number.isSafeInteger(exit_code)) throw new TerminalFrameError('Bad exit code');
  if (signal !== null && typeof signal !== 'string') throw new TerminalFrameError('Bad exit signal');
  return { exit_code: exit_code as number | null, signal };
}

const COLOUR = /^#[0-9a-fA-F]{6}$/;
const isColour = (value: unknown): value is string => typeof value === 'string' && COLOUR.test(value);

function theme(value: Record<string, unknown>): TerminalTheme {
  const { foreground, background, cursor, ansi } = value;
  if (!isColour(foreground) || !isColour(background) || !isColour(cursor)) {
    throw new TerminalFrameError('A theme colour is not #rrggbb');
  }
  if (!Array.isArray(ansi) || ansi.length !== 16 || !ansi.every(isColour)) {
    throw new TerminalFrameError('A theme needs 16 ANSI colours');
  }
  return { foreground, background, cursor, ansi };
}

/** @throws TerminalFrameError when the bytes are no frame a host sends. The data is a view of `bytes`, not a copy. */
export function decodeHostFrame(bytes: Uint8Array): HostFrame {
  switch (bytes[0]) {
    case OUTPUT:
      need(bytes, 7, false);
      return { type: 'output', offset: getOffset(view(bytes), 1), data: bytes.subarray(7) };
    case SNAPSHOT: {
      need(bytes, 5, false);
      const end = 5 + view(bytes).getUint32(1);
      need(bytes, end, false);
      return {
        type: 'snapshot',
        meta: snapshotMeta(json(bytes.subarray(5, end))),
        data: bytes.subarray(end),
      };
    }
    case RESIZED:
      need(bytes, 5, true);
      return { type: 'resized', cols: view(bytes).getUint16(1), rows: view(bytes).getUint16(3) };
    case EXITED:
      return { type: 'exited', status: exitStatus(json(bytes.subarray(1))) };
    case TITLE:
      return { type: 'title', title: decoder.decode(bytes.subarray(1)) };
    default:
      throw new TerminalFrameError(`Unknown frame type ${bytes[0]} from the host`);
  }
}

/** @throws TerminalFrameError when the bytes are no frame a viewer sends. The data is a view of `bytes`, not a copy. */
export function decodeViewerFrame(bytes: Uint8Array): ViewerFrame {
  switch (bytes[0]) {
    case INPUT:
      return { type: 'input', data: bytes.subarray(1) };
    case ACK:
      need(bytes, 7, true);
      return { type: 'ack', offset: getOffset(view(bytes), 1) };
    case RESIZE:
      need(bytes, 5, true);
      return { type: 'resize', cols: view(bytes).getUint16(1), rows: view(bytes).getUint16(3) };
    case FOCUS:
      need(bytes, 2, true);
      return { type: 'focus', focused: bytes[1] === 1 };
    case VISIBLE:
      need(bytes, 2, true);
      return { type: 'visible', visible: bytes[1] === 1 };
    case THEME:
      return { type: 'theme', theme: theme(json(bytes.subarray(1))) };
    case REFRESH:
      need(bytes, 1, true);
      return { type: 'refresh' };
    default:
      throw new TerminalFrameError(`Unknown frame type ${bytes[0]} from a viewer`);
  }
}

/** Turns "parsed up to here" into ACK frames, one per `ACK_EVERY` bytes. */
export class AckPacer {
  readonly #send: (frame: Uint8Array) => void;
  #acked = 0;

  constructor(send: (frame: Uint8Array) => void) {
    this.#send = send;
  }

  /** Call from xterm's write callback: for OUTPUT with `offset + data.length`, for SNAPSHOT with `snapshot()`. */
  parsed(offset: number): void {
    if (offset - this.#acked < ACK_EVERY) return;
    this.#acked = offset;
    this.#send(encodeViewerFrame({ type: 'ack', offset }));
  }

  /** The snapshot that ends at `offset` is parsed. Always acknowledged: the host waits for it. */
  snapshot(offset: number): void {
    this.#acked = offset;
    this.#send(encodeViewerFrame({ type: 'ack', offset }));
  }
}

/** True for what a person typed: a viewer who may only watch has these dropped by the door. */
export const isInputFrame = (bytes: Uint8Array): boolean => bytes[0] === INPUT;
