/** Checks what a person wants to store, all fields at once, and brings it into the form in which it is kept and judged. */
import {
  type AuthType,
  type Credential,
  CredentialInput,
  type CredentialScope,
  MAX_SECRET_BYTES,
} from '#contract';
import { AegisError } from '../base/errors.ts';
import { canonicalHost, coversUpstream, isPrivateHost, parseDomainPattern } from './domains.ts';
import { secretProblems } from './secret-rules.ts';

/** One field that is not valid: where (JSON pointer, RFC 6901) and why. */
export interface FieldProblem {
  readonly pointer: string;
  readonly detail: string;
}

export type CredentialRules = Pick<
  Credential,
  | 'name'
  | 'service'
  | 'domains'
  | 'auth_type'
  | 'header_name'
  | 'query_name'
  | 'scopes'
  | 'upstream'
  | 'allow_private'
>;

/** Framing, routing and identity of a request: if a secret could overwrite these, it could change where the rest goes. */
const RESERVED_HEADERS: ReadonlySet<string> = new Set([
  'accept-encoding',
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'forwarded',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'range',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'via',
  'x-target-host',
]);
const RESERVED_PREFIXES = ['x-aegis-', 'x-forwarded-', 'sec-', 'proxy-'];
/** RFC 3986 unreserved characters and the brackets some APIs use; anything else needs escaping somebody forgets. */
const QUERY_NAME = /^[A-Za-z0-9._~[\]-]{1,128}$/;

/**
 * @throws INVALID_INPUT with every problem in `data.errors`
 * @returns the rules in their stored form, with defaults filled in
 */
export function checkCredential(input: CredentialInput): CredentialRules {
  const problems: FieldProblem[] = [];
  const shape = CredentialInput.safeParse(input);
  if (!shape.success) {
    for (const issue of shape.error.issues) {
      problems.push({ pointer: `/${issue.path.map(String).join('/')}`, detail: issue.message });
    }
    throw invalid(problems);
  }
  const domains = checkDomains(input, problems);
  const rules: CredentialRules = {
    name: input.name,
    service: input.service,
    domains,
    auth_type: input.auth_type,
    header_name: checkHeaderName(input.auth_type, input.header_name, problems),
    query_name: checkQueryName(input.auth_type, input.query_name, problems),
    scopes: normaliseScopes(input.scopes),
    upstream: checkUpstream(input, domains, problems),
    allow_private: input.allow_private ?? false,
  };
  problems.push(...secretProblems(input.secret, input.auth_type, MAX_SECRET_BYTES));
  if (problems.length > 0) throw invalid(problems);
  return rules;
}

function invalid(problems: readonly FieldProblem[]): AegisError {
  const first = problems[0];
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : '';
  return new AegisError('INVALID_INPUT', `${first?.pointer.slice(1)}: ${first?.detail}${more}`, {
    hint: 'Correct the fields named and try again; nothing was stored.',
    data: { errors: problems },
  });
}

function checkDomains(input: CredentialInput, problems: FieldProblem[]): string[] {
  const domains = new Set<string>();
  input.domains.forEach((text, index) => {
    const pointer = `/domains/${index}`;
    const parsed = parseDomainPattern(text);
    if (!parsed.ok) {
      problems.push({ pointer, detail: `The domain "${text}" ${parsed.problem}.` });
    } else if (parsed.value.private && input.allow_private !== true) {
      problems.push({
        pointer,
        detail: `The domain "${text}" is private or local; set allow_private to send the secret there.`,
      });
    } else {
      domains.add(parsed.value.text);
    }
  });
  return [...domains];
}

function checkHeaderName(
  authType: AuthType,
  name: string | undefined,
  problems: FieldProblem[],
): string | null {
  const pointer = '/header_name';
  if (authType !== 'header') {
    if (name !== undefined)
      problems.push({ pointer, detail: 'Only the auth type "header" uses a header name.' });
    return null;
  }
  const chosen = name ?? 'X-Api-Key';
  const lower = chosen.toLowerCase();
  if (RESERVED_HEADERS.has(lower) || RESERVED_PREFIXES.some((prefix) => lower.startsWith(prefix))) {
    problems.push({
      pointer,
      detail: `The header ${chosen} steers the request itself and cannot carry a secret.`,
    });
  }
  return chosen;
}

function checkQueryName(
  authType: AuthType,
  name: string | undefined,
  problems: FieldProblem[],
): string | null {
  const pointer = '/query_name';
  if (authType !== 'query') {
    if (name !== undefined)
      problems.push({ pointer, detail: 'Only the auth type "query" uses a query name.' });
    return null;
  }
  const chosen = name ?? 'key';
  if (!QUERY_NAME.test(chosen)) {
    problems.push({
      pointer,
      detail: 'May contain letters, digits, dot, dash, underscore, tilde and brackets.',
    });
  }
  return chosen;
}

function normaliseScopes(scopes: readonly CredentialScope[] | undefined): CredentialScope[] {
  const set = new Set<CredentialScope>(scopes ?? ['*']);
  return set.has('*') ? ['*'] : [...set].sort();
}

function checkUpstream(
  input: CredentialInput,
  domains: readonly string[],
  problems: FieldProblem[],
): string | null {
  if (input.upstream === undefined) return null;
  const refuse = (detail: string): null => {
    problems.push({ pointer: '/upstream', detail });
    return null;
  };
  let url: URL;
  try {
    url = new URL(input.upstream);
  } catch {
    return refuse('Is not a URL.');
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:')
    return refuse('Must start with https:// or http://.');
  if (url.username !== '' || url.password !== '') return refuse('Must not hold a user name or password.');
  if (url.search !== '' || url.hash !== '' || /[?#]/.test(input.upstream)) {
    return refuse('Must not hold a query or fragment.');
  }
  if (/%2f|%5c|%2e|%00|\\/i.test(input.upstream))
    return refuse('Must not hold encoded slashes or dots in its path.');
  const written = /^[a-z]+:\/\/(\[[^\]]*\]|[^/:]*)/i.exec(input.upstream)?.[1] ?? '';
  const host = canonicalHost(written);
  if (!host.ok) return refuse(`Its host ${host.problem}.`);
  if (!coversUpstream(domains, url)) return refuse(`Its host ${url.host} is not one of the domains.`);
  if (input.allow_private !== true) {
    if (url.protocol === 'http:')
      return refuse('Is plain HTTP; set allow_private to send the secret unencrypted.');
    if (isPrivateHost(host.value)) {
      return refuse('Is a private or local address; set allow_private to send the secret there.');
    }
  }
  const path = url.pathname.replace(/\/+$/, '');
  return `${url.protocol}//${host.value}${url.port === '' ? '' : `:${url.port}`}${path}`;
}
