import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import type { Permission } from '#contract';
import { AegisError } from '../../core/base/errors.ts';
import type { Principal } from '../../core/base/principal.ts';
import type { Identity } from '../../core/identity/index.ts';
import type { Ledger } from '../../core/ledger/index.ts';
import type { Sessions } from '../../core/sessions/index.ts';

export const COOKIE = 'aegis_console';
/** A console sign-in ends after a working day, whatever happens. */
const SIGN_IN_MS = 12 * 60 * 60 * 1000;
/** One-time links are for now, not for later. */
const CODE_MS = 10 * 60 * 1000;
const MAX_CODES = 20;
const MAX_SIGN_INS = 200;

interface SignIn {
  readonly principal: Principal;
  readonly expires: number;
  readonly onEnd: Set<() => void>;
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
}

/** Who is calling over HTTP: bearer tokens, console cookies, one-time sign-in codes. */
export class SignIns {
  readonly #options: SignInsOptions;
  readonly #authTokenHash: Buffer | undefined;
  /** Keyed by the hash, so that the memory of this process holds no usable cookie. */
  readonly #signIns = new Map<string, SignIn>();
  readonly #codes = new Map<string, number>();
  /** Five failures in a minute lock the address for that minute. */
  readonly #failures = new RateLimiterMemory({ points: 5, duration: 60 });

  constructor(options: SignInsOptions) {
    this.#options = options;
    this.#authTokenHash = options.authToken === undefined ? undefined : sha256(options.authToken);
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

  /** The principal behind a request's headers, or null when it shows nothing. Throws on a token that is not valid. */
  async identify(headers: IncomingHttpHeaders, address: string): Promise<Principal | null> {
    const authorization = headers.authorization;
    if (authorization !== undefined) {
      await this.#assertNotLockedOut(address);
      const token = /^Bearer +([\x21-\x7e]{1,4096})$/i.exec(authorization)?.[1];
      const principal = token === undefined ? null : this.#byToken(token);
      if (principal) return principal;
      await this.#refuse(address, 'The token is not valid here.');
    }
    const cookie = readCookie(headers.cookie);
    return cookie === undefined ? null : (this.#find(cookie)?.principal ?? null);
  }

  #byToken(token: string): Principal | null {
    const hash = sha256(token);
    if (this.#authTokenHash && timingSafeEqual(hash, this.#authTokenHash))
      return admin('token', 'admin-token');
    const local = this.#options.localToken();
    if (local && timingSafeEqual(hash, sha256(local))) return admin('owner', 'owner');
    const hookSession = this.#options.sessions.authenticateHook(token);
    if (hookSession !== undefined) return sessionPrincipal(hookSession, hookSession);
    const agent = this.#options.identity.authenticate(token);
    if (agent?.session_id) return sessionPrincipal(agent.name, agent.session_id);
    return null;
  }

  /** Exchanges a token or a one-time code for a console cookie. Throws SIGN_IN_FAILED, RATE_LIMITED. */
  async login(
    input: { token?: string | undefined; code?: string | undefined },
    address: string,
  ): Promise<{ principal: Principal; cookie: string; max_age_seconds: number }> {
    await this.#assertNotLockedOut(address);
    const accepted =
      input.code === undefined ? this.#tokenMaySignIn(input.token) : this.#redeemCode(input.code);
    if (!accepted) {
      await this.#refuse(
        address,
        input.code === undefined
          ? 'The token is not valid here.'
          : 'The sign-in link was used already, or has expired.',
      );
    }
    const principal = admin('console', 'console');
    const cookie = randomBytes(32).toString('base64url');
    this.#dropExpired();
    await this.#options.ledger.append({
      action: 'auth.signed_in',
      outcome: 'allowed',
      actor: principal.name,
      details: { address },
    });
    this.#signIns.set(sha256(cookie).toString('hex'), {
      principal,
      expires: Date.now() + SIGN_IN_MS,
      onEnd: new Set(),
    });
    return { principal, cookie, max_age_seconds: SIGN_IN_MS / 1000 };
  }

  logout(headers: IncomingHttpHeaders): void {
    const cookie = readCookie(headers.cookie);
    if (cookie !== undefined) this.#end(sha256(cookie).toString('hex'));
  }

  /** Calls `hangUp` when the sign-in behind these headers ends; returns how to stop watching. */
  onEnd(headers: IncomingHttpHeaders, hangUp: () => void): () => void {
    const cookie = readCookie(headers.cookie);
    const signIn = cookie === undefined ? undefined : this.#find(cookie);
    signIn?.onEnd.add(hangUp);
    return () => signIn?.onEnd.delete(hangUp);
  }

  #tokenMaySignIn(token: string | undefined): boolean {
    const principal = token === undefined ? null : this.#byToken(token);
    // A session's token is for its hooks only.
    return principal !== null && principal.kind !== 'session';
  }

  #redeemCode(code: string): boolean {
    const key = sha256(code).toString('hex');
    const expires = this.#codes.get(key);
    this.#codes.delete(key);
    return expires !== undefined && expires > Date.now();
  }

  #find(cookie: string): SignIn | undefined {
    const key = sha256(cookie).toString('hex');
    const found = this.#signIns.get(key);
    if (found === undefined || found.expires > Date.now()) return found;
    this.#end(key);
    return undefined;
  }

  #end(key: string): void {
    const found = this.#signIns.get(key);
    this.#signIns.delete(key);
    for (const hangUp of found?.onEnd ?? []) hangUp();
  }

  #dropExpired(): void {
    const now = Date.now();
    for (const [key, { expires }] of this.#signIns) if (expires <= now) this.#end(key);
    for (const key of this.#signIns.keys()) {
      if (this.#signIns.size < MAX_SIGN_INS) break;
      this.#end(key);
    }
  }

  async #assertNotLockedOut(address: string): Promise<void> {
    const state = await this.#failures.get(address);
    if (state === null || state.consumedPoints < 5) return;
    const seconds = Math.max(1, Math.ceil(state.msBeforeNext / 1000));
    throw new AegisError('RATE_LIMITED', 'Too many failed sign-ins from this address.', {
      hint: `Wait ${seconds} seconds and try again.`,
      data: { retry_after_seconds: seconds },
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

function readCookie(header: string | undefined): string | undefined {
  for (const part of header?.split(';') ?? []) {
    const [name, value] = part.trim().split('=', 2);
    if (name === COOKIE && value !== undefined && /^[A-Za-z0-9_-]{43}$/.test(value)) return value;
  }
  return undefined;
}

/** The cookie header of a sign-in. Without Secure: this door speaks plain HTTP on loopback. */
export const cookieHeader = (value: string, maxAgeSeconds: number): string =>
  `${COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict; Max-Age=${maxAgeSeconds}`;
