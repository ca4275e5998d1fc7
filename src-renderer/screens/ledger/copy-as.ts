import type { AuditFilter } from '#contract';
import { TOKEN_KEYS } from './filter.ts';

/** A word for a POSIX shell, quoted where it has to be. */
export const shellWord = (text: string): string =>
  /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;

/** Path and query of the REST call that answers with these entries. */
export function queryPath(path: string, filter: AuditFilter, more: Record<string, string> = {}): string {
  const query = new URLSearchParams();
  for (const key of [...TOKEN_KEYS, 'q' as const]) {
    const value = filter[key];
    if (value !== undefined && value !== '') query.set(key, value);
  }
  for (const [key, value] of Object.entries(more)) query.set(key, value);
  const text = query.toString();
  return text === '' ? path : `${path}?${text}`;
}

/** Where the API listens when the page cannot tell. */
const DEFAULT_URL = 'http://127.0.0.1:9100';

/** The filter as a `curl` call. The token is named, never written out. */
export function asCurl(filter: AuditFilter, apiUrl: string | null, limit = 100): string {
  const url = `${(apiUrl ?? DEFAULT_URL).replace(/\/$/, '')}${queryPath('/v1/audit', filter, { limit: String(limit) })}`;
  return `curl -sS -H "Authorization: Bearer $AEGIS_AUTH_TOKEN" ${shellWord(url)}`;
}

/** Options of `aegis ledger show`. */
export const CLI_OPTIONS: Record<keyof AuditFilter, string> = {
  actor: '--actor',
  agent: '--agent',
  session_id: '--session',
  service: '--service',
  action: '--action',
  outcome: '--outcome',
  request_id: '--request',
  approval_id: '--approval',
  tenant: '--tenant',
  on_behalf_of: '--on-behalf-of',
  code: '--code',
  trace_id: '--trace',
  policy: '--policy',
  rule: '--rule',
  target: '--target',
  since: '--since',
  until: '--until',
  q: '--query',
};

/** The filter as a command line of ours. A value that looks like an option is joined to its own with `=`. */
export function asCli(filter: AuditFilter, limit = 100): string {
  const words = ['aegis', 'ledger', 'show'];
  for (const key of [...TOKEN_KEYS, 'q' as const]) {
    const value = filter[key];
    if (value === undefined || value === '') continue;
    if (value.startsWith('-')) words.push(`${CLI_OPTIONS[key]}=${shellWord(value)}`);
    else words.push(CLI_OPTIONS[key], shellWord(value));
  }
  return [...words, '--limit', String(limit)].join(' ');
}
