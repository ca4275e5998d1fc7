import type { FastifyReply } from 'fastify';
import { ERROR_CATALOGUE, isErrorCode } from '#contract';

export interface ProblemInput {
  readonly code: string;
  readonly status: number;
  readonly detail: string;
  readonly request_id: string;
  readonly data?: unknown;
}

/** RFC 9457 problem document; `hint`, `errors` and other facts travel as extension members. */
export function problem({ code, status, detail, request_id, data }: ProblemInput): Record<string, unknown> {
  return {
    type: `urn:aegis:error:${code.toLowerCase().replaceAll('_', '-')}`,
    title: isErrorCode(code) ? ERROR_CATALOGUE[code].title : 'Error',
    status,
    detail,
    instance: `urn:aegis:request:${request_id}`,
    code,
    request_id,
    ...(typeof data === 'object' && data !== null ? data : {}),
  };
}

/** Where nobody can say when there will be room again. */
const RETRY_SECONDS = 5;

/** The headers an error owes beside its body. */
export function errorHeaders(reply: FastifyReply, body: Record<string, unknown>): void {
  if (reply.statusCode === 401) reply.header('www-authenticate', 'Bearer realm="aegis"');
  if (reply.statusCode === 429) reply.headers(limitHeaders(body));
}

/**
 * draft-ietf-httpapi-ratelimit-headers: which limit was met and in how many seconds it is worth trying again. The older
 * `X-RateLimit-*` say the same; their reset is a Unix time in seconds.
 */
function limitHeaders(body: Record<string, unknown>): Record<string, string> {
  const { retry_after_seconds, policy, limit, window_seconds } = body;
  const seconds = typeof retry_after_seconds === 'number' ? retry_after_seconds : RETRY_SECONDS;
  const headers: Record<string, string> = { 'retry-after': String(seconds) };
  if (typeof policy !== 'string' || typeof limit !== 'number') return headers;
  const window = typeof window_seconds === 'number' ? `;w=${window_seconds}` : '';
  return {
    ...headers,
    'ratelimit-policy': `"${policy}";q=${limit}${window}`,
    ratelimit: `"${policy}";r=0;t=${seconds}`,
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset': String(Math.ceil(Date.now() / 1000) + seconds),
  };
}
