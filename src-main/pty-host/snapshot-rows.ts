/**
 * Writes the rows of a terminal buffer as bytes that rebuild them, cell by cell, in an empty terminal of the same size.
 * xterm's serialize addon leaves out hyperlinks, protected cells and the difference between an empty cell and a space;
 * all of them show, in selection, reflow or a click, so this is done here.
 */
import type { IBuffer, IBufferLine } from '@xterm/headless';
import { backgroundOf, isProtected, PLAIN, type Style, sameStyle, sgr, styleOf } from './attributes.ts';
import type { RawCell, RawLine } from './xterm-internals.ts';

export type LinkData = (id: number) => { id?: string; uri: string } | undefined;

// xterm.js, src/common/buffer/Constants.ts.
const CODEPOINT = 0x1fffff;
const COMBINED = 0x200000;
const CONTENT = 0x3fffff;
const WIDTH_SHIFT = 22;
const BACKGROUND = 0x3ffffff;
const EXTENDED = 0x10000000;

const isContentFree = (cell: RawCell): boolean => (cell.content & CONTENT) === 0;

/** Collects output and remembers which attributes the reading terminal has at this point. */
export class AttributeWriter {
  readonly out: string[] = [];
  readonly #linkData: LinkData;
  #style: Style = PLAIN;

  constructor(linkData: LinkData) {
    this.#linkData = linkData;
  }

  write(text: string): void {
    this.out.push(text);
  }

  set(style: Style): void {
    const old = this.#style;
    if (sameStyle(old, style)) return;
    if (old.fg !== style.fg || old.bg !== style.bg || old.ext !== style.ext) {
      this.out.push(sgr(style));
      if (isProtected(style)) this.out.push('\x1b[1"q');
    }
    if (old.link !== style.link) this.out.push(this.#link(style.link));
    this.#style = style;
  }

  reset(): void {
    this.set(PLAIN);
  }

  /** Keeps a combining character that comes next from joining the character before. */
  separate(): void {
    this.out.push(sgr(this.#style));
    if (isProtected(this.#style)) this.out.push('\x1b[1"q');
  }

  /** A link without an id is one link wherever it continues; a name of its own keeps its pieces together. */
  #link(id: number): string {
    const data = id === 0 ? undefined : this.#linkData(id);
    return data ? `\x1b]8;id=${data.id ?? `aegis-${id}`};${data.uri}\x1b\\` : '\x1b]8;;\x1b\\';
  }
}

/** All rows of `buffer`, top to bottom. The cursor is left somewhere on the last row, attributes are plain. */
export function writeRows(
  writer: AttributeWriter,
  buffer: IBuffer,
  cols: number,
  firstIsWrapped: boolean,
): void {
  const cell = buffer.getNullCell() as RawCell;
  if (firstIsWrapped) {
    // The top row continues one that scrolled out. A row before it, which scrolls out as well, makes it so again.
    writer.write(`\x1b[${cols}G  \r`);
  }
  let filled = false;
  for (let row = 0; row < buffer.length; row += 1) {
    const line = buffer.getLine(row);
    if (!line) break;
    if (row > 0) {
      if (line.isWrapped) wrap(writer, buffer, row, cols, filled, cell);
      else writer.write('\r\n');
    }
    filled = writeRow(writer, line, cols, cell, (row > 0 && line.isWrapped) || (row === 0 && firstIsWrapped));
    writer.reset();
  }
}

/**
 * Moves to the next row so that it counts as the continuation of this one. Only a character that does not fit does
 * that: a space is written behind the last column and taken back. Attributes are plain here, so a row scrolled in is
 * empty.
 */
function wrap(
  writer: AttributeWriter,
  buffer: IBuffer,
  row: number,
  cols: number,
  filled: boolean,
  cell: RawCell,
): void {
  if (filled) {
    writer.write(' \r');
    return;
  }
  writer.write(`\x1b[${cols}G  \x1b[A\x1b[${cols}G`);
  buffer.getLine(row - 1)?.getCell(cols - 1, cell);
  writer.set(backgroundOf(styleOf(cell)));
  writer.write('\x1b[X');
  writer.reset();
  writer.write('\x1b[B\r');
}

/**
 * One row, from column 0 of an empty one. `dirty`: its first cell holds a space to be replaced.
 * @returns whether the last column was written, so that the next character would wrap.
 */
function writeRow(
  writer: AttributeWriter,
  line: IBufferLine,
  cols: number,
  cell: RawCell,
  dirty: boolean,
): boolean {
  /** Columns to skip before the next write. */
  let skip = 0;
  let filled = false;
  let column = 0;
  while (column < cols) {
    line.getCell(column, cell);
    if (isHalf(line, column, cols, cell)) {
      skip += 1;
      column += 1;
      continue;
    }
    if (isContentFree(cell)) {
      const background = backgroundOf(styleOf(cell));
      const end = emptyUntil(line, column, cols, background);
      if (background.bg !== 0 || (dirty && column === 0)) {
        flushSkip(writer, skip);
        skip = 0;
        writer.set(background);
        writer.write(`\x1b[${end - column}X`);
      }
      skip += end - column;
      column = end;
      continue;
    }
    flushSkip(writer, skip);
    skip = 0;
    writer.set(styleOf(cell));
    if (cell.getWidth() === 0) writer.separate();
    writer.write(cell.getChars());
    column += Math.max(1, cell.getWidth());
    if (cell.getWidth() === 1) column = writeAlike(writer, line, column, cols, cell);
    filled = column >= cols;
  }
  return filled;
}

/**
 * A wide character whose right half was overwritten while wrapping was off. xterm.js leaves it so; nothing can be
 * written that does the same, and no terminal can show it: it becomes an empty cell. `cell` is the cell at `column`
 * before and after.
 */
export function isHalf(line: IBufferLine, column: number, cols: number, cell: RawCell): boolean {
  if (cell.getWidth() !== 2) return false;
  const whole = column + 1 < cols && line.getCell(column + 1, cell)?.getWidth() === 0 && isContentFree(cell);
  line.getCell(column, cell);
  return !whole;
}

function flushSkip(writer: AttributeWriter, columns: number): void {
  if (columns > 0) writer.write(`\x1b[${columns}C`);
}

/** The cells themselves (three numbers each: content, foreground, background): most of a screen needs no more. */
const cellsOf = (line: IBufferLine): Uint32Array => (line as unknown as RawLine)._data;

/** Writes the simple characters that follow with the attributes of `cell`. @returns the column behind them. */
function writeAlike(
  writer: AttributeWriter,
  line: IBufferLine,
  from: number,
  cols: number,
  cell: RawCell,
): number {
  if (cell.bg & EXTENDED) return from;
  const cells = cellsOf(line);
  const { fg, bg } = cell;
  let text = '';
  let column = from;
  for (; column < cols; column += 1) {
    const content = cells[column * 3] ?? 0;
    const simple = content >>> WIDTH_SHIFT === 1 && (content & COMBINED) === 0 && (content & CODEPOINT) !== 0;
    if (!simple || cells[column * 3 + 1] !== fg >>> 0 || cells[column * 3 + 2] !== bg >>> 0) break;
    text += String.fromCodePoint(content & CODEPOINT);
  }
  if (text) writer.write(text);
  return column;
}

/** The end of the run of empty cells with this background. */
function emptyUntil(line: IBufferLine, from: number, cols: number, background: Style): number {
  const cells = cellsOf(line);
  let column = from + 1;
  for (; column < cols; column += 1) {
    if (((cells[column * 3] ?? 0) & CONTENT) !== 0) break;
    if (((cells[column * 3 + 2] ?? 0) & BACKGROUND) !== background.bg) break;
  }
  return column;
}

/** Nothing but empty cells of one background. */
export const isEmptyRow = (line: IBufferLine, cols: number, cell: RawCell, background: Style): boolean => {
  line.getCell(0, cell);
  return isContentFree(cell) && emptyUntil(line, 0, cols, background) === cols;
};
