/**
 * Entries as bytes. What is hashed and stored is the canonical JSON (RFC 8785) of every field but `hash`: members
 * sorted by name, no white space, numbers as ECMAScript writes them. The shape is fixed, so it is written member by
 * member; a property test proves it equal to the general serialiser.
 */
import type { AuditDetails, AuditEntry, AuditEvent } from '#contract';

/** Longest text kept per field, in UTF-16 units; what is longer is cut and says so. */
export const MAX_TEXT = 4096;
const MAX_DETAILS = 64;

/** Hash before the first entry. */
export const ZERO_HASH = '0'.repeat(64);

/** Any surrogate: a quick look that needs no decoding. */
const SURROGATE = /[\ud800-\udfff]/;
const LONE_SURROGATES = /\p{Surrogate}/gu;
/** What JSON escapes, and surrogates, which need a closer look. */
const NOT_PLAIN = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;

/** An entry the writer has not numbered yet: `seq`, `prev_hash` and `hash` are filled in once it is durable. */
export type PendingEntry = AuditEntry;

/** Text as the ledger keeps it: well-formed Unicode (RFC 8785 refuses anything else) and bounded. */
export function ledgerText(value: string): string {
  let text = value;
  if (text.length > MAX_TEXT) text = `${text.slice(0, MAX_TEXT)}… (${text.length - MAX_TEXT} more)`;
  return SURROGATE.test(text) ? text.replace(LONE_SURROGATES, '\ufffd') : text;
}

const textOrNull = (value: string | null | undefined): string | null =>
  value === null || value === undefined ? null : ledgerText(value);

/** `+ 0` turns the negative zero, which JSON cannot tell apart, into zero. */
const numberOrNull = (value: number | null | undefined): number | null =>
  value === null || value === undefined || !Number.isFinite(value) ? null : value + 0;

const wholeOrNull = (value: number | null | undefined): number | null =>
  Number.isSafeInteger(value) ? Number(value) + 0 : null;

const ledgerScalar = (value: AuditDetails[string]): AuditDetails[string] =>
  typeof value === 'string' ? ledgerText(value) : typeof value === 'number' ? numberOrNull(value) : value;

function ledgerDetails(value: AuditDetails | undefined): AuditDetails {
  const details: AuditDetails = {};
  if (value === undefined) return details;
  let count = 0;
  for (const name in value) {
    const item = value[name];
    if (item === undefined || !Object.hasOwn(value, name)) continue;
    if (count === MAX_DETAILS) break;
    count += 1;
    // Assigning to this one name would set the prototype instead.
    details[name === '__proto__' ? '__proto__ ' : ledgerText(name)] = ledgerScalar(item);
  }
  return details;
}

/** Completes an event to an entry with every field present. */
export function toEntry(event: AuditEvent, id: AuditEntry['id'], time: string): PendingEntry {
  return {
    id,
    seq: 0,
    time,
    action: event.action,
    outcome: event.outcome,
    actor: ledgerText(event.actor),
    on_behalf_of: textOrNull(event.on_behalf_of),
    tenant: ledgerText(event.tenant ?? 'default'),
    agent: textOrNull(event.agent),
    session_id: textOrNull(event.session_id),
    service: textOrNull(event.service),
    target: textOrNull(event.target),
    code: textOrNull(event.code),
    reason: textOrNull(event.reason),
    request_id: textOrNull(event.request_id),
    approval_id: textOrNull(event.approval_id),
    trace_id: textOrNull(event.trace_id),
    policy: textOrNull(event.policy),
    rule: textOrNull(event.rule),
    source_process: textOrNull(event.source_process),
    bytes_in: wholeOrNull(event.bytes_in),
    bytes_out: wholeOrNull(event.bytes_out),
    duration_ms: numberOrNull(event.duration_ms),
    details: ledgerDetails(event.details),
    prev_hash: '',
    hash: '',
  };
}

const quote = (text: string): string => (NOT_PLAIN.test(text) ? JSON.stringify(text) : `"${text}"`);
const quoteOrNull = (text: string | null): string => (text === null ? 'null' : quote(text));

function canonicalDetails(details: AuditDetails): string {
  const names = Object.keys(details);
  if (names.length === 0) return '{}';
  // Integer-like names come first in an object whatever the order they were set in.
  if (names.length > 1) names.sort();
  let text = '{';
  for (const name of names) {
    const value = details[name];
    text += `${text.length > 1 ? ',' : ''}${quote(name)}:${typeof value === 'string' ? quote(value) : String(value)}`;
  }
  return `${text}}`;
}

/**
 * The three runs of canonical JSON between which `prev_hash` and `seq` belong, one per line: JSON escapes line breaks, so
 * a batch travels to the writer as one string.
 */
export function canonicalRuns(e: PendingEntry): string {
  return `{"action":"${e.action}","actor":${quote(e.actor)},"agent":${quoteOrNull(e.agent)},"approval_id":${quoteOrNull(e.approval_id)},"bytes_in":${e.bytes_in},"bytes_out":${e.bytes_out},"code":${quoteOrNull(e.code)},"details":${canonicalDetails(e.details)},"duration_ms":${e.duration_ms},"id":"${e.id}","on_behalf_of":${quoteOrNull(e.on_behalf_of)},"outcome":"${e.outcome}","policy":${quoteOrNull(e.policy)},"prev_hash":"
","reason":${quoteOrNull(e.reason)},"request_id":${quoteOrNull(e.request_id)},"rule":${quoteOrNull(e.rule)},"seq":
,"service":${quoteOrNull(e.service)},"session_id":${quoteOrNull(e.session_id)},"source_process":${quoteOrNull(e.source_process)},"target":${quoteOrNull(e.target)},"tenant":${quote(e.tenant)},"time":"${e.time}","trace_id":${quoteOrNull(e.trace_id)}}`;
}

/** Canonical JSON of a numbered entry: exactly what is stored and hashed. */
export function canonicalEntry(entry: AuditEntry): string {
  const [a, b, c] = canonicalRuns(entry).split('\n');
  return `${a}${entry.prev_hash}${b}${entry.seq}${c}`;
}

/** The entry of a stored row. Throws SyntaxError when the text is not JSON. */
export function entryOf(body: string, hash: string): AuditEntry {
  const entry = JSON.parse(body) as AuditEntry;
  entry.hash = hash;
  return entry;
}
