/** Entries as text files. */
import type { AuditEntry } from '#contract';

export const EXPORT_FORMATS = ['csv', 'json', 'jsonl'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

/** Columns of the CSV, in order. */
export const CSV_COLUMNS = [
  'seq',
  'time',
  'action',
  'outcome',
  'actor',
  'on_behalf_of',
  'tenant',
  'agent',
  'session_id',
  'service',
  'target',
  'code',
  'reason',
  'request_id',
  'approval_id',
  'trace_id',
  'policy',
  'rule',
  'source_process',
  'bytes_in',
  'bytes_out',
  'duration_ms',
  'details',
  'id',
  'prev_hash',
  'hash',
] as const satisfies readonly (keyof AuditEntry)[];

/** What spreadsheets take for a formula, at the start of a cell; the full-width forms too. */
const FORMULA = /^(?:[\t\r]|\s*[=+\-@\uff1d\uff0b\uff0d\uff20])/u;
const NEEDS_QUOTES = /[",\r\n]|^\s|\s$/;

/** Most cells begin with a letter, a digit or a brace, and need no second look. */
function beginsPlain(value: string): boolean {
  const first = value.charCodeAt(0);
  return (first >= 48 && first <= 57) || (first >= 65 && first <= 90) || (first >= 97 && first <= 123);
}

/** A cell of RFC 4180. Text a spreadsheet would run as a formula gets an apostrophe before it. */
export function csvCell(value: string | number | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const safe = !beginsPlain(value) && FORMULA.test(value) ? `'${value}` : value;
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export const csvHeader = (): string => `${CSV_COLUMNS.join(',')}\r\n`;

export function csvLine(entry: AuditEntry): string {
  const cells = CSV_COLUMNS.map((column) => {
    const value = entry[column];
    return csvCell(typeof value === 'object' && value !== null ? JSON.stringify(value) : value);
  });
  return `${cells.join(',')}\r\n`;
}

/** A JSON line: the canonical text as stored, then the hash, then the proof if one is wanted. */
export function jsonLine(body: string, hash: string, proof: readonly string[] | undefined): string {
  const end = proof === undefined ? '' : `,"proof":${JSON.stringify(proof)}`;
  return `${body.slice(0, -1)},"hash":"${hash}"${end}}`;
}
