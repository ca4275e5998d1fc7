/**
 * Finds what a reader could miss: letters of other scripts that imitate Latin ones inside a Latin word ("pаypal" with
 * a Cyrillic а), and hidden characters, counted over a whole text.
 */
import { makeVisible } from '../ui/visible.ts';

const WORD = /[\p{L}\p{M}\p{N}_]+/gu;
const LATIN = /[A-Za-z]/;
const IMITATOR =
  /[\p{Script=Cyrillic}\p{Script=Greek}\p{Script=Armenian}\p{Script=Cherokee}\uff21-\uff3a\uff41-\uff5a]/u;

/** Offsets of the imitating letters in `text`. A word wholly in another script imitates nothing. */
export function lookalikes(text: string): number[] {
  const found: number[] = [];
  if (!IMITATOR.test(text)) return found;
  for (const word of text.matchAll(WORD)) {
    if (!LATIN.test(word[0])) continue;
    let at = word.index;
    for (const char of word[0]) {
      if (IMITATOR.test(char)) found.push(at);
      at += char.length;
    }
  }
  return found;
}

/** How many hidden characters and imitating letters a text holds. */
export function countTraps(text: string): { hidden: number; lookalike: number } {
  let hidden = 0;
  for (const segment of makeVisible(text)) if (segment.kind === 'hidden') hidden++;
  return { hidden, lookalike: lookalikes(text).length };
}
