/**
 * Colours a program asks for or changes with OSC 4, 10, 11, 12 and 104, 110, 111, 112. The headless terminal ignores
 * them, but a program that asks must get its one answer from here, and changes belong into the snapshot.
 */
import type { TerminalTheme } from '#contract/terminal-frames.ts';

/** Until a viewer tells its theme. */
const DEFAULT_THEME: TerminalTheme = {
  foreground: '#e5e5e5',
  background: '#121212',
  cursor: '#e5e5e5',
  ansi: [
    '#2e3436',
    '#cc0000',
    '#4e9a06',
    '#c4a000',
    '#3465a4',
    '#75507b',
    '#06989a',
    '#d3d7cf',
    '#555753',
    '#ef2929',
    '#8ae234',
    '#fce94f',
    '#729fcf',
    '#ad7fa8',
    '#34e2e2',
    '#eeeeec',
  ],
};

/** OSC numbers of the special colours, in the order in which further parameters address them. */
const SPECIAL = [10, 11, 12];
const STEPS = [0, 95, 135, 175, 215, 255];
/** A colour of a program's choosing is repeated in the snapshot: only harmless characters, and not many. */
const COLOUR_SPEC = /^[#A-Za-z0-9:/.]{1,64}$/;

const RESET_ALL = [104, 110, 111, 112].map((code) => `\x1b]${code}\x1b\\`).join('');

const hex = (value: number): string => value.toString(16).padStart(2, '0');

/** xterm's 256 colours: 16 of the theme, a 6x6x6 cube, 24 greys. */
function paletteColour(index: number, theme: TerminalTheme): string | undefined {
  if (!Number.isInteger(index) || index < 0 || index > 255) return undefined;
  if (index < 16) return theme.ansi[index];
  if (index >= 232) return `#${hex(8 + (index - 232) * 10).repeat(3)}`;
  const at = index - 16;
  const level = (n: number): string => hex(STEPS[n % 6] ?? 0);
  return `#${level(Math.floor(at / 36))}${level(Math.floor(at / 6))}${level(at)}`;
}

/** `#aabbcc` as X11 writes it: `rgb:aaaa/bbbb/cccc`. */
const x11 = (colour: string): string =>
  `rgb:${[1, 3, 5].map((at) => colour.slice(at, at + 2).repeat(2)).join('/')}`;

export class Colours {
  theme: TerminalTheme = DEFAULT_THEME;
  readonly #reply: (data: string) => void;
  /** What the program set, by "4;index" or "10". */
  readonly #changed = new Map<string, string>();

  constructor(reply: (data: string) => void) {
    this.#reply = reply;
  }

  /** OSC 10, 11, 12: each further parameter is for the next number. */
  special(first: number, data: string): void {
    data.split(';').forEach((spec, index) => {
      const code = first + index;
      if (SPECIAL.includes(code)) this.#setOrReport(String(code), spec, this.#specialColour(code));
    });
  }

  /** OSC 4: pairs of index and colour. */
  palette(data: string): void {
    const parts = data.split(';');
    for (let at = 0; at + 1 < parts.length; at += 2) {
      const index = Number(parts[at]);
      const known = paletteColour(index, this.theme);
      if (known) this.#setOrReport(`4;${index}`, parts[at + 1] ?? '', known);
    }
  }

  /** OSC 104: the given indexes, or all. */
  resetPalette(data: string): void {
    if (data !== '') {
      for (const index of data.split(';')) this.#changed.delete(`4;${index}`);
      return;
    }
    for (const key of [...this.#changed.keys()]) if (key.startsWith('4;')) this.#changed.delete(key);
  }

  /** OSC 110, 111, 112. */
  resetSpecial(code: number): void {
    this.#changed.delete(String(code - 100));
  }

  reset(): void {
    this.#changed.clear();
  }

  /** True when the theme is dark, by the usual weights of the colours (ITU-R BT.601). */
  get dark(): boolean {
    const part = (at: number): number => Number.parseInt(this.theme.background.slice(at, at + 2), 16);
    return part(1) * 0.299 + part(3) * 0.587 + part(5) * 0.114 < 128;
  }

  /** Sequences that make any terminal's colours these: a viewer that is brought up to date may still have others. */
  serialise(): string {
    return RESET_ALL + [...this.#changed].map(([key, spec]) => `\x1b]${key};${spec}\x1b\\`).join('');
  }

  #specialColour(code: number): string {
    if (code === 10) return this.theme.foreground;
    return code === 11 ? this.theme.background : this.theme.cursor;
  }

  #setOrReport(key: string, spec: string, known: string): void {
    if (spec !== '?') {
      if (COLOUR_SPEC.test(spec)) this.#changed.set(key, spec);
      return;
    }
    const set = this.#changed.get(key);
    const value = set === undefined ? x11(known) : /^#[0-9a-f]{6}$/i.test(set) ? x11(set) : set;
    this.#reply(`\x1b]${key};${value}\x1b\\`);
  }
}
