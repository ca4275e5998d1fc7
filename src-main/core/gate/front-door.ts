import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Callers } from './callers.ts';
import type { Refusal } from './refusal.ts';

/** More header lines than any honest client sends; the parser's own byte limit stands beside it. */
const MAX_HEADER_LINES = 100;

/** Where the Gate is, as callers may name it. */
export interface Address {
  readonly port: number;
  /** Further names it may be called by, lower case, without port. */
  readonly names: ReadonlySet<string>;
  readonly callers: Callers;
}

/**
 * What is checked before anybody asks who is calling: a framing two parsers could read differently, a foreign page or
 * host name, and forms of request the Gate does not take.
 */
export function frontDoor(req: IncomingMessage, address: Address): Refusal | undefined {
  return framing(req) ?? caller(req, address) ?? form(req);
}

function framing(req: IncomingMessage): Refusal | undefined {
  const raw = req.rawHeaders;
  if (raw.length > MAX_HEADER_LINES * 2) {
    return {
      code: 'HEADERS_TOO_LARGE',
      detail: `The request has more than ${MAX_HEADER_LINES} header lines.`,
      hint: 'Send fewer headers.',
      close: true,
    };
  }
  // Node keeps the first of several Host lines and says nothing: count them in what really came.
  let hosts = 0;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i] ?? '';
    if (name.length === 4 && name.toLowerCase() === 'host') hosts += 1;
  }
  if (hosts !== 1) {
    return malformed(
      hosts === 0 ? 'The request has no Host header.' : 'The request has more than one Host header.',
    );
  }
  const encoding = req.headers['transfer-encoding'];
  if (encoding === undefined) return undefined;
  // Several lines arrive joined with a comma, so one comparison covers them as well.
  if (encoding.toLowerCase() !== 'chunked') {
    return malformed('The only Transfer-Encoding taken is a single "chunked".');
  }
  if (req.httpVersion !== '1.1') return malformed('HTTP/1.0 has no Transfer-Encoding.');
  if (req.headers['content-length'] !== undefined) {
    return malformed('The request has both Content-Length and Transfer-Encoding.');
  }
  return undefined;
}

/** A browser can be made to call loopback addresses by any page, so pages are refused, whatever they carry. */
function caller(req: IncomingMessage, { port, names, callers }: Address): Refusal | undefined {
  const { host, origin } = req.headers;
  if (host === undefined || !callers.isKnownHost(req.socket, host)) {
    if (host === undefined || !isOwnHost(host.toLowerCase(), req.socket, port, names)) {
      return {
        code: 'ORIGIN_REFUSED',
        detail: 'The Host header does not name the address the Gate listens on.',
        hint: `Call the Gate by its address, such as http://127.0.0.1:${port}.`,
        close: true,
      };
    }
    callers.knowHost(req.socket, host);
  }
  const site = req.headers['sec-fetch-site'];
  if (origin === undefined && (site === undefined || site === 'none')) return undefined;
  return {
    code: 'ORIGIN_REFUSED',
    detail: 'The request comes from a web page (it has an Origin or Sec-Fetch-Site header).',
    hint: 'Call the Gate from a program, not from a page in a browser.',
    close: true,
  };
}

/**
 * The literal address the socket arrived at, which no DNS answer can be bent to, or on loopback `localhost`, which no
 * public DNS answers for.
 */
function isOwnHost(host: string, socket: Socket, port: number, names: ReadonlySet<string>): boolean {
  const suffix = `:${port}`;
  const bare = host.endsWith(suffix) ? host.slice(0, -suffix.length) : port === 80 ? host : undefined;
  if (bare === undefined) return false;
  if (names.has(bare)) return true;
  const local = socket.localAddress ?? '';
  const own = local.startsWith('::ffff:') ? local.slice(7) : local;
  if (own.startsWith('127.') || own === '::1') {
    return bare === '127.0.0.1' || bare === 'localhost' || bare === '[::1]' || bare === own;
  }
  return bare === (own.includes(':') ? `[${own}]` : own);
}

function form(req: IncomingMessage): Refusal | undefined {
  if (req.method === 'TRACE') {
    return {
      code: 'METHOD_REFUSED',
      detail: 'TRACE would send the injected key back.',
      hint: 'Use another method.',
    };
  }
  const url = req.url ?? '';
  if (url.charCodeAt(0) !== 0x2f && /^[a-z][a-z0-9+.-]*:/i.test(url)) {
    return {
      code: 'REQUEST_MALFORMED',
      detail:
        'The request target is a whole URL, as for a forward proxy; the Gate does not take that form yet.',
      hint: 'Use /{service}/{path} as base URL, and leave HTTP_PROXY unset for the Gate.',
      close: true,
    };
  }
  if (req.headers.upgrade?.toLowerCase().includes('websocket')) {
    return {
      code: 'NOT_SUPPORTED_HERE',
      detail: 'The Gate does not carry WebSockets yet.',
      hint: 'Use the HTTP or server-sent events form of this service.',
      close: true,
    };
  }
  return undefined;
}

export const malformed = (detail: string): Refusal => ({
  code: 'REQUEST_MALFORMED',
  detail,
  hint: 'Send a request that follows RFC 9112.',
  close: true,
});

/** CONNECT, which Node hands over as a bare socket. */
export const connectRefused: Refusal = {
  code: 'METHOD_REFUSED',
  detail: 'The Gate does not answer CONNECT yet.',
  hint: 'Use /{service}/{path} as base URL, and leave HTTPS_PROXY unset for the Gate.',
  close: true,
};
