/**
 * Cuts text into rows of bounded length, so that a megabyte on one line is as quick to draw as a short file.
 * Rows are offsets into the text; nothing is copied or dropped until a row is drawn.
 */

export interface Row {
  /** Offsets into the text: start inclusive, end exclusive, without the line feed. */
  start: number;
  end: number;
  /** 1 for the first line of the text. */
  line: number;
  /** True for the second and later rows of a long line. */
  continued: boolean;
}

/** Longest row in UTF-16 code units. */
export const ROW_LENGTH = 2000;

/** Cuts `text` at line feeds, and lines longer than `max` into several rows; never inside a surrogate pair. */
export function textRows(text: string, max = ROW_LENGTH): Row[] {
  const rows: Row[] = [];
  let line = 1;
  let start = 0;
  while (start <= text.length) {
    const feed = text.indexOf('\n', start);
    const lineEnd = feed === -1 ? text.length : feed;
    let from = start;
    do {
      let to = Math.min(from + max, lineEnd);
      if (to < lineEnd && isHighSurrogate(text.charCodeAt(to - 1))) to -= 1;
      rows.push({ start: from, end: to, line, continued: from !== start });
      from = to;
    } while (from < lineEnd);
    if (feed === -1) break;
    start = feed + 1;
    line++;
  }
  // A final line feed ends the last line; it does not begin another one.
  const last = rows.at(-1);
  if (rows.length > 1 && last && last.start === last.end && text.endsWith('\n')) rows.pop();
  return rows;
}

/** Index of the row that holds `offset`. Binary search. */
export function rowAt(rows: readonly Row[], offset: number): number {
  let low = 0;
  let high = rows.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((rows[middle]?.start ?? Number.POSITIVE_INFINITY) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

const isHighSurrogate = (code: number) => code >= 0xd800 && code <= 0xdbff;
