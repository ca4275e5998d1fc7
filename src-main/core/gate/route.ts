import type { Credential } from '#contract';
import { coversTarget } from '../vault/index.ts';
import { parseTargetHost } from './host.ts';
import type { Refusal } from './refusal.ts';
import type { Origin } from './upstreams.ts';

/** Where a request of one credential goes. */
export interface Route {
  readonly origin: Origin;
  /** Path of the credential's upstream, put before the request's own; no slash at the end. */
  readonly basePath: string;
}

/** Credentials are frozen and change identity when they change, so what follows from one is worked out once. */
const defaults = new WeakMap<Credential, Route | Refusal>();

/**
 * The target of a request: the host the agent asked for in X-Target-Host if the credential's domains cover it,
 * otherwise the credential's upstream or its first domain.
 */
export function routeOf(credential: Credential, requested: string | undefined): Route | Refusal {
  if (requested !== undefined) return requestedRoute(credential, requested);
  let route = defaults.get(credential);
  if (route === undefined) {
    route = defaultRoute(credential);
    defaults.set(credential, route);
  }
  return route;
}

function defaultRoute(credential: Credential): Route | Refusal {
  if (credential.upstream !== null) return upstreamRoute(credential, new URL(credential.upstream));
  const first = credential.domains.find((domain) => !domain.startsWith('*.'));
  if (first === undefined) {
    return {
      code: 'DOMAIN_GUARD',
      detail: `The credential "${credential.name}" covers a whole domain (${credential.domains.join(', ')}) and no host in particular.`,
      hint: 'Name the host in an X-Target-Host header.',
      data: { allowed: credential.domains },
    };
  }
  return requestedRoute(credential, first);
}

function upstreamRoute(credential: Credential, url: URL): Route | Refusal {
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase();
  const protocol = url.protocol === 'http:' ? 'http:' : 'https:';
  const port = url.port === '' ? (protocol === 'http:' ? 80 : 443) : Number(url.port);
  if (!coversTarget(credential, url.hostname, port)) return outside(credential, url.host);
  return {
    origin: { protocol, host, port, allowPrivate: credential.allow_private },
    basePath: url.pathname.replace(/\/+$/, ''),
  };
}

function requestedRoute(credential: Credential, requested: string): Route | Refusal {
  const target = parseTargetHost(requested);
  if (!target) {
    return {
      code: 'DOMAIN_GUARD',
      detail: 'X-Target-Host is not a plain host or host:port.',
      hint: 'Send the host alone, such as api.example.com, in ASCII and without user, path or scheme.',
      data: { allowed: credential.domains },
    };
  }
  if (credential.upstream !== null) {
    const own = upstreamRoute(credential, new URL(credential.upstream));
    if ('code' in own) return own;
    const samePort = target.port === undefined || target.port === own.origin.port;
    if (target.host === own.origin.host && samePort) return own;
  }
  const port = target.port ?? 443;
  if (!coversTarget(credential, target.host, port)) return outside(credential, requested);
  return {
    origin: {
      // Plain HTTP needs leave of its own, which the address guard asks for.
      protocol: port === 80 ? 'http:' : 'https:',
      host: target.host,
      port,
      allowPrivate: credential.allow_private,
    },
    basePath: '',
  };
}

const outside = (credential: Credential, requested: string): Refusal => ({
  code: 'DOMAIN_GUARD',
  detail: `The credential "${credential.name}" may not be sent to ${requested.slice(0, 260)}.`,
  hint: `It is meant for ${credential.domains.join(', ')}. Ask the owner to add the host, or use another credential.`,
  data: { requested: requested.slice(0, 260), allowed: credential.domains },
});
