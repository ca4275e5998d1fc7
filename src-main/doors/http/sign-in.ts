import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Permission } from '#contract';
import { AegisError } from '../../core/base/errors.ts';
import type { Principal } from '../../core/base/principal.ts';
import type { Identity } from '../../core/identity/index.ts';
import type { Ledger } from '../../core/ledger/index.ts';
import type { Sessions } from '../../core/sessions/index.ts';
import { newPagePath, splitPagePath } from './page-path.ts';

const COOKIE = 'aegis_console';
/** A console sign-in ends after a working day, whatever happens. */
const SIGN_IN_MS = 12 * 60 * 60 * 1000;
/** One-time links are for now, not for later. */
const CODE_MS = 10 * 60 * 1000;
const MAX_CODES = 20;
const MAX_SIGN_INS = 200;
/** Other servers on this machine may set cookies for our host name, too. */
const MAX_COOKIES = 32;
/** Five failures in a minute lock the address for that minute. */
const TRIES = { points: 5, duration: 60 };
/** From here on a configured token cannot be guessed, however often it is tried. */
const UNGUESSABLE_LENGTH = 32;

interface SignIn {
  readonly principal: Principal;
  /** Hash of the path its page calls below. */
  readonly path: Buffer;
  readonly onEnd: Set<() => void>;
  readonly expiry: NodeJS.Timeout;
}

/** What a caller shows of itself. */
export interface Shown {
  readonly headers: IncomingHttpHeaders;
  /** Request target, with the page path if there is one. */
  readonly url: string;
  readonly address: string;
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
const admin = (kind: Principal['kind'], name: string): Principal => ({
  kind,
  name,
  permissions: new Set<Permission>(['admin']),
});

/** What an agent's own token is good for here: delivering events of its session. */
const sessionPrincipal = (name: string, session_id: string): Principal => ({
  kind: 'session',
  name,
  permissions: new Set<Permission>(['hooks:deliver']),
  session_id,
});

export interface SignInsOptions {
  readonly identity: Identity;
  readonly sessions: Sessions;
  readonly ledger: Ledger;
  /** Admin bearer token from the configuration. */
  readonly authToken: string | undefined;
  /** The token of local commands; null where no keychain answered. */
  readonly localToken: () => string | null;
  /** How long a console sign-in lasts. Default: a working day. */
  readonly signInMs?: number;
}

/** Who is calling over HTTP: bearer tokens, console cookies, one-time sign-in codes. */
export class SignIns {
  readonly #options: SignInsOptions;
  readonly #authTokenHash: Buffer | undefined;
  readonly #authTokenIsLong: boolean;
  readonly #signInMs: number;
  /** Keyed by the hash, so that the memory of this process holds no usable cookie. */
  readonly #signIns = new Map<string, SignIn>();
  readonly #codes = new Map<string, number>();
  readonly #failures = new RateLimiterMemory(TRIES);

  constructor(options: SignInsOptions) {
    this.#options = options;
    this.#authTokenHash = options.authToken === undefined ? undefined : sha256(options.authToken);
    this.#authTokenIsLong = (options.authToken?.length ?? 0) >= UNGUESSABLE_LENGTH;
    this.#signInMs = options.signInMs ?? SIGN_IN_MS;
  }

  dispose(): void {
    for (const key of [...this.#signIns.keys()]) this.#end(key);
  }

  /** A code for one sign-in within ten minutes, for the link printed on the terminal. */
  createCode(): string {
    const code = randomBytes(24).toString('base64url');
    if (this.#codes.size >= MAX_CODES) {
      const oldest = this.#codes.keys().next().value;
      if (oldest !== undefined) this.#codes.delete(oldest);
    }
    this.#codes.set(sha256(code).toString('hex'), Date.now() + CODE_MS);
    return code;
  }

  /**
   * The principal behind a request, or null when it shows nothing. Throws on a token that is not valid. A lock-out never
   * keeps out a token that cannot be guessed: otherwise any program here could lock the owner out by failing.
   */
  async identify({ headers, url, address }: Shown): Promise<Principal | null> {
    const { authorization } = headers;
    if (authorization === undefined) return this.#find(headers, url)?.signIn.principal ?? null;
    const token = /^Bearer +([\x21-\x7e]{1,4096})$/i.exec(authorization)?.[1];
    const known = token === undefined ? null : this.#byToken(token);
    if (known?.unguessable) return known.principal;
    await this.#assertNotLockedOut(address);
    return known ? known.principal : this.#refuse(address, 'The token is not valid here.');
  }

  #byToken(token: string): { principal: Principal; unguessable: boolean } | null {
    const hash = sha256(token);
    if (this.#authTokenHash && timingSafeEqual(hash, this.#authTokenHash))
      return { principal: admin('token', 'admin-token'), unguessable: this.#authTokenIsLong };
    const principal = this.#byOurToken(token, hash);
    return principal && { principal, unguessable: true };
  }

  /** Tokens we made ourselves: 256 random bits. */
  #byOurToken(token: string, hash: Buffer): Principal | null {
    const local = this.#options.localToken();
    if (local && timingSafeEqual(hash, sha256(local))) return admin('owner', 'owner');
    const hookSession = this.#options.sessions.authenticateHook(token);
    if (hookSession !== undefined) return sessionPrincipal(hookSession, hookSession);
    const agent = this.#options.identity.authenticate(token);
    return agent?.session_id ? sessionPrincipal(agent.name, agent.session_id) : null;
  }

  /** Exchanges a token or a one-time code for a console cookie. Throws SIGN_IN_FAILED, RATE_LIMITED. */
  async login(
    input: { token?: string | undefined; code?: string | undefined },
    address: string,
  ): Promise<{ principal: Principal; path: string; cookie: string }> {
    // A good code is let in whoever failed before, for the reason above; a token that somebody types is not.
    if (input.code === undefined || !this.#redeemCode(input.code)) {
      await this.#assertNotLockedOut(address);
      if (input.code !== undefined)
        await this.#refuse(address, 'The sign-in link was used already, or has expired.');
      else if (!this.#tokenMaySignIn(input.token))
        await this.#refuse(address, 'The token is not valid here.');
    }
    const principal = admin('console', 'console');
    const cookie = randomBytes(32).toString('base64url');
    const key = sha256(cookie).toString('hex');
    const path = newPagePath();
    this.#makeRoom();
    await this.#options.ledger.append({
      action: 'auth.signed_in',
      outcome: 'allowed',
      actor: principal.name,
      details: { address },
    });
    const expiry = setTimeout(() => this.#end(key), this.#signInMs);
    expiry.unref();
    this.#signIns.set(key, { principal, path: sha256(path), onEnd: new Set(), expiry });
    return { principal, path, cookie: cookieHeader(cookie, path, this.#signInMs / 1000) };
  }

  /** Ends the sign-in behind a request. Returns the header that removes its cookie. */
  logout({ headers, url }: Shown): string {
    const found = this.#find(headers, url);
    if (found) this.#end(found.key);
    return cookieHeader('', splitPagePath(url).page ?? '/', 0);
  }

  /** Calls `hangUp` when the sign-in behind a request ends, also by its age; returns how to stop watching. */
  onEnd({ headers, url }: Shown, hangUp: () => void): () => void {
    const signIn = this.#find(headers, url)?.signIn;
    signIn?.onEnd.add(hangUp);
    return () => signIn?.onEnd.delete(hangUp);
  }

  #tokenMaySignIn(token: string | undefined): boolean {
    const known = token === undefined ? null : this.#byToken(token);
    // A session's token is for its hooks only.
    return known !== null && known.principal.kind !== 'session';
  }

  #redeemCode(code: string): boolean {
    const key = sha256(code).toString('hex');
    const expires = this.#codes.get(key);
    this.#codes.delete(key);
    return expires !== undefined && expires > Date.now();
  }

  /** Both are needed: the cookie, which no script can read, and the page path, which goes to this port alone. */
  #find(headers: IncomingHttpHeaders, url: string): { key: string; signIn: SignIn } | undefined {
    const { page } = splitPagePath(url);
    if (page === undefined) return undefined;
    const path = sha256(page);
    for (const cookie of readCookies(headers.cookie)) {
      const key = sha256(cookie).toString('hex');
      const signIn = this.#signIns.get(key);
      if (signIn && timingSafeEqual(signIn.path, path)) return { key, signIn };
    }
    return undefined;
  }

  #end(key: string): void {
    const found = this.#signIns.get(key);
    if (!found) return;
    this.#signIns.delete(key);
    clearTimeout(found.expiry);
    for (const hangUp of found.onEnd) hangUp();
  }

  #makeRoom(): void {
    for (const key of [...this.#signIns.keys()]) {
      if (this.#signIns.size < MAX_SIGN_INS) break;
      this.#end(key);
    }
  }

  async #assertNotLockedOut(address: string): Promise<void> {
    const state = await this.#failures.get(address);
    if (state === null || state.consumedPoints < TRIES.points) return;
    const seconds = Math.max(1, Math.ceil(state.msBeforeNext / 1000));
    throw new AegisError('RATE_LIMITED', 'Too many failed sign-ins from this address.', {
      hint: `Wait ${seconds} seconds and try again.`,
      data: {
        retry_after_seconds: seconds,
        policy: 'sign-in',
        limit: TRIES.points,
        window_seconds: TRIES.duration,
      },
    });
  }

  async #refuse(address: string, detail: string): Promise<never> {
    await this.#failures.consume(address).catch(() => undefined);
    await this.#options.ledger.append({
      action: 'auth.refused',
      outcome: 'denied',
      actor: 'nobody',
      code: 'SIGN_IN_FAILED',
      reason: detail,
      details: { address },
    });
    throw new AegisError('SIGN_IN_FAILED', detail, {
      hint: 'Use the link Aegis printed when it started, or the token in AEGIS_AUTH_TOKEN.',
    });
  }
}

function readCookies(header: string | undefined): string[] {
  return (header?.split(';') ?? []).slice(0, MAX_COOKIES).flatMap((part) => {
    const [name, value] = part.trim().split('=', 2);
    return name === COOKIE && value !== undefined && /^[A-Za-z0-9_-]{43}$/.test(value) ? [value] : [];
  });
}

/** Without Secure: this door speaks plain HTTP on loopback. */
const cookieHeader = (value: string, path: string, maxAgeSeconds: number): string =>
  `${COOKIE}=${value}; Path=${path}; HttpOnly; SameSite=Strict; Max-Age=${maxAgeSeconds}`;
