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

/** The headers an error owes beside its body. */
export function errorHeaders(reply: FastifyReply, body: Record<string, unknown>): void {
  if (reply.statusCode === 401) reply.header('www-authenticate', 'Bearer realm="aegis"');
  const retry = body.retry_after_seconds;
  if (reply.statusCode === 429 && typeof retry === 'number') reply.header('retry-after', String(retry));
}
