import type { AuditEntry, AuditFilter } from '#contract';

/** Fields a filter compares exactly. */
export const EXACT_FIELDS = [
  'actor',
  'agent',
  'session_id',
  'service',
  'action',
  'outcome',
  'request_id',
  'approval_id',
  'tenant',
  'on_behalf_of',
  'code',
  'trace_id',
  'policy',
  'rule',
  'target',
] as const satisfies readonly (keyof AuditFilter & keyof AuditEntry)[];
export type ExactField = (typeof EXACT_FIELDS)[number];

const DAY_MS = 86_400_000;
const BARE_DATE = /^\d{4}-\d{2}-\d{2}$/;
const OFFSET = /(?:[zZ]|[+-]\d{2}:?\d{2})$/;

/** Milliseconds since 1970 of an ISO 8601 time; UTC where it names no offset. NaN when it is none. */
export function instantOf(text: string): number {
  if (BARE_DATE.test(text)) return Date.parse(`${text}T00:00:00Z`);
  return Date.parse(OFFSET.test(text) ? text : `${text}Z`);
}

/** First millisecond that matches. */
export const sinceOf = (filter: AuditFilter): number =>
  filter.since === undefined ? Number.NEGATIVE_INFINITY : instantOf(filter.since);

/** First millisecond that no longer matches; a bare date includes its whole day. */
export function untilOf(filter: AuditFilter): number {
  if (filter.until === undefined) return Number.POSITIVE_INFINITY;
  return instantOf(filter.until) + (BARE_DATE.test(filter.until) ? DAY_MS : 0);
}

/** A filter made ready to be asked many times. */
export type Match = (entry: AuditEntry) => boolean;

export function matcher(filter: AuditFilter): Match {
  const exact = EXACT_FIELDS.filter((field) => filter[field] !== undefined);
  const since = sinceOf(filter);
  const until = untilOf(filter);
  const timed = filter.since !== undefined || filter.until !== undefined;
  const words = filter.q === undefined ? [] : wordsOf(filter.q);
  return (entry) => {
    for (const field of exact) if (entry[field] !== filter[field]) return false;
    if (timed) {
      const at = Date.parse(entry.time);
      // Written so that an unreadable time (NaN) matches nothing.
      if (!(at >= since && at < until)) return false;
    }
    return words.length === 0 || hasWords(entry, words);
  };
}

/** What the user typed, word by word, in lower case. */
export const wordsOf = (q: string): string[] => q.toLowerCase().split(/\s+/u).filter(Boolean);

const ID = /^(?:aud|ses|apr|req)_[0-9a-f]{32}$/;

/** Ids of entries, sessions, approvals and requests are found by the fields that hold them, not as text. */
export const isId = (word: string): boolean => ID.test(word);

const ID_FIELDS = { aud: 'id', ses: 'session_id', apr: 'approval_id', req: 'request_id' } as const;

/** The field an id is the value of. */
export function fieldOfId(id: string): (typeof ID_FIELDS)[keyof typeof ID_FIELDS] {
  const prefix = id.slice(0, 3);
  return prefix === 'aud' || prefix === 'ses' || prefix === 'apr' ? ID_FIELDS[prefix] : ID_FIELDS.req;
}

/** Text fields that free text is searched in. */
export function textsOf(entry: AuditEntry): string[] {
  const texts: string[] = [entry.action, entry.outcome, entry.actor];
  for (const text of [
    entry.on_behalf_of,
    entry.agent,
    entry.service,
    entry.target,
    entry.code,
    entry.reason,
    entry.policy,
    entry.rule,
    entry.source_process,
  ]) {
    if (text !== null) texts.push(text);
  }
  for (const value of Object.values(entry.details)) if (typeof value === 'string') texts.push(value);
  return texts;
}

const WORD_CHARACTER = /[\p{L}\p{N}\p{M}]/u;
/** Scripts written without spaces: each character is a word. */
const WORD_OF_ITS_OWN = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;

/** The character (code point) that ends just before `at`. */
function characterBefore(text: string, at: number): string {
  const unit = text.charCodeAt(at - 1);
  return unit >= 0xdc00 && unit <= 0xdfff ? text.slice(at - 2, at) : text.charAt(at - 1);
}

function wordBegins(text: string, at: number, first: string): boolean {
  if (at === 0 || !WORD_CHARACTER.test(first) || WORD_OF_ITS_OWN.test(first)) return true;
  const before = characterBefore(text, at);
  return !WORD_CHARACTER.test(before) || WORD_OF_ITS_OWN.test(before);
}

/** Whether `word` (lower case) occurs in `text` where a word of the text begins. */
function beginsWordIn(text: string, word: string): boolean {
  const lower = text.toLowerCase();
  const first = String.fromCodePoint(word.codePointAt(0) ?? 0);
  for (let at = lower.indexOf(word); at >= 0; at = lower.indexOf(word, at + 1)) {
    if (wordBegins(lower, at, first)) return true;
  }
  return false;
}

function hasWords(entry: AuditEntry, words: readonly string[]): boolean {
  const texts = textsOf(entry);
  return words.every((word) =>
    isId(word) ? entry[fieldOfId(word)] === word : texts.some((text) => beginsWordIn(text, word)),
  );
}
