import { type AuditEntry, AuditFilter } from '#contract';

export type FilterKey = keyof AuditFilter;

/** A part of the filter as it is shown and typed: `service:github`. Free text is not a token. */
export interface FilterToken {
  key: FilterKey;
  value: string;
}

/** Fields a token can name, all but the free text. */
export const TOKEN_KEYS: readonly FilterKey[] = (Object.keys(AuditFilter.shape) as FilterKey[]).filter(
  (key) => key !== 'q',
);

/** Shorter names people type. */
const ALIASES: Record<string, FilterKey> = {
  session: 'session_id',
  request: 'request_id',
  approval: 'approval_id',
};

export function keyNamed(name: string): FilterKey | undefined {
  const lower = name.toLowerCase();
  return ALIASES[lower] ?? TOKEN_KEYS.find((key) => key === lower);
}

export interface Typed {
  tokens: FilterToken[];
  /** What is left over: free text. */
  rest: string;
  /** Tokens whose value cannot be: "outcome:perhaps". */
  problems: string[];
}

// A word, or `key:"quoted value"`, in which a backslash keeps the next character.
const PART = /([A-Za-z_]+):"((?:[^"\\]|\\.)*)"|\S+/g;

/**
 * Reads what was typed. Words that are not `key:value` stay as free text.
 * @param now milliseconds since the epoch, for `since:2h`
 */
export function parseTyped(text: string, now: number = Date.now()): Typed {
  const typed: Typed = { tokens: [], rest: '', problems: [] };
  const words: string[] = [];
  for (const match of text.matchAll(PART)) {
    const [whole, quotedKey, quotedValue] = match;
    const colon = whole.indexOf(':');
    const key = keyNamed(quotedKey ?? whole.slice(0, Math.max(0, colon)));
    const value = quotedValue === undefined ? whole.slice(colon + 1) : quotedValue.replace(/\\(.)/g, '$1');
    if (key === undefined || (value === '' && quotedValue === undefined)) {
      words.push(whole);
      continue;
    }
    const token = readToken(key, value, now);
    if (token) typed.tokens.push(token);
    else typed.problems.push(problemOf(key, value));
  }
  typed.rest = words.join(' ');
  return typed;
}

function readToken(key: FilterKey, value: string, now: number): FilterToken | null {
  const ready = key === 'since' || key === 'until' ? readTime(value, now) : value;
  return AuditFilter.safeParse({ [key]: ready }).success ? { key, value: ready } : null;
}

const UNITS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** `15m`, `2h` and `7d` count back from now; dates and times stand as they are. */
export function readTime(value: string, now: number): string {
  const match = /^(\d{1,5})([mhd])$/.exec(value);
  const unit = UNITS[match?.[2] ?? ''];
  if (!match || unit === undefined) return value;
  return new Date(now - Number(match[1]) * unit).toISOString();
}

function problemOf(key: FilterKey, value: string): string {
  if (key === 'outcome') return `“${value}” is no outcome. Use allowed, denied, asked, error or info.`;
  if (key === 'since' || key === 'until') {
    return `“${value}” is no time. Use 2h, 7d, 2026-01-31 or a full ISO 8601 time.`;
  }
  return `“${value}” cannot be looked for in ${key}.`;
}

export function tokensOf(filter: AuditFilter): FilterToken[] {
  return TOKEN_KEYS.flatMap((key) => {
    const value = filter[key];
    return value === undefined ? [] : [{ key, value }];
  });
}

/** The token as it would be typed. */
export function formatToken({ key, value }: FilterToken): string {
  const plain = value !== '' && !/[\s"\\]/.test(value);
  return `${key}:${plain ? value : `"${value.replace(/["\\]/g, '\\$&')}"`}`;
}

export function withToken(filter: AuditFilter, token: FilterToken): AuditFilter {
  return { ...filter, [token.key]: token.value };
}

export function withoutKey(filter: AuditFilter, key: FilterKey): AuditFilter {
  const { [key]: _gone, ...rest } = filter;
  return rest;
}

export function withText(filter: AuditFilter, text: string): AuditFilter {
  const q = text.trim().slice(0, 512);
  return q === '' ? withoutKey(filter, 'q') : { ...filter, q };
}

export const isEmptyFilter = (filter: AuditFilter): boolean =>
  Object.values(filter).every((value) => value === undefined);

/** Free text and times are for the control plane to judge. */
const JUDGED_THERE = new Set<FilterKey>(['q', 'since', 'until']);

/** False when the entry surely does not meet the filter. */
export function mayMatch(entry: AuditEntry, filter: AuditFilter): boolean {
  const fields: Readonly<Record<string, unknown>> = entry;
  return TOKEN_KEYS.every(
    (key) => JUDGED_THERE.has(key) || filter[key] === undefined || fields[key] === filter[key],
  );
}

/**
 * What could be typed next: names of fields, or known values of the field being typed.
 * @returns whole texts to replace what was typed
 */
export function suggest(
  text: string,
  valuesOf: (key: FilterKey) => readonly string[],
): { text: string; label: string }[] {
  const start = text.lastIndexOf(' ') + 1;
  const before = text.slice(0, start);
  const word = text.slice(start);
  const colon = word.indexOf(':');
  if (colon < 0) {
    if (word === '') return [];
    return TOKEN_KEYS.filter((key) => key.startsWith(word.toLowerCase())).map((key) => ({
      text: `${before}${key}:`,
      label: `${key}:`,
    }));
  }
  const key = keyNamed(word.slice(0, colon));
  if (key === undefined) return [];
  const typed = word.slice(colon + 1).toLowerCase();
  return valuesOf(key)
    .filter((value) => value.toLowerCase().includes(typed) && value.toLowerCase() !== typed)
    .slice(0, 12)
    .map((value) => {
      const token = formatToken({ key, value });
      return { text: `${before}${token} `, label: token };
    });
}
