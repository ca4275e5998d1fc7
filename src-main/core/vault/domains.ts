/**
 * Where a credential may go. Patterns are normalised once, when they are stored; hosts are brought into the same form
 * when they are judged, so that no second spelling of a host (case, trailing dot, Unicode, odd IP notation) is judged
 * differently from the one that is dialled.
 *
 *   api.example.com        that host, on the default ports (443 and 80; plain HTTP has its own switch)
 *   api.example.com:8443   that host, on that port alone
 *   *.example.com          any host below example.com at any depth, but not example.com itself, and nothing that lies
 *                          below a public suffix in between (*.amazonaws.com does not cover x.s3.amazonaws.com)
 *   203.0.113.7  [2001:db8::7]:8443   one address, in its usual notation
 */
import { domainToASCII } from 'node:url';
import ipaddr from 'ipaddr.js';
import { getDomain, getPublicSuffix } from 'tldts';
import type { Credential } from '#contract';

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: string };

export interface DomainPattern {
  /** The normalised spelling, as stored and shown. */
  readonly text: string;
  /** Needs `allow_private`: an address or name that is not on the public internet. */
  readonly private: boolean;
}

const PLAIN_HOST = /^(?=.{1,253}$)(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))*$/;
const LAST_LABEL_NUMERIC = /(?:^|\.)(?:\d+|0x[0-9a-f]*)$/;
const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const PRIVATE_NAME = /(?:^|\.)(?:localhost|local|internal|lan|intranet|home\.arpa)$/;
const PUBLIC_SUFFIXES = { allowPrivateDomains: true } as const;
const DEFAULT_PORTS: ReadonlySet<number> = new Set([443, 80]);

const problem = (text: string): { ok: false; problem: string } => ({ ok: false, problem: text });

/**
 * One spelling for one host: lower case, A-labels (UTS #46), no trailing dot, IPv6 in brackets and compressed.
 * Refuses whatever a resolver or URL parser could read differently.
 */
export function canonicalHost(input: string): Parsed<string> {
  if (input.startsWith('[') || input.includes(':')) return canonicalIpv6(input);
  const undotted = input.endsWith('.') ? input.slice(0, -1) : input;
  if (undotted === '') return problem('is empty');
  const lower = undotted.toLowerCase();
  if (IPV4.test(lower)) return { ok: true, value: lower };
  // domainToASCII decodes %61 and turns 127.1 into 127.0.0.1; both are spellings nobody needs and guards stumble over.
  if (/[%/\\?#@\s]/.test(lower)) return problem('holds a character no host name has');
  const ascii = PLAIN_HOST.test(lower) && !lower.includes('xn--') ? lower : domainToASCII(lower);
  if (LAST_LABEL_NUMERIC.test(ascii))
    return problem('is an IP address in an unusual notation; write it as 127.0.0.1');
  if (ascii === '' || !PLAIN_HOST.test(ascii)) return problem('is not a valid host name');
  return { ok: true, value: ascii };
}

function canonicalIpv6(input: string): Parsed<string> {
  const bare = input.startsWith('[') && input.endsWith(']') ? input.slice(1, -1) : input;
  if (!/^[0-9a-f:.]+$/i.test(bare) || !ipaddr.IPv6.isValid(bare))
    return problem('is not a valid IPv6 address');
  const address = ipaddr.IPv6.parse(bare);
  if (address.isIPv4MappedAddress())
    return problem('is an IPv4 address in IPv6 notation; write it as 127.0.0.1');
  return { ok: true, value: `[${address.toRFC5952String()}]` };
}

/** `host`, `host:port`, `[v6]`, `[v6]:port`. */
function splitPort(text: string): Parsed<{ host: string; port: string }> {
  const found = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(text);
  if (!found?.[1]) {
    return problem(
      text.includes('::')
        ? 'is an IPv6 address without brackets; write it as [::1]'
        : 'is not a host or host:port',
    );
  }
  const port = found[2];
  if (port === undefined) return { ok: true, value: { host: found[1], port: '' } };
  const number = Number(port);
  if (number < 1 || number > 65_535 || String(number) !== port)
    return problem('has a port that is not 1 to 65535');
  return { ok: true, value: { host: found[1], port: `:${number}` } };
}

/** Not on the public internet: loopback, private, link-local, metadata and other special addresses, and local names. */
export function isPrivateHost(host: string): boolean {
  const bare = host.startsWith('[') ? host.slice(1, -1) : host;
  if (ipaddr.isValid(bare)) return ipaddr.parse(bare).range() !== 'unicast';
  return PRIVATE_NAME.test(host) || !host.includes('.');
}

/** Checks and normalises one pattern as a person writes it. The problem reads after "The domain "x" ...". */
export function parseDomainPattern(input: string): Parsed<DomainPattern> {
  const trimmed = input.trim();
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed))
    return problem('is a URL; write the host alone, such as api.example.com');
  const split = splitPort(trimmed);
  if (!split.ok) return split;
  const { host, port } = split.value;
  const wildcard = host.startsWith('*.');
  const base = wildcard ? host.slice(2) : host;
  if (base.includes('*')) {
    return problem('uses * other than as a first label; write each host, or *.example.com');
  }
  const canonical = canonicalHost(base);
  if (!canonical.ok) return canonical;
  if (wildcard) {
    const refused = wildcardProblem(canonical.value);
    if (refused) return problem(refused);
  }
  const text = `${wildcard ? '*.' : ''}${canonical.value}${port}`;
  return { ok: true, value: { text, private: isPrivateHost(canonical.value) } };
}

function wildcardProblem(base: string): string | undefined {
  if (base.startsWith('[') || IPV4.test(base)) return 'is a wildcard over an IP address';
  if (getPublicSuffix(base, PUBLIC_SUFFIXES) !== base) return undefined;
  return `would cover everybody who registers a name under ${base}; name your own domain, such as *.example.${base}`;
}

/**
 * Whether one of the normalised patterns covers the host and port. An unreadable host is covered by nothing.
 * Used for every request of the Gate: no allocation worth speaking of, no cache.
 */
export function matchDomain(patterns: readonly string[], host: string, port: number): boolean {
  const canonical = canonicalHost(host);
  if (!canonical.ok) return false;
  return patterns.some((pattern) => covers(pattern, canonical.value, port, DEFAULT_PORTS));
}

/** @param otherwise the ports a pattern without one stands for; undefined for any */
function covers(
  pattern: string,
  host: string,
  port: number,
  otherwise: ReadonlySet<number> | undefined,
): boolean {
  const colon = pattern.endsWith(']') ? -1 : pattern.lastIndexOf(':');
  const name = colon === -1 ? pattern : pattern.slice(0, colon);
  const portFits =
    colon === -1 ? otherwise === undefined || otherwise.has(port) : Number(pattern.slice(colon + 1)) === port;
  if (!portFits) return false;
  if (!name.startsWith('*.')) return name === host;
  return host.endsWith(name.slice(1)) && host.length >= name.length && sameRegistrant(name.slice(2), host);
}

/** False when a public suffix lies between the wildcard's base and the host: then the host is somebody else's. */
function sameRegistrant(base: string, host: string): boolean {
  const domain = getDomain(host, PUBLIC_SUFFIXES);
  return domain !== null && domain.length <= base.length;
}

/** Port of an http(s) URL, with the scheme's default filled in. */
export const portOf = (url: URL): number =>
  url.port === '' ? (url.protocol === 'http:' ? 80 : 443) : Number(url.port);

/**
 * The upstream is named by the person who stores the credential, so a pattern without a port covers it on any port; one
 * with a port still means that port.
 */
export const coversUpstream = (patterns: readonly string[], upstream: URL): boolean => {
  const canonical = canonicalHost(upstream.hostname);
  return (
    canonical.ok && patterns.some((pattern) => covers(pattern, canonical.value, portOf(upstream), undefined))
  );
};

/**
 * The Gate's one question about a target: may this credential be sent to this host and port? True for the credential's own
 * upstream (checked when it was stored, and bound to the secret since) and for whatever its domains cover.
 */
export function coversTarget(
  credential: Pick<Credential, 'domains' | 'upstream'>,
  host: string,
  port: number,
): boolean {
  if (matchDomain(credential.domains, host, port)) return true;
  if (credential.upstream === null) return false;
  const upstream = new URL(credential.upstream);
  const canonical = canonicalHost(host);
  const own = canonicalHost(upstream.hostname);
  return canonical.ok && own.ok && canonical.value === own.value && portOf(upstream) === port;
}
