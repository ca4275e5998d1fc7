/** Words of entries, as the text index holds them, and the question put to it. */
import type { AuditEntry } from '#contract';
import { isId, textsOf } from './filter.ts';
import type { WordColumn } from './index-schema.ts';

/** Scripts written without spaces: each character is a word. */
const TOKEN =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}])[\p{L}\p{N}\p{M}])+/gu;
const ASCII_TOKEN = /[a-z0-9]+/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII begins with them.
const ASCII = /^[\u0000-\u007f]*$/;
/** Longer words are cut: the entry itself confirms the rest. */
const MAX_TOKEN = 64;
const MAX_TOKENS = 256;

/** The words of a text, in lower case. */
export function tokensOf(text: string): string[] {
  const lower = text.toLowerCase();
  const tokens = lower.match(ASCII.test(lower) ? ASCII_TOKEN : TOKEN) ?? [];
  return tokens.map((token) => (token.length > MAX_TOKEN ? token.slice(0, MAX_TOKEN) : token));
}

/** Distinct words of an entry; undefined when they are too many to be worth it. */
export function entryTokens(entry: AuditEntry): Set<string> | undefined {
  const tokens = new Set<string>();
  for (const text of textsOf(entry)) for (const token of tokensOf(text)) tokens.add(token);
  return tokens.size > MAX_TOKENS ? undefined : tokens;
}

/** Tokens no text holds, since its first character is none of a word. The index's tokenizer takes it as one. */
export const columnToken = (column: WordColumn, number: number): string =>
  `\u00a7${column.replaceAll('_', '')}${number}`;
/** Stands for every word: put on entries with too many of them. */
export const ANY_TOKEN = '\u00a7any';

/**
 * The tokens an entry must hold for a typed word to be in it: all exact but the last, which need only begin so.
 * Undefined when the index cannot tell (a word without letters, an id).
 */
export function tokensOfWord(word: string): { exact: string[]; prefix: string } | undefined {
  if (isId(word)) return undefined;
  const exact = tokensOf(word);
  const prefix = exact.pop();
  return prefix === undefined ? undefined : { exact, prefix };
}
