/** Cell attributes of xterm.js (src/common/buffer/Constants.ts) as the SGR sequence that sets exactly them. */
import type { RawAttributes } from './xterm-internals.ts';

const COLOUR_MODE = 0x3000000;
const MODE_16 = 0x1000000;
const MODE_256 = 0x2000000;
const MODE_RGB = 0x3000000;
const RGB = 0xffffff;

const FG_INVERSE = 0x4000000;
const FG_BOLD = 0x8000000;
const FG_UNDERLINE = 0x10000000;
const FG_BLINK = 0x20000000;
const FG_INVISIBLE = 0x40000000;
const FG_STRIKETHROUGH = 0x80000000;
const BG_ITALIC = 0x4000000;
const BG_DIM = 0x8000000;
const BG_EXTENDED = 0x10000000;
const BG_PROTECTED = 0x20000000;
const BG_OVERLINE = 0x40000000;

/** A cell's attributes, detached from xterm's reused objects. */
export interface Style {
  readonly fg: number;
  readonly bg: number;
  /** Underline style and colour; 0 when the cell has none. */
  readonly ext: number;
  /** Hyperlink, 0 for none. */
  readonly link: number;
}

export const PLAIN: Style = { fg: 0, bg: 0, ext: 0, link: 0 };

export function styleOf(cell: RawAttributes): Style {
  const extended = (cell.bg & BG_EXTENDED) !== 0;
  return {
    fg: cell.fg,
    bg: cell.bg & ~BG_EXTENDED,
    ext: extended ? cell.extended._ext : 0,
    link: extended ? cell.extended._urlId : 0,
  };
}

/** Background colour alone: all that an erased cell can carry. */
export const backgroundOf = (style: Style): Style => ({
  fg: 0,
  bg: style.bg & (COLOUR_MODE | RGB),
  ext: 0,
  link: 0,
});

export const sameStyle = (a: Style, b: Style): boolean =>
  a.fg === b.fg && a.bg === b.bg && a.ext === b.ext && a.link === b.link;

export const isProtected = (style: Style): boolean => (style.bg & BG_PROTECTED) !== 0;

function colour(value: number, base: 30 | 40): string | null {
  const number = value & RGB;
  switch (value & COLOUR_MODE) {
    case MODE_16:
      return String(number < 8 ? base + number : base + 52 + number);
    case MODE_256:
      return `${base + 8};5;${number & 0xff}`;
    case MODE_RGB:
      return `${base + 8};2;${number >>> 16};${(number >>> 8) & 0xff};${number & 0xff}`;
    default:
      return null;
  }
}

/** `CSI 0;... m`: sets the style whatever was set before. Hyperlink and protection are not SGR. */
export function sgr(style: Style): string {
  const parts = ['0'];
  const { fg, bg, ext } = style;
  if (fg & FG_BOLD) parts.push('1');
  if (bg & BG_DIM) parts.push('2');
  if (bg & BG_ITALIC) parts.push('3');
  if (fg & FG_UNDERLINE) parts.push(`4:${(ext >>> 26) & 7 || 1}`);
  if (fg & FG_BLINK) parts.push('5');
  if (fg & FG_INVERSE) parts.push('7');
  if (fg & FG_INVISIBLE) parts.push('8');
  if (fg & FG_STRIKETHROUGH) parts.push('9');
  if (bg & BG_OVERLINE) parts.push('53');
  const front = colour(fg, 30);
  const back = colour(bg, 40);
  if (front) parts.push(front);
  if (back) parts.push(back);
  const line = ext & RGB;
  if ((ext & COLOUR_MODE) === MODE_RGB) {
    parts.push(`58:2::${line >>> 16}:${(line >>> 8) & 0xff}:${line & 0xff}`);
  } else if ((ext & COLOUR_MODE) !== 0) {
    parts.push(`58:5:${line & 0xff}`);
  }
  return `\x1b[${parts.join(';')}m`;
}
