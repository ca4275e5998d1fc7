import type { FastifyRequest } from 'fastify';
import { AegisError } from '../../core/base/errors.ts';
import type { Principal } from '../../core/base/principal.ts';

/**
 * Only GET reads its fields from the query. A DELETE without a body may have them there as well; anywhere else they would
 * be ignored, and whoever wrote them would never know.
 */
export function readQuery(request: FastifyRequest): void {
  const { method, query } = request;
  if (method === 'GET' || method === 'HEAD' || typeof query !== 'object' || query === null) return;
  const names = Object.keys(query);
  if (names.length === 0) return;
  if (method === 'DELETE' && request.body === undefined) {
    request.body = { ...query };
    return;
  }
  const errors = names.map((name) => ({ pointer: `/${name}`, detail: `not in the query of a ${method}` }));
  throw new AegisError('INVALID_INPUT', `The query of a ${method} is not read: ${names.join(', ')}.`, {
    hint: 'Send the fields in the body, as JSON.',
    data: { errors },
  });
}

/**
 * A cookie goes along by itself, so a request that changes something and is identified by cookie must prove it comes
 * from our own page: browsers always send Origin then, and the guard has checked it.
 */
export function assertMethodAllowed(request: FastifyRequest, principal: Principal | null): void {
  if (principal?.kind !== 'console' || request.method === 'GET' || request.method === 'HEAD') return;
  if (request.headers.origin === undefined) {
    throw new AegisError(
      'ORIGIN_REFUSED',
      'A change made with the console cookie must come from the console page.',
      {
        hint: 'Use a bearer token for scripts.',
      },
    );
  }
}
