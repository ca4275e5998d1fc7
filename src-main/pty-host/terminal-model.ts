import { promisify } from 'node:util';
import { deflateRaw, inflateRawSync } from 'node:zlib';
import { Unicode11Addon } from '@xterm/addon-unicode11/lib/addon-unicode11.mjs';
import type { ITerminalAddon } from '@xterm/headless';
import { Terminal } from '@xterm/headless/lib-headless/xterm-headless.mjs';
import type { TerminalTheme } from '#contract/terminal-frames.ts';
import { Colours } from './colours.ts';
import type { ScreenText } from './protocol.ts';
import { snapshot } from './snapshot.ts';
import { internals, PARSER_GROUND } from './xterm-internals.ts';

/** A program may send megabytes as a title, and each goes to every viewer. */
const LONGEST_TITLE = 1024;
/** Lines kept above the screen. Viewers must keep at least as many. */
export const SCROLLBACK = 5_000;
/** More of an unfinished sequence is not kept: what follows would end a giant one that lost its middle. */
const UNFINISHED_LIMIT = 64 * 1024;
const LAST_LINE_LIMIT = 240;

export interface ModelEvents {
  /** An answer to a device query, for the program's input. */
  reply(data: string): void;
  title(title: string): void;
  bell(): void;
}

const deflate = promisify(deflateRaw);
/** Fewer lines than these are not worth packing away. */
const FREEZE_LINES = 200;

/**
 * The terminal as the program sees it: parses all output, answers device queries, and gives the snapshot a viewer
 * starts from. Everything happens at once, in the caller's turn; ParseScheduler decides when.
 *
 * A full scrollback takes 5 to 15 MB as cells and some 50 kB as a compressed snapshot: a session nobody looks at and
 * that does nothing is *frozen* into that, and thaws with the next byte.
 */
export class TerminalModel {
  readonly #events: ModelEvents;
  readonly #colours: Colours;
  #terminal: Terminal | undefined;
  #frozen: Buffer | undefined;
  #cols: number;
  #rows: number;
  #unfinished: Buffer = Buffer.alloc(0);
  #title = '';
  #lastLine: string | undefined = '';
  /** Counts changes, so that freezing notices one that came meanwhile. */
  #changes = 0;

  constructor(cols: number, rows: number, events: ModelEvents) {
    this.#cols = cols;
    this.#rows = rows;
    this.#events = events;
    this.#colours = new Colours((data) => events.reply(data));
    this.#terminal = this.#create();
    this.#listen(this.#terminal);
  }

  get cols(): number {
    return this.#cols;
  }
  get rows(): number {
    return this.#rows;
  }
  get title(): string {
    return this.#title;
  }
  get frozen(): boolean {
    return this.#frozen !== undefined;
  }

  setTheme(theme: TerminalTheme): void {
    this.#colours.theme = theme;
  }

  parse(data: Buffer): void {
    this.#changes += 1;
    this.#lastLine = undefined;
    internals(this.#thaw())._inputHandler.parse(data);
    this.#keepUnfinished(data);
  }

  resize(cols: number, rows: number): void {
    this.#changes += 1;
    this.#lastLine = undefined;
    this.#thaw().resize(cols, rows);
    this.#cols = cols;
    this.#rows = rows;
  }

  /** All state, to be written into a fresh terminal of this size. */
  snapshot(): Uint8Array {
    if (this.#frozen) return inflateRawSync(this.#frozen);
    return snapshot(this.#thaw(), { colours: this.#colours.serialise(), unfinished: this.#unfinished });
  }

  screen(): ScreenText {
    const terminal = this.#thaw();
    const buffer = terminal.buffer.active;
    const lines: string[] = [];
    for (let row = 0; row < terminal.rows; row += 1) {
      lines.push(buffer.getLine(buffer.baseY + row)?.translateToString(true) ?? '');
    }
    return {
      text: lines.join('\n').replace(/\n+$/, ''),
      cols: this.cols,
      rows: this.rows,
      cursor: { row: buffer.cursorY, col: Math.min(buffer.cursorX, this.cols - 1) },
    };
  }

  /** The lowest line of the screen with anything on it. Plain text, without control characters. */
  lastLine(): string {
    this.#lastLine ??= this.#findLastLine();
    return this.#lastLine;
  }

  /** Packs the state away. @returns false when there is little to gain or something changed meanwhile. */
  async freeze(): Promise<boolean> {
    const terminal = this.#terminal;
    if (!terminal || terminal.buffer.normal.length < FREEZE_LINES) return false;
    const changes = this.#changes;
    this.lastLine();
    const packed = await deflate(this.snapshot(), { level: 3 });
    if (changes !== this.#changes || this.#terminal !== terminal) return false;
    terminal.dispose();
    this.#terminal = undefined;
    this.#frozen = packed;
    return true;
  }

  dispose(): void {
    this.#changes += 1;
    this.#terminal?.dispose();
  }

  #thaw(): Terminal {
    if (this.#terminal) return this.#terminal;
    const terminal = this.#create();
    this.#terminal = terminal;
    if (this.#frozen) {
      const packed = this.#frozen;
      this.#frozen = undefined;
      internals(terminal)._inputHandler.parse(inflateRawSync(packed));
    }
    this.#listen(terminal);
    return terminal;
  }

  #create(): Terminal {
    const terminal = new Terminal({
      cols: this.#cols,
      rows: this.#rows,
      scrollback: SCROLLBACK,
      allowProposedApi: true,
      logLevel: 'off',
      vtExtensions: { kittyKeyboard: true },
      windowOptions: { getWinSizeChars: true },
    });
    // Its types name the browser terminal; it uses only what both have.
    terminal.loadAddon(new Unicode11Addon() as unknown as ITerminalAddon);
    terminal.unicode.activeVersion = '11';
    return terminal;
  }

  /** Not before a frozen state is back: it is old news. */
  #listen(terminal: Terminal): void {
    terminal.onData((data) => this.#events.reply(data));
    terminal.onTitleChange((text) => {
      const title = text.slice(0, LONGEST_TITLE);
      if (title === this.#title) return;
      this.#title = title;
      this.#events.title(title);
    });
    terminal.onBell(() => this.#events.bell());
    this.#watchColours(terminal);
  }

  #findLastLine(): string {
    const terminal = this.#thaw();
    const buffer = terminal.buffer.active;
    for (let row = terminal.rows - 1; row >= 0; row -= 1) {
      const line = buffer.getLine(buffer.baseY + row);
      const text = line?.translateToString(true).trim();
      if (text) return text.slice(0, LAST_LINE_LIMIT);
    }
    return '';
  }

  /**
   * Keeps the bytes of a sequence or character that has only begun: they changed nothing yet, and a viewer needs them
   * to understand what comes next. A sequence always begins at the last ESC or C1 control, since either ends whatever
   * was under way.
   */
  #keepUnfinished(data: Buffer): void {
    const handler = internals(this.#thaw())._inputHandler;
    if (handler._parser.currentState === PARSER_GROUND) {
      const { interim } = handler._utf8Decoder;
      const length = interim.indexOf(0);
      const pending = interim.subarray(0, length < 0 ? interim.length : length);
      if (pending.length > 0 || this.#unfinished.length > 0) this.#unfinished = Buffer.from(pending);
      return;
    }
    const start = lastIntroducer(data);
    if (start >= 0) this.#unfinished = Buffer.from(data.subarray(start, start + UNFINISHED_LIMIT));
    else if (this.#unfinished.length < UNFINISHED_LIMIT) {
      this.#unfinished = Buffer.concat([this.#unfinished, data]).subarray(0, UNFINISHED_LIMIT);
    }
  }

  #watchColours(terminal: Terminal): void {
    const { parser } = terminal;
    for (const code of [10, 11, 12]) {
      parser.registerOscHandler(code, (data) => {
        this.#colours.special(code, data);
        return true;
      });
      parser.registerOscHandler(code + 100, () => {
        this.#colours.resetSpecial(code + 100);
        return true;
      });
    }
    parser.registerOscHandler(4, (data) => {
      this.#colours.palette(data);
      return true;
    });
    parser.registerOscHandler(104, (data) => {
      this.#colours.resetPalette(data);
      return true;
    });
    parser.registerEscHandler({ final: 'c' }, () => {
      this.#colours.reset();
      return false;
    });
    // Colour scheme report (contour's mode 2031 proposal): 1 is dark, 2 light.
    parser.registerCsiHandler({ prefix: '?', final: 'n' }, (params) => {
      if (params[0] !== 996) return false;
      this.#events.reply(`\x1b[?997;${this.#colours.dark ? 1 : 2}n`);
      return true;
    });
  }
}

/** Index of the last ESC or (as UTF-8) C1 control that begins a sequence: DCS, SOS, CSI, OSC, PM, APC. -1 for none. */
function lastIntroducer(data: Buffer): number {
  for (let at = data.length - 1; at >= 0; at -= 1) {
    const byte = data[at] ?? 0;
    if (byte === 0x1b) return at;
    if (byte < 0x90 || byte > 0x9f || data[at - 1] !== 0xc2) continue;
    if (byte === 0x90 || byte === 0x98 || (byte >= 0x9b && byte !== 0x9c)) return at - 1;
  }
  return -1;
}
