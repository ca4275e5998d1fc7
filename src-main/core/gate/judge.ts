import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Credential } from '#contract';
import { AegisError } from '../base/errors.ts';
import type { Callers } from './callers.ts';
import type { Inquiry } from './inquiry.ts';
import type { Opened, OpenedSecrets } from './opened.ts';
import type { GateAgent, GateIdentity, GateVault } from './ports.ts';
import { isRefusal, type Refusal } from './refusal.ts';
import { type Route, routeOf } from './route.ts';
import { parameter, parseTarget, type RequestTarget, withoutParameter, withoutText } from './target.ts';
import type { Upstream, Upstreams } from './upstreams.ts';

/** A request that passed every check but that of the address, with all that is needed to send it. */
export interface Admitted {
  readonly agent: GateAgent;
  /** The agent's token, so that it can be kept from going further. */
  readonly token: string;
  readonly credential: Credential;
  readonly opened: Opened;
  readonly upstream: Upstream;
  /** Path and query as sent. */
  readonly path: string;
}

const READ = new Set(['GET', 'HEAD', 'OPTIONS']);
const WRITE = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);

export interface JudgeParts {
  readonly vault: GateVault;
  readonly identity: GateIdentity;
  readonly callers: Callers;
  readonly opened: OpenedSecrets;
  readonly upstreams: Upstreams;
}

/**
 * The checks in their order: canonical target, agent, service, credential and grant, expiry, scope, domain, secret.
 * Decides from memory; changes nothing but what the inquiry has learned.
 */
export class Judge {
  readonly #parts: JudgeParts;

  constructor(parts: JudgeParts) {
    this.#parts = parts;
  }

  judge(req: IncomingMessage, inquiry: Inquiry): Admitted | Refusal {
    try {
      return this.#judge(req, inquiry);
    } catch (error) {
      // A locked vault or an unreadable secret say so themselves; anything else is a fault of ours, and a refusal too.
      if (error instanceof AegisError) {
        return { code: error.code, detail: error.message, hint: error.hint ?? '', data: error.data };
      }
      throw error;
    }
  }

  /** The agent a request speaks for, wherever the client put the token. */
  identify(req: IncomingMessage, query: string): { agent: GateAgent; token: string } | Refusal {
    let seen = false;
    for (const token of tokensIn(req.headers, query)) {
      seen = true;
      const agent = this.#parts.callers.authenticate(req.socket, token);
      if (agent) return { agent, token };
    }
    return seen
      ? {
          code: 'AGENT_AUTH_INVALID',
          detail: 'The agent token is unknown or was revoked.',
          hint: 'Use the token of a running session, or create an agent with "aegis agent create".',
        }
      : {
          code: 'AGENT_AUTH_MISSING',
          detail: 'The request carries no agent token.',
          hint: 'Send it in an X-Aegis-Agent header, or where your client puts its API key.',
        };
  }

  #judge(req: IncomingMessage, inquiry: Inquiry): Admitted | Refusal {
    const target = parseTarget(req.url ?? '');
    if ('problem' in target) {
      return {
        code: 'PATH_REFUSED',
        detail: `The request target ${target.problem}.`,
        hint: 'Send the path in its plain form, the way the service documents it.',
      };
    }
    const caller = this.identify(req, target.query);
    if (isRefusal(caller)) return caller;
    const { agent, token } = caller;
    inquiry.agent = agent;
    if (target.path.includes(token)) {
      inquiry.hide(token);
      return {
        code: 'PATH_REFUSED',
        detail: 'The path holds the agent token, which must not reach the service.',
        hint: 'Send the token in a header.',
      };
    }
    const chosen = this.#choose(agent, target, req, inquiry);
    if (isRefusal(chosen)) return chosen;
    const { credential, route } = chosen;
    const upstream = this.#parts.upstreams.get(route.origin);
    const path = route.basePath + target.path;
    inquiry.aim(upstream.authority, path);
    const opened = this.#parts.opened.open(credential, inquiry.started);
    const query = target.query === '' && !opened.query ? '' : outgoingQuery(target.query, token, opened);
    return { agent, token, credential, opened, upstream, path: path + query };
  }

  /** The first credential of the service that fits; otherwise why the first one the agent may use does not. */
  #choose(
    agent: GateAgent,
    target: RequestTarget,
    req: IncomingMessage,
    inquiry: Inquiry,
  ): { credential: Credential; route: Route } | Refusal {
    const all = target.service === '' ? [] : this.#parts.vault.forService(target.service);
    if (all.length === 0) {
      return {
        code: 'NO_CREDENTIAL',
        detail: `There is no credential for the service "${target.service.slice(0, 64)}".`,
        hint: 'The first part of the path names the service: /{service}/{path}. "aegis vault list" shows them.',
      };
    }
    inquiry.service = target.service;
    const requested = header(req.headers, 'x-target-host');
    let refusal: Refusal | undefined;
    for (const credential of all) {
      if (!this.#parts.identity.mayUse(agent.id, credential.id)) continue;
      inquiry.credential ??= credential;
      const route = examine(credential, inquiry.method, requested);
      if (!isRefusal(route)) {
        inquiry.credential = credential;
        return { credential, route };
      }
      refusal ??= route;
    }
    return (
      refusal ?? {
        code: 'AGENT_SCOPE',
        detail: `The agent "${agent.name}" has no grant for a credential of the service "${target.service}".`,
        hint: `Grant it in the app, or with "aegis agent grant ${agent.name}".`,
        data: { agent: agent.name },
      }
    );
  }
}

function examine(credential: Credential, method: string, requested: string | undefined): Route | Refusal {
  if (credential.expires_at !== null && Date.parse(credential.expires_at) <= Date.now()) {
    return {
      code: 'CREDENTIAL_EXPIRED',
      detail: `The credential "${credential.name}" expired at ${credential.expires_at}.`,
      hint: 'Store a new one.',
      data: { credential: credential.name, expired_at: credential.expires_at },
    };
  }
  if (!coversMethod(credential.scopes, method)) {
    return {
      code: 'CREDENTIAL_SCOPE',
      detail: `The credential "${credential.name}" does not cover ${method} (it has: ${credential.scopes.join(', ')}).`,
      hint: 'read covers GET, HEAD and OPTIONS; write covers POST, PUT, PATCH and DELETE; * covers every method.',
      data: { method, scopes: credential.scopes },
    };
  }
  return routeOf(credential, requested);
}

function coversMethod(scopes: readonly string[], method: string): boolean {
  for (const scope of scopes) {
    if (scope === '*') return true;
    if (scope === 'read' && READ.has(method)) return true;
    if (scope === 'write' && WRITE.has(method)) return true;
  }
  return false;
}

/** Candidates in order. An explicit X-Aegis-Agent stands alone: a wrong one is not papered over by another header. */
function* tokensIn(headers: IncomingHttpHeaders, query: string): Generator<string> {
  const explicit = header(headers, 'x-aegis-agent');
  if (explicit !== undefined) {
    yield explicit;
    return;
  }
  const { authorization } = headers;
  if (authorization !== undefined && /^bearer /i.test(authorization)) yield authorization.slice(7).trim();
  for (const name of ['x-api-key', 'x-goog-api-key']) {
    const key = header(headers, name);
    if (key !== undefined) yield key;
  }
  const google = parameter(query, 'key');
  if (google !== undefined && google !== '') yield google;
}

function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value.trim() : undefined;
}

/** The agent's query without its token, and with the key where the credential goes there. */
function outgoingQuery(query: string, token: string, opened: Opened): string {
  let out = query;
  if (out !== '' && (out.includes(token) || parameter(out, 'key') === token)) out = withoutText(out, token);
  if (opened.query) {
    out = withoutParameter(out, opened.query.name);
    out = `${out === '' ? '?' : `${out}&`}${opened.query.text}`;
  }
  return out;
}
