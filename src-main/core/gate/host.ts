import { isIpAddress } from './addresses.ts';

/** A host and port somebody named, in the one spelling everything else compares. */
export interface TargetHost {
  /** Lower case, no trailing dot, IPv6 without brackets. */
  readonly host: string;
  /** Undefined where none was named. */
  readonly port: number | undefined;
}

const NAME =
  /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*$/;
/** WHATWG reads a host whose last label is a number as an IPv4 address: `127.1`, `2130706433`, `0x7f.1`. */
const NUMERIC_END = /(?:^|\.)(?:\d+|0x[0-9a-f]*)$/;

/**
 * Reads `host`, `host:port`, `[v6]` or `[v6]:port`. One trailing dot is dropped and letters are lowered; user info,
 * escapes, zone ids, characters outside ASCII and odd spellings of IP addresses are refused (undefined), because
 * somebody further down would read them differently.
 */
export function parseTargetHost(text: string): TargetHost | undefined {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/.exec(text);
  if (!match) return undefined;
  const port = match[3] === undefined ? undefined : Number(match[3]);
  if (port !== undefined && (port < 1 || port > 65_535)) return undefined;
  if (match[1] !== undefined) {
    const host = match[1].toLowerCase();
    return host.includes(':') && isIpAddress(host) ? { host, port } : undefined;
  }
  const host = (match[2] ?? '').toLowerCase().replace(/\.$/, '');
  if (!NAME.test(host)) return undefined;
  if (NUMERIC_END.test(host) && !isIpAddress(host)) return undefined;
  return { host, port };
}

/** As it stands in a URL or a Host header. */
export const hostInUrl = (host: string): string => (host.includes(':') ? `[${host}]` : host);
