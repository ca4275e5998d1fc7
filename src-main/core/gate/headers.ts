import type { Scrubber } from './scrub.ts';

/** Never leaves the Gate: hop-by-hop fields, everything an agent could call itself with, and who forwarded what. */
const NOT_UPSTREAM = new Set([
  // Agent-sent credentials. The Gate injects the only ones that count.
  'authorization',
  'x-api-key',
  'x-goog-api-key',
  'api-key',
  'proxy-authorization',
  'cookie',
  'cookie2',
  // Hop by hop (RFC 9110, 7.6.1), and framing, which undici writes anew.
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'te',
  'trailer',
  'transfer-encoding',
  'content-length',
  'upgrade',
  'http2-settings',
  'expect',
  // Always the checked target, never what the agent says.
  'host',
  'x-target-host',
  'x-host',
  'x-original-url',
  'x-rewrite-url',
  // Who is behind the Gate is nobody's business.
  'forwarded',
  'via',
  'x-real-ip',
  'x-client-ip',
  'x-cluster-client-ip',
  'true-client-ip',
  'cf-connecting-ip',
  'client-ip',
  // Overrides that would make the judged method another one.
  'x-http-method',
  'x-http-method-override',
  'x-method-override',
  // Only identity can be scrubbed without decoding.
  'accept-encoding',
]);

const NOT_UPSTREAM_PREFIX = /^(?:x-aegis-|x-forwarded-|sec-fetch-|proxy-)/;

/**
 * The agent's header lines as they may leave, in order and spelling, ready for the injected credential.
 * @param raw alternating names and values, as received
 * @param token the agent's own token: a line that carries it anywhere is dropped
 * @param alsoDrop lower-case name of the header the credential goes into
 */
export function forwardableHeaders(
  raw: readonly string[],
  token: string,
  alsoDrop: string | undefined,
): string[] {
  const named = connectionNames(raw);
  const out: string[] = [];
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? '';
    const value = raw[i + 1] ?? '';
    const lower = name.toLowerCase();
    if (NOT_UPSTREAM.has(lower) || lower === alsoDrop) continue;
    const first = lower.charCodeAt(0);
    if ((first === 0x78 || first === 0x73 || first === 0x70) && NOT_UPSTREAM_PREFIX.test(lower)) continue;
    if (named?.has(lower)) continue;
    // A token in a custom header would reach the service; outside the Gate it is worth nothing, but still a leak.
    if (value.length >= token.length && value.includes(token)) continue;
    out.push(name, value);
  }
  out.push('accept-encoding', 'identity');
  return out;
}

/** Fields the Connection header lists as meant for this hop only; undefined when there are none. */
function connectionNames(raw: readonly string[]): Set<string> | undefined {
  let names: Set<string> | undefined;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? '';
    if (name.length !== 10 || name.toLowerCase() !== 'connection') continue;
    for (const part of (raw[i + 1] ?? '').split(',')) {
      const option = part.trim().toLowerCase();
      if (option === 'keep-alive' || option === 'close' || option === '') continue;
      names ??= new Set();
      names.add(option);
    }
  }
  return names;
}

/** Never reaches the agent: cookies, hop-by-hop fields, and what would reconfigure a client towards the Gate. */
const NOT_DOWNSTREAM = new Set([
  'set-cookie',
  'set-cookie2',
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authentication-info',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'alt-svc',
  'strict-transport-security',
  'x-aegis-request-id',
]);

/** What the head of an upstream response says about its body, and the lines the agent may see. */
export interface ResponseHead {
  readonly headers: string[];
  /** Declared length in bytes; undefined when chunked or until close. */
  readonly length: number | undefined;
  /** Lower case; undefined for identity. */
  readonly encoding: string | undefined;
}

/**
 * The upstream's header lines as the agent may see them, with every echoed secret masked.
 * @param noStore the key is in the URL: nobody may keep the answer (cached pages would keep the key)
 */
export function responseHead(raw: readonly Buffer[], scrubber: Scrubber, noStore: boolean): ResponseHead {
  const headers: string[] = [];
  let length: number | undefined;
  let encoding: string | undefined;
  const named = connectionNamesRaw(raw);
  for (let i = 0; i < raw.length; i += 2) {
    const name = latin1(raw[i]);
    const lower = name.toLowerCase();
    if (NOT_DOWNSTREAM.has(lower) || named?.has(lower) || lower.startsWith('access-control-')) continue;
    if (noStore && lower === 'cache-control') continue;
    const value = latin1(raw[i + 1]);
    if (lower === 'content-length') {
      length = Number(value);
      continue;
    }
    if (lower === 'content-encoding') {
      const coding = value.trim().toLowerCase();
      if (coding !== '' && coding !== 'identity')
        encoding = encoding === undefined ? coding : `${encoding}, ${coding}`;
      continue;
    }
    headers.push(scrubber.text(name), scrubber.text(value));
  }
  if (noStore) headers.push('cache-control', 'no-store');
  return { headers, length, encoding };
}

const latin1 = (bytes: Buffer | undefined): string => (bytes === undefined ? '' : bytes.toString('latin1'));

function connectionNamesRaw(raw: readonly Buffer[]): Set<string> | undefined {
  for (let i = 0; i < raw.length; i += 2) {
    if (raw[i]?.length === 10) return connectionNames(raw.map(latin1));
  }
  return undefined;
}

/** Trailer lines the agent may see, masked like headers. */
export function trailerLines(raw: readonly (Buffer | string)[], scrubber: Scrubber): [string, string][] {
  const lines: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = asText(raw[i]);
    const lower = name.toLowerCase();
    if (NOT_DOWNSTREAM.has(lower) || lower === 'content-length' || lower === 'content-encoding') continue;
    if (lower.startsWith('access-control-') || lower.startsWith('x-aegis-')) continue;
    lines.push([scrubber.text(name), scrubber.text(asText(raw[i + 1]))]);
  }
  return lines;
}

const asText = (value: Buffer | string | undefined): string =>
  typeof value === 'string' ? value : latin1(value);
