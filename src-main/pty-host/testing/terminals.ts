/** For tests and benchmarks: a viewer's terminal without a screen, and everything about a terminal as one value. */
import { Unicode11Addon } from '@xterm/addon-unicode11/lib/addon-unicode11.mjs';
import type { IBuffer, ITerminalAddon } from '@xterm/headless';
import { Terminal } from '@xterm/headless/lib-headless/xterm-headless.mjs';
import { AckPacer, decodeHostFrame, encodeViewerFrame, type ViewerFrame } from '#contract/terminal-frames.ts';
import { silenceReplies } from '#contract/terminal-replies.ts';
import { styleOf } from '../attributes.ts';
import { isHalf } from '../snapshot-rows.ts';
import { SCROLLBACK } from '../terminal-model.ts';
import { internals, type RawBuffer, type RawCell } from '../xterm-internals.ts';

export function createViewerTerminal(cols: number, rows: number): Terminal {
  const terminal = new Terminal({
    cols,
    rows,
    scrollback: SCROLLBACK,
    allowProposedApi: true,
    logLevel: 'off',
    vtExtensions: { kittyKeyboard: true },
  });
  terminal.loadAddon(new Unicode11Addon() as unknown as ITerminalAddon);
  terminal.unicode.activeVersion = '11';
  silenceReplies(terminal.parser);
  return terminal;
}

/** Parses at once. */
export const feed = (terminal: Terminal, data: Uint8Array | string): void => {
  internals(terminal)._inputHandler.parse(typeof data === 'string' ? Buffer.from(data) : data);
};

function rows(terminal: Terminal, buffer: IBuffer): string[] {
  const core = internals(terminal);
  const cell = buffer.getNullCell() as RawCell;
  const all: string[] = [];
  for (let row = 0; row < buffer.length; row += 1) {
    const line = buffer.getLine(row);
    const parts: string[] = [line?.isWrapped && row > 0 ? '+' : ' '];
    for (let column = 0; column < terminal.cols; column += 1) {
      line?.getCell(column, cell);
      const style = styleOf(cell);
      if (line && isHalf(line, column, terminal.cols, cell)) {
        parts.push(':0');
        continue;
      }
      const empty = (cell.content & 0x3fffff) === 0;
      const link = style.link ? (core._oscLinkService.getLinkData(style.link)?.uri ?? '?') : '';
      const look = empty
        ? (style.bg & 0x3ffffff).toString(16)
        : [style.fg >>> 0, style.bg >>> 0, style.ext >>> 0].map((n) => n.toString(16)).join('.');
      // Cutting wide characters in two leaves right halves without a left one; they look empty.
      parts.push(`${empty ? '' : `${cell.getChars()}${cell.getWidth()}`}:${look}${link}`);
    }
    all.push(parts.join('|'));
  }
  return all;
}

const bufferState = (raw: RawBuffer, cols: number) => ({
  scroll: [raw.scrollTop, raw.scrollBottom],
  tabs: Array.from({ length: cols }, (_, column) => raw.tabs[column] === true)
    .map((stop, column) => (stop ? column : -1))
    .filter((column) => column >= 0),
  saved: [
    Math.min(raw.savedX, cols - 1),
    Math.max(0, raw.savedY - raw.ybase),
    raw.savedCurAttrData.fg,
    raw.savedCurAttrData.bg & ~0x10000000,
    raw.savedGlevel,
    raw.savedOriginMode,
    raw.savedWraparoundMode,
  ],
});

/** Cells, cursor, modes: equal values mean that no program and no person could tell the terminals apart. */
export function stateOf(terminal: Terminal) {
  const core = internals(terminal);
  const { active } = core.buffers;
  const alternate = terminal.buffer.active.type === 'alternate';
  const { kittyKeyboard: kitty } = core.coreService;
  const attributes = core._inputHandler._curAttrData;
  const link = attributes.extended._urlId;
  return {
    size: [terminal.cols, terminal.rows],
    type: terminal.buffer.active.type,
    cursor: [Math.min(active.x, terminal.cols), active.y],
    current: [
      attributes.fg,
      attributes.bg & ~0x10000000,
      link ? core._oscLinkService.getLinkData(link)?.uri : '',
    ],
    normal: rows(terminal, terminal.buffer.normal),
    // xterm.js lets this screen scroll back after the window shrank while it was hidden; nobody can see that far.
    alternate: alternate
      ? rows(terminal, terminal.buffer.alternate)
          .slice(-terminal.rows)
          .map((row, index) => (index === 0 ? row.slice(1) : row))
      : [],
    normalState: bufferState(core.buffers.normal, terminal.cols),
    alternateState: alternate ? bufferState(core.buffers.alt, terminal.cols) : null,
    modes: { ...core.coreService.decPrivateModes, ...core.coreService.modes },
    hidden: core.coreService.isCursorHidden,
    kitty: {
      flags: kitty.flags,
      main: kitty.mainStack,
      alt: kitty.altStack,
      other: alternate ? kitty.mainFlags : kitty.altFlags,
    },
    mouse: [core.mouseStateService.activeProtocol, core.mouseStateService.activeEncoding],
    charsets: [0, 1, 2, 3].map((g) => {
      const set = core._charsetService.charsets[g];
      return set && JSON.stringify(set);
    }),
    shift: core._charsetService.glevel,
    title: core._inputHandler._windowTitle,
    parser: core._inputHandler._parser.currentState,
  };
}

/** A viewer as the page has one: shows what comes, acknowledges what it parsed. */
export class TestViewer {
  readonly terminal: Terminal;
  readonly frames: { type: string; length: number }[] = [];
  exited = false;
  snapshots = 0;
  /** Offset behind the last byte shown. */
  offset = 0;
  /** First place where output did not join what was there before. */
  gap: string | undefined;
  /** When false, output is taken but neither shown nor acknowledged. */
  reading = true;
  #send: (frame: Uint8Array) => void = () => undefined;
  readonly #pacer = new AckPacer((frame) => this.#send(frame));

  constructor(cols = 80, rows = 24) {
    this.terminal = createViewerTerminal(cols, rows);
  }

  connect(send: (frame: Uint8Array) => void): void {
    this.#send = send;
  }

  say(frame: ViewerFrame): void {
    this.#send(encodeViewerFrame(frame));
  }

  take(bytes: Uint8Array): void {
    const frame = decodeHostFrame(bytes);
    this.frames.push({ type: frame.type, length: bytes.length });
    if (frame.type === 'exited') this.exited = true;
    if (!this.reading) return;
    if (frame.type === 'snapshot') {
      this.snapshots += 1;
      this.terminal.reset();
      this.terminal.resize(frame.meta.cols, frame.meta.rows);
      feed(this.terminal, frame.data);
      this.offset = frame.meta.offset;
      this.#pacer.snapshot(this.offset);
    } else if (frame.type === 'output') {
      if (frame.offset !== this.offset) this.gap ??= `${this.offset} -> ${frame.offset}`;
      feed(this.terminal, frame.data);
      this.offset = frame.offset + frame.data.length;
      this.#pacer.parsed(this.offset);
    } else if (frame.type === 'resized') this.terminal.resize(frame.cols, frame.rows);
  }
}
