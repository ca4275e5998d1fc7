/**
 * Makes what cannot be seen visible. Agent text may hold characters that reorder, hide or overwrite other text
 * ("Trojan Source"); a person who decides on that text must see them. Nothing is removed: every character of the
 * input comes back in exactly one segment.
 */

export interface Segment {
  /** `plain`: as is. `hidden`: show `label` instead. `lookalike`: a letter that imitates a Latin one. */
  kind: 'plain' | 'hidden' | 'lookalike';
  /** The original characters. */
  text: string;
  /** What to show in place of the text; the same as `text` for plain ones. */
  label: string;
  /** For the tooltip and the screen reader: `U+202E right-to-left override`. */
  title: string;
}

const NAMES: Record<number, readonly [label: string, name: string]> = {
  9: ['⇥', 'tab'],
  13: ['CR', 'carriage return: a terminal would overwrite the line'],
  27: ['ESC', 'escape: starts a terminal control sequence'],
  127: ['DEL', 'delete'],
  160: ['NBSP', 'no-break space'],
  173: ['SHY', 'soft hyphen'],
  847: ['CGJ', 'combining grapheme joiner'],
  1564: ['ALM', 'Arabic letter mark'],
  4447: ['HCF', 'Hangul filler'],
  4448: ['HJF', 'Hangul filler'],
  12644: ['HF', 'Hangul filler'],
  65440: ['HHF', 'Hangul filler'],
  8203: ['ZWSP', 'zero-width space'],
  8204: ['ZWNJ', 'zero-width non-joiner'],
  8205: ['ZWJ', 'zero-width joiner'],
  8206: ['LRM', 'left-to-right mark'],
  8207: ['RLM', 'right-to-left mark'],
  8232: ['LS', 'line separator'],
  8233: ['PS', 'paragraph separator'],
  8234: ['LRE', 'left-to-right embedding'],
  8235: ['RLE', 'right-to-left embedding'],
  8236: ['PDF', 'pop directional formatting'],
  8237: ['LRO', 'left-to-right override'],
  8238: ['RLO', 'right-to-left override'],
  8288: ['WJ', 'word joiner'],
  8294: ['LRI', 'left-to-right isolate'],
  8295: ['RLI', 'right-to-left isolate'],
  8296: ['FSI', 'first strong isolate'],
  8297: ['PDI', 'pop directional isolate'],
  10240: ['BLANK', 'braille blank'],
  65279: ['BOM', 'zero-width no-break space'],
};

/** Everything with no ink of its own or with power over its neighbours; line feeds are split off before. */
const HIDDEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\u00a0\u115f\u1160\u1680\u2000-\u200a\u202f\u205f\u2800\u3000\u3164\uffa0]|\u034f|[\u17b4\u17b5]|[\u180b-\u180f]|[\ufe00-\ufe0f]|[\u{e0100}-\u{e01ef}]/u;

/** A word that mixes Latin letters with Cyrillic, Greek or Armenian ones: `pаypal` with a Cyrillic а. */
const WORD = /[\p{L}\p{M}\p{N}_]+/gu;
const LATIN = /[A-Za-z]/;
const IMITATOR = /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\uff21-\uff5a]/u;

const hex = (code: number) => `U+${code.toString(16).toUpperCase().padStart(4, '0')}`;

function characterName(code: number): { label: string; title: string } {
  const known = NAMES[code];
  if (known) return { label: known[0], title: `${hex(code)} ${known[1]}` };
  if (code < 0x20)
    return { label: String.fromCharCode(0x2400 + code), title: `${hex(code)} control character` };
  if (code >= 0xd800 && code <= 0xdfff) return { label: hex(code), title: `${hex(code)} broken character` };
  if (code >= 0xe0000 && code <= 0xe007f)
    return { label: hex(code), title: `${hex(code)} invisible tag character` };
  return { label: hex(code), title: `${hex(code)} invisible or special character` };
}

/** Ranges of letters that imitate Latin ones, as offsets into `line`. */
function lookalikes(line: string): Set<number> {
  const found = new Set<number>();
  if (!IMITATOR.test(line)) return found;
  for (const word of line.matchAll(WORD)) {
    if (!LATIN.test(word[0])) continue;
    let at = word.index;
    for (const char of word[0]) {
      if (IMITATOR.test(char)) found.add(at);
      at += char.length;
    }
  }
  return found;
}

/**
 * Cuts one line (without its line feed) into segments. The segments' texts joined are the line again.
 * Linear in the length of the line; meant for the lines on the screen, not for a megabyte at once.
 */
export function visibleSegments(line: string): Segment[] {
  const imitators = lookalikes(line);
  if (imitators.size === 0 && !HIDDEN.test(line)) {
    return line === '' ? [] : [{ kind: 'plain', text: line, label: line, title: '' }];
  }
  const out: Segment[] = [];
  let plain = '';
  const flush = () => {
    if (plain !== '') out.push({ kind: 'plain', text: plain, label: plain, title: '' });
    plain = '';
  };
  let at = 0;
  for (const char of line) {
    const code = char.codePointAt(0) ?? 0;
    if (HIDDEN.test(char)) {
      flush();
      out.push({ kind: 'hidden', text: char, ...characterName(code) });
    } else if (imitators.has(at)) {
      flush();
      out.push({
        kind: 'lookalike',
        text: char,
        label: char,
        title: `${hex(code)} looks like a Latin letter but is not`,
      });
    } else plain += char;
    at += char.length;
  }
  flush();
  return out;
}

/** One string with every hidden character written out, for labels, titles and single-line places. */
export function visibleText(text: string): string {
  if (!HIDDEN.test(text)) return text;
  let out = '';
  for (const char of text) {
    if (char === '\n') out += '⏎';
    else if (HIDDEN.test(char)) out += `⟨${characterName(char.codePointAt(0) ?? 0).label}⟩`;
    else out += char;
  }
  return out;
}

/** Counts what a reader could miss; tabs and the line feeds of ordinary text are not counted. */
export function countHidden(text: string): { hidden: number; lookalike: number } {
  let hidden = 0;
  const all = new RegExp(HIDDEN.source, 'gu');
  for (const match of text.matchAll(all)) if (match[0] !== '\n' && match[0] !== '\t') hidden++;
  let lookalike = 0;
  if (IMITATOR.test(text)) for (const line of text.split('\n')) lookalike += lookalikes(line).size;
  return { hidden, lookalike };
}
