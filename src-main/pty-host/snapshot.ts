/**
 * A terminal's whole state as bytes: written into a fresh terminal of the same size (and kind, see terminal-frames.ts)
 * they leave it as this one is, so that what the program writes next looks the same in both.
 */
import type { IBuffer } from '@xterm/headless';
import { Terminal } from '@xterm/headless/lib-headless/xterm-headless.mjs';
import { backgroundOf, styleOf } from './attributes.ts';
import { AttributeWriter, isEmptyRow, writeRows } from './snapshot-rows.ts';
import {
  type Charset,
  internals,
  type KittyKeyboard,
  type RawAttributes,
  type RawBuffer,
  type RawCell,
  type XtermInternals,
} from './xterm-internals.ts';

/** What the model knows beyond the terminal itself. */
export interface SnapshotExtras {
  /** OSC sequences that set the colours the program changed. */
  readonly colours: string;
  /** Bytes of a sequence or character that has only begun. */
  readonly unfinished: Uint8Array;
}

/** The state of `terminal`, as the bytes to write. */
export function snapshot(terminal: Terminal, extras: SnapshotExtras): Uint8Array {
  const core = internals(terminal);
  const writer = new AttributeWriter((id) => core._oscLinkService.getLinkData(id));
  const inAlternate = terminal.buffer.active.type === 'alternate';
  writeBuffer(writer, terminal, terminal.buffer.normal, core.buffers.normal, core);
  writeKittyOfMain(writer, core.coreService.kittyKeyboard, inAlternate);
  if (inAlternate) {
    // The hidden screen's cursor counts when the size changes: rows below it go first.
    const { x, y } = core.buffers.normal;
    writer.write(`\x1b[${y + 1};${Math.min(x, terminal.cols - 1) + 1}H\x1b[?47h\x1b[H`);
    writeBuffer(writer, terminal, terminal.buffer.alternate, core.buffers.alt, core);
    writeKittyStack(writer, core.coreService.kittyKeyboard.altStack, core.coreService.kittyKeyboard.flags);
  }
  if (core._inputHandler._windowTitle) writer.write(`\x1b]2;${core._inputHandler._windowTitle}\x1b\\`);
  writer.write(extras.colours);
  writeModes(writer, core);
  writeCursor(writer, terminal, core);
  const text = Buffer.from(writer.out.join(''), 'utf8');
  return extras.unfinished.length === 0 ? text : Buffer.concat([text, extras.unfinished]);
}

/** Rows, scroll region, tab stops and saved cursor: what belongs to one buffer. */
function writeBuffer(
  writer: AttributeWriter,
  terminal: Terminal,
  buffer: IBuffer,
  raw: RawBuffer,
  core: XtermInternals,
): void {
  const { cols, rows } = terminal;
  // With room above, an additional row before the first would stay; then the mark of the first row is given up.
  const firstIsWrapped = buffer.getLine(0)?.isWrapped === true && raw.lines.length >= raw.lines.maxLength;
  writeRows(writer, buffer, cols, firstIsWrapped && rows > 1);
  if (raw.scrollTop !== 0 || raw.scrollBottom !== rows - 1) {
    writer.write(`\x1b[${raw.scrollTop + 1};${raw.scrollBottom + 1}r`);
  }
  writeTabs(writer, raw, cols);
  writeSavedCursor(writer, raw, cols, core);
}

function writeTabs(writer: AttributeWriter, raw: RawBuffer, cols: number): void {
  const stops: number[] = [];
  let usual = true;
  for (let column = 0; column < cols; column += 1) {
    const stop = raw.tabs[column] === true;
    if (stop) stops.push(column);
    if (stop !== (column % 8 === 0)) usual = false;
  }
  if (usual) return;
  writer.write('\x1b[3g');
  for (const column of stops) writer.write(`\x1b[${column + 1}G\x1bH`);
}

function writeSavedCursor(writer: AttributeWriter, raw: RawBuffer, cols: number, core: XtermInternals): void {
  const y = Math.max(0, raw.savedY - raw.ybase);
  const { fg, bg } = raw.savedCurAttrData;
  const charsets = raw.savedCharsets;
  const plain = fg === 0 && bg === 0 && charsets.every((set) => set === undefined) && raw.savedGlevel === 0;
  if (raw.savedX === 0 && y === 0 && plain && !raw.savedOriginMode && raw.savedWraparoundMode) return;
  if (raw.savedOriginMode) writer.write('\x1b[?6h');
  if (!raw.savedWraparoundMode) writer.write('\x1b[?7l');
  const top = raw.savedOriginMode ? raw.scrollTop : 0;
  writer.write(`\x1b[${Math.max(0, y - top) + 1};${Math.min(raw.savedX, cols - 1) + 1}H`);
  writer.set({ ...styleOf({ fg, bg, extended: { _ext: 0, _urlId: 0 } }), link: 0 });
  writeCharsets(writer, charsets, raw.savedGlevel);
  writer.write('\x1b7');
  writer.reset();
  writeCharsets(writer, [], 0, Math.max(1, charsets.length, core._charsetService.charsets.length));
  if (raw.savedOriginMode) writer.write('\x1b[?6l');
  if (!raw.savedWraparoundMode) writer.write('\x1b[?7h');
}

/** xterm.js keeps character sets as objects without a name: designate each in turn and see which object comes. */
let charsetNames: Map<Charset, string> | undefined;
function nameOf(set: Charset): string | undefined {
  if (!charsetNames) {
    charsetNames = new Map();
    const probe = new Terminal({ allowProposedApi: true, logLevel: 'off' });
    const core = internals(probe);
    for (const name of '0AB4C5RQKYE6ZH7=') {
      core._inputHandler.parse(Buffer.from(`\x1b(${name}`));
      const found = core._charsetService.charsets[0];
      if (found && !charsetNames.has(found)) charsetNames.set(found, name);
    }
    probe.dispose();
  }
  return charsetNames.get(set);
}

const DESIGNATE = ['(', ')', '*', '+'];
/** SI, SO, LS2, LS3. */
const SHIFT = ['\x0f', '\x0e', '\x1bn', '\x1bo'];

/** Designates and selects character sets; `clear` sets the first so many to ASCII where none is given. */
function writeCharsets(
  writer: AttributeWriter,
  sets: (Charset | undefined)[],
  level: number,
  clear = 0,
): void {
  for (let g = 0; g < Math.max(sets.length, clear); g += 1) {
    const set = sets[g];
    const name = set === undefined ? (g < clear ? 'B' : undefined) : nameOf(set);
    if (name !== undefined) writer.write(`\x1b${DESIGNATE[g]}${name}`);
  }
  if (level !== 0 || clear > 0) writer.write(SHIFT[level] ?? '');
}

/** `flags` after pushing what the stack holds, beginning from 0 flags and an empty stack. */
function writeKittyStack(writer: AttributeWriter, stack: readonly number[], flags: number): void {
  for (const entry of stack) writer.write(`\x1b[=${entry}u\x1b[>0u`);
  if (flags !== 0 || stack.length > 0) writer.write(`\x1b[=${flags}u`);
}

/**
 * The main screen's stack and flags, and what the alternate screen's would be at the next switch. xterm.js swaps the
 * flags on each switch, so the inactive ones are set by going there and back, before anything is on that screen.
 */
function writeKittyOfMain(writer: AttributeWriter, kitty: KittyKeyboard, inAlternate: boolean): void {
  writeKittyStack(writer, kitty.mainStack, 0);
  if (kitty.altFlags !== 0 || (!inAlternate && (kitty.altStack.length > 0 || kitty.mainFlags !== 0))) {
    writer.write(`\x1b[=${kitty.mainFlags}u\x1b[?47h`);
    if (!inAlternate) writeKittyStack(writer, kitty.altStack, 0);
    writer.write(`\x1b[=${kitty.altFlags}u\x1b[?47l`);
  }
  writer.write(`\x1b[=${inAlternate ? kitty.mainFlags : kitty.flags}u`);
}

const MOUSE_PROTOCOLS: Record<string, number> = { X10: 9, VT200: 1000, DRAG: 1002, ANY: 1003 };
const MOUSE_ENCODINGS: Record<string, number> = { SGR: 1006, SGR_PIXELS: 1016 };
const CURSOR_STYLES = { block: 1, underline: 3, bar: 5 };

function writeModes(writer: AttributeWriter, core: XtermInternals): void {
  const { modes, decPrivateModes: dec, isCursorHidden } = core.coreService;
  const on: number[] = [];
  if (dec.applicationCursorKeys) on.push(1);
  if (dec.reverseWraparound) on.push(45);
  if (dec.sendFocus) on.push(1004);
  if (dec.bracketedPasteMode) on.push(2004);
  if (dec.colorSchemeUpdates) on.push(2031);
  const protocol = MOUSE_PROTOCOLS[core.mouseStateService.activeProtocol];
  const encoding = MOUSE_ENCODINGS[core.mouseStateService.activeEncoding];
  if (protocol !== undefined) on.push(protocol);
  if (encoding !== undefined) on.push(encoding);
  for (const mode of on) writer.write(`\x1b[?${mode}h`);
  if (dec.applicationKeypad) writer.write('\x1b=');
  if (!dec.wraparound) writer.write('\x1b[?7l');
  if (isCursorHidden) writer.write('\x1b[?25l');
  if (dec.cursorStyle !== undefined) {
    writer.write(`\x1b[${CURSOR_STYLES[dec.cursorStyle] + (dec.cursorBlink ? 0 : 1)} q`);
  }
  // Before the cursor is placed: switching it on moves the cursor home.
  if (dec.origin) writer.write('\x1b[?6h');
  if (dec.synchronizedOutput) writer.write('\x1b[?2026h');
  if (modes.insertMode) writer.write('\x1b[4h');
}

const currentStyle = (raw: RawAttributes) => ({
  ...styleOf(raw),
  ext: raw.extended._ext,
  link: raw.extended._urlId,
});

/**
 * Cursor, attributes and character sets. The cell before the cursor is written once more where that matters: only a
 * written character leaves the cursor waiting behind the last column, or lets a combining one that comes next join it.
 */
function writeCursor(writer: AttributeWriter, terminal: Terminal, core: XtermInternals): void {
  const raw = core.buffers.active;
  const origin = core.coreService.decPrivateModes.origin;
  const place = (x: number): string => `\x1b[${raw.y - (origin ? raw.scrollTop : 0) + 1};${x + 1}H`;
  const { charsets, glevel } = core._charsetService;
  const restoreSets = (): void => {
    if (glevel !== 0 || charsets.some((set) => set !== undefined)) writeCharsets(writer, charsets, glevel);
  };
  const style = currentStyle(core._inputHandler._curAttrData);
  const waiting = raw.x >= terminal.cols;
  const joins = core._inputHandler._parser.precedingJoinState !== 0 && !core.coreService.modes.insertMode;
  const cell = terminal.buffer.active.getNullCell() as RawCell;
  const line = terminal.buffer.active.getLine(raw.ybase + raw.y);
  // A combining character alone behind the last column takes xterm.js' cursor one further.
  const x = Math.min(raw.x, terminal.cols);
  let start = Math.max(0, x - 1);
  line?.getCell(start, cell);
  if (start > 0 && cell.getWidth() === 0 && cell.getChars() === '') {
    start -= 1;
    line?.getCell(start, cell);
  }
  // After a change of size the cursor may stand inside a wide character.
  const fits = start + Math.max(1, cell.getWidth()) === x;
  const again = fits && (waiting || joins) ? cell.getChars() : '';
  if (!again) {
    if (waiting) writeWaitingAtEmptyCell(writer, terminal, place, cell);
    else writer.write(place(raw.x));
    writer.set(style);
    restoreSets();
    return;
  }
  writer.write(place(start));
  writer.set(styleOf(cell));
  // A selected set may turn the character into another one. Otherwise the set comes first: nothing but the character
  // itself may come between it and one that combines with it.
  const translated = [...again].some((character) => charsets[glevel]?.[character] !== undefined);
  if (!translated) restoreSets();
  if (cell.getWidth() === 0) writer.separate();
  writer.write(again);
  // Usually the same style, and then nothing is written.
  writer.set(style);
  if (translated) restoreSets();
}

/**
 * The cursor waits behind a last column that is empty (it was erased, or the screen was switched meanwhile). Only a
 * written character brings it there, and it must go again without the cursor noticing: by erasing the whole row where
 * that is empty, else by writing it on the other screen, from where the cursor is taken along. On the alternate screen
 * with something in the row neither works; the cursor then stays on the last column.
 */
function writeWaitingAtEmptyCell(
  writer: AttributeWriter,
  terminal: Terminal,
  place: (x: number) => string,
  cell: RawCell,
): void {
  const { active } = terminal.buffer;
  const line = active.getLine(active.baseY + active.cursorY);
  const last = place(terminal.cols - 1);
  line?.getCell(0, cell);
  const background = backgroundOf(styleOf(cell));
  if (line && isEmptyRow(line, terminal.cols, cell, background)) {
    writer.set(background);
    writer.write(`${last} \x1b[2K`);
  } else if (active.type === 'normal') {
    writer.write(`\x1b[?47h${last} \x1b[?47l`);
  } else {
    writer.write(last);
  }
}
