import type { LookupAddress } from 'node:dns';
import { lookup as dnsLookup } from 'node:dns/promises';
import type { LookupFunction } from 'node:net';
import { type Dispatcher, Pool } from 'undici';
import { AegisError } from '../base/errors.ts';
import { isIpAddress, specialAddress } from './addresses.ts';
import { hostInUrl } from './host.ts';

/** How long a name's checked addresses are used without asking the resolver again. */
const CHECK_MS = 30_000;
const RESOLVE_TIMEOUT_MS = 5_000;
/** Wildcard domains let an agent name many hosts: the least used pool makes room. */
const MAX_UPSTREAMS = 256;

/** Finds all addresses of a name. The system's resolver unless a test brings its own. */
export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

export interface UpstreamOptions {
  readonly resolve: Resolve;
  readonly connectTimeoutMs: number;
  readonly headersTimeoutMs: number;
  readonly bodyTimeoutMs: number;
  /** Sockets per origin; more requests wait their turn. */
  readonly connections: number;
  /** Certificates to trust instead of the system's, in PEM. */
  readonly ca?: string | undefined;
}

export const systemResolve: Resolve = (host) => dnsLookup(host, { all: true, verbatim: true });

/** Where requests go: scheme, host, port, and whether private addresses may be reached. */
export interface Origin {
  readonly protocol: 'http:' | 'https:';
  /** Lower case; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  readonly allowPrivate: boolean;
}

type Check = { readonly addresses: readonly LookupAddress[]; readonly at: number };

/**
 * One origin with its pool of keep-alive sockets. A connection is only ever made to an address that was checked: the
 * name is resolved here, every address of it must be reachable by the rules, and the socket is given those addresses and
 * nothing else to dial, while certificate and SNI go by the name. So the answer cannot change between check and use
 * (DNS rebinding), and a pooled socket leads to a checked address for as long as it lives.
 */
export class Upstream {
  readonly origin: Origin;
  /** As the Host header says it. */
  readonly authority: string;
  readonly #options: UpstreamOptions;
  readonly #pool: Pool;
  #checked: Check | undefined;
  #checking: Promise<Check> | undefined;
  /** For eviction: the place of its last use among all uses, and the requests that need it still. */
  usedAt = 0;
  inFlight = 0;

  constructor(origin: Origin, options: UpstreamOptions) {
    this.origin = origin;
    this.#options = options;
    const { protocol, host, port } = origin;
    this.authority =
      port === (protocol === 'https:' ? 443 : 80) ? hostInUrl(host) : `${hostInUrl(host)}:${port}`;
    this.#pool = new Pool(`${protocol}//${this.authority}`, {
      connections: options.connections,
      pipelining: 1,
      headersTimeout: options.headersTimeoutMs,
      bodyTimeout: options.bodyTimeoutMs,
      maxHeaderSize: 64 * 1024,
      keepAliveTimeout: 30_000,
      keepAliveMaxTimeout: 300_000,
      connect: {
        timeout: options.connectTimeoutMs,
        // An IP literal is never looked up; `check` has judged it before.
        lookup: this.#lookup,
        autoSelectFamily: true,
        ...(options.ca === undefined ? {} : { ca: options.ca }),
      },
    });
  }

  /** Checked lately: requests may go without waiting. */
  isFresh(now: number): boolean {
    return this.#checked !== undefined && now - this.#checked.at < CHECK_MS;
  }

  /**
   * Resolves and judges every address of the host.
   * @throws ADDRESS_GUARD when one of them must not be reached; the resolver's own error when there is none
   */
  async check(now: number): Promise<void> {
    this.#checking ??= this.#resolve(now).finally(() => {
      this.#checking = undefined;
    });
    await this.#checking;
  }

  dispatch(options: Dispatcher.DispatchOptions, handler: Dispatcher.DispatchHandler): void {
    this.#pool.dispatch(options, handler);
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  async #resolve(now: number): Promise<Check> {
    const { host, allowPrivate, protocol } = this.origin;
    const addresses = isIpAddress(host)
      ? [{ address: host, family: host.includes(':') ? 6 : 4 }]
      : await withTimeout(this.#options.resolve(host), host);
    if (addresses.length === 0)
      throw Object.assign(new Error(`${host} has no address`), { code: 'ENOTFOUND' });
    if (!allowPrivate) {
      if (protocol === 'http:') throw guard(host, 'Plain HTTP would carry the key unencrypted.');
      for (const { address } of addresses) {
        const special = specialAddress(address);
        if (special !== undefined) {
          this.#checked = undefined;
          throw guard(host, `${host} leads to ${address}, which is not a public address (${special}).`);
        }
      }
    }
    this.#checked = { addresses, at: now };
    return this.#checked;
  }

  /** What sockets dial: the checked addresses; checked again when the answer has aged. */
  readonly #lookup: LookupFunction = (_hostname, options, callback) => {
    const now = performance.now();
    const ready = this.isFresh(now) && this.#checked ? Promise.resolve(this.#checked) : this.#resolve(now);
    ready.then(
      ({ addresses }) => {
        const wanted = options.family === 4 || options.family === 6 ? options.family : 0;
        const fitting = addresses.filter(({ family }) => wanted === 0 || family === wanted);
        const first = fitting[0] ?? addresses[0];
        if (options.all) callback(null, fitting.length > 0 ? fitting : [...addresses]);
        else callback(null, first?.address ?? '', first?.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, '', 0),
    );
  };
}

/** All origins in use. */
export class Upstreams {
  readonly #options: UpstreamOptions;
  readonly #byKey = new Map<string, Upstream>();
  /** By identity of the origin, which routes keep: saves building the key for every request. */
  #byOrigin = new WeakMap<Origin, Upstream>();
  #uses = 0;

  constructor(options: UpstreamOptions) {
    this.#options = options;
  }

  get(origin: Origin): Upstream {
    const upstream = this.#byOrigin.get(origin) ?? this.#find(origin);
    this.#uses += 1;
    upstream.usedAt = this.#uses;
    return upstream;
  }

  #find(origin: Origin): Upstream {
    // Leave to reach private addresses is part of the key: its sockets are not lent to a credential without it.
    const key = `${origin.protocol}//${origin.host}:${origin.port}${origin.allowPrivate ? '!' : ''}`;
    let upstream = this.#byKey.get(key);
    if (!upstream) {
      if (this.#byKey.size >= MAX_UPSTREAMS) this.#evict();
      upstream = new Upstream(origin, this.#options);
      this.#byKey.set(key, upstream);
    }
    this.#byOrigin.set(origin, upstream);
    return upstream;
  }

  get size(): number {
    return this.#byKey.size;
  }

  async dispose(): Promise<void> {
    const all = [...this.#byKey.values()];
    this.#byKey.clear();
    await Promise.all(all.map((upstream) => upstream.close()));
  }

  #evict(): void {
    let oldest: [string, Upstream] | undefined;
    for (const entry of this.#byKey) {
      if (entry[1].inFlight === 0 && (!oldest || entry[1].usedAt < oldest[1].usedAt)) oldest = entry;
    }
    if (!oldest) return;
    this.#byKey.delete(oldest[0]);
    this.#byOrigin = new WeakMap();
    oldest[1].close().catch(() => undefined);
  }
}

const guard = (host: string, detail: string): AegisError =>
  new AegisError('ADDRESS_GUARD', detail, {
    hint: `If ${host} is meant to be reached, store the credential with "allow_private".`,
  });

async function withTimeout<T>(promise: Promise<T>, host: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () =>
        reject(Object.assign(new Error(`the name ${host} was not resolved in time`), { code: 'EAI_AGAIN' })),
      RESOLVE_TIMEOUT_MS,
    );
    timer.unref();
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
