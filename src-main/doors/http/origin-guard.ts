import type { IncomingMessage } from 'node:http';
import { networkInterfaces } from 'node:os';
import { AegisError } from '../../core/base/errors.ts';

const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'];

/**
 * Keeps foreign pages out: a page on another origin can make a browser send requests here (CSRF), and a host name that
 * resolves to this machine can make them look like its own (DNS rebinding). So `Host` must be one of ours, `Origin`, if
 * any, must be one of ours, and so must the fetch metadata of browsers.
 */
export class OriginGuard {
  readonly #hosts: ReadonlySet<string>;

  constructor(host: string, port: number) {
    const names = [
      ...LOOPBACK,
      ...(host === '0.0.0.0' || host === '::' ? localAddresses() : [bracketed(host)]),
    ];
    this.#hosts = new Set(names.flatMap((name) => [`${name}:${port}`, ...(port === 80 ? [name] : [])]));
  }

  /** Throws ORIGIN_REFUSED. `navigation` allows a link from elsewhere to open our page, which carries no authority. */
  check(
    { headers, headersDistinct }: Pick<IncomingMessage, 'headers' | 'headersDistinct'>,
    options: { navigation: boolean },
  ): void {
    const host = headers.host?.toLowerCase();
    // Node takes the first of several and says nothing; something in between may have taken another.
    if (host === undefined || !this.#hosts.has(host) || headersDistinct.host?.length !== 1) {
      throw refused(`The Host header ${JSON.stringify(headers.host ?? '')} does not name this server.`);
    }
    const { origin } = headers;
    if (origin !== undefined && !this.#isOurs(origin)) {
      throw refused(`Pages of ${JSON.stringify(origin)} may not call this server.`);
    }
    const site = headers['sec-fetch-site'];
    const own = site === undefined || site === 'same-origin' || site === 'none';
    const navigates = options.navigation && headers['sec-fetch-mode'] === 'navigate';
    if (!own && !navigates) throw refused('Pages of other sites may not call this server.');
  }

  #isOurs(origin: string): boolean {
    const match = /^http:\/\/(.+)$/.exec(origin.toLowerCase());
    return match?.[1] !== undefined && this.#hosts.has(match[1]);
  }
}

const refused = (detail: string): AegisError =>
  new AegisError('ORIGIN_REFUSED', detail, {
    hint: 'Open the console by the address Aegis printed when it started.',
  });

const bracketed = (host: string): string => (host.includes(':') ? `[${host}]` : host.toLowerCase());

const localAddresses = (): string[] =>
  Object.values(networkInterfaces())
    .flat()
    .flatMap((address) => (address === undefined ? [] : [bracketed(address.address)]));
