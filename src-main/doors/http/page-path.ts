import { randomBytes } from 'node:crypto';

/**
 * Browsers send a cookie to every port of a host: one for 127.0.0.1 also reaches whatever an agent serves there, once
 * its user opens that page. So the console's cookie is bound to a path nobody can guess, `/c/<32 random bytes>`, which the
 * page learns when it signs in and calls below. No other server is asked for that path, so none gets the cookie.
 */
const PAGE_PATH = /^(\/c\/[A-Za-z0-9_-]{43})(\/.*)$/s;

export const newPagePath = (): `/${string}` => `/c/${randomBytes(32).toString('base64url')}`;

/** The page path in front of a request target, and the target without it. */
export function splitPagePath(url: string): { page: `/${string}` | undefined; target: string } {
  const match = PAGE_PATH.exec(url);
  if (match?.[1] === undefined || match[2] === undefined) return { page: undefined, target: url };
  return { page: match[1] as `/${string}`, target: match[2] };
}
