/**
 * Text from agents can hide what it says: bidirectional overrides reorder it on screen, zero-width and control
 * characters vanish. `makeVisible` splits a text into what can be read as it stands and what must be spelled out.
 */
export interface VisibleSegment {
  kind: 'text' | 'hidden';
  /** The characters as they came. */
  text: string;
  /** What to draw instead of them; for `text` segments the text itself. */
  shown: string;
}

const NAMES: Record<number, string> = {
  0: 'NUL',
  7: 'BEL',
  8: 'BS',
  11: 'VT',
  12: 'FF',
  13: 'CR',
  27: 'ESC',
  127: 'DEL',
  160: 'NBSP',
  173: 'SHY',
  847: 'CGJ',
  1564: 'ALM',
  8203: 'ZWSP',
  8204: 'ZWNJ',
  8205: 'ZWJ',
  8206: 'LRM',
  8207: 'RLM',
  8232: 'LS',
  8233: 'PS',
  8234: 'LRE',
  8235: 'RLE',
  8236: 'PDF',
  8237: 'LRO',
  8238: 'RLO',
  8239: 'NNBSP',
  8288: 'WJ',
  8294: 'LRI',
  8295: 'RLI',
  8296: 'FSI',
  8297: 'PDI',
  65279: 'BOM',
};

// Other (controls, format, private use, unassigned, lone surrogates), separators but the plain space, everything a
// font may leave out, and the blank braille cell.
const HIDDEN = /[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}\u2800]/gu;
const PICTURE = /\p{Extended_Pictographic}\uFE0F?$/u;
const STARTS_WITH_PICTURE = /^\p{Extended_Pictographic}/u;

/** U+202E and so on, with the usual short name where there is one. */
export function nameOfCharacter(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16).toUpperCase().padStart(4, '0');
  const name = NAMES[code];
  return name === undefined ? `U+${hex}` : `U+${hex} ${name}`;
}

export function makeVisible(text: string): VisibleSegment[] {
  const segments: VisibleSegment[] = [];
  let plainFrom = 0;
  const flush = (to: number) => {
    if (to > plainFrom) {
      const plain = text.slice(plainFrom, to);
      segments.push({ kind: 'text', text: plain, shown: plain });
    }
  };
  for (const match of text.matchAll(HIDDEN)) {
    const character = match[0];
    if (isOrdinary(character, text, match.index)) continue;
    flush(match.index);
    segments.push({ kind: 'hidden', text: character, shown: `⟨${nameOfCharacter(character)}⟩` });
    plainFrom = match.index + character.length;
  }
  flush(text.length);
  return segments;
}

/** The text with everything hidden spelled out, for places that take a plain string. */
export function visibleString(text: string): string {
  return makeVisible(text)
    .map((segment) => segment.shown)
    .join('');
}

/** Spaces, line breaks and tabs read as they stand; so do the joiners inside one emoji. */
function isOrdinary(character: string, text: string, index: number): boolean {
  if (character === ' ' || character === '\n' || character === '\t') return true;
  // A carriage return before a line feed only ends the line; alone it overwrites it in a terminal.
  if (character === '\r') return text[index + 1] === '\n';
  if (character === '\uFE0F') return PICTURE.test(text.slice(Math.max(0, index - 2), index));
  if (character === '\u200D') {
    return (
      PICTURE.test(text.slice(Math.max(0, index - 3), index)) &&
      STARTS_WITH_PICTURE.test(text.slice(index + 1, index + 3))
    );
  }
  return false;
}
