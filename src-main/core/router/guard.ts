import { ORPCError, ValidationError } from '@orpc/contract';
import { isErrorCode, type Permission, type ProcedureMeta } from '#contract';
import { AegisError } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { may, type Principal } from '../base/principal.ts';

/** Throws unless the principal may call a procedure declared with this permission. */
export function checkPermission(principal: Principal | null, needed: ProcedureMeta['permission']): void {
  if (needed === 'public') return;
  if (principal === null) {
    throw new AegisError('UNAUTHENTICATED', 'This call needs a sign-in.', {
      hint: 'Send "Authorization: Bearer <token>", or sign in to the console.',
    });
  }
  if (needed === 'signed-in') return;
  if (!may(principal, needed)) throw permissionMissing(needed);
}

const permissionMissing = (needed: Permission): AegisError =>
  new AegisError('PERMISSION_MISSING', `This call needs the permission ${needed}.`, {
    hint: 'Ask whoever runs this Aegis for a token with that permission.',
    data: { permission: needed },
  });

/**
 * Turns whatever was thrown into the error every door knows: a code of the catalogue, a sentence, a hint. What is not
 * ours is logged in full here and answered without detail.
 */
export function toWireError(error: unknown, log: Log, request_id: string): ORPCError<string, unknown> {
  if (error instanceof AegisError) return wire(error);
  if (error instanceof ORPCError) {
    if (isErrorCode(error.code)) return error;
    const invalid = validationError(error);
    if (invalid) return wire(invalid);
  }
  log.error({ err: error, request_id }, 'unexpected error');
  return wire(
    new AegisError('INTERNAL', 'Aegis met an error it did not expect.', {
      hint: `Look for ${request_id} in the log.`,
    }),
  );
}

const wire = (error: AegisError): ORPCError<string, unknown> =>
  new ORPCError(error.code, {
    status: error.status,
    message: error.message,
    data: { ...(error.hint === undefined ? {} : { hint: error.hint }), ...error.data },
  });

/** Input that does not fit its schema, as RFC 9457 extension `errors[{pointer, detail}]`. */
function validationError(error: ORPCError<string, unknown>): AegisError | undefined {
  if (error.code !== 'BAD_REQUEST') return undefined;
  const issues = error.cause instanceof ValidationError ? error.cause.issues : [];
  const errors = issues.map((issue) => ({
    pointer: `/${(issue.path ?? []).map((part) => pointerPart(typeof part === 'object' ? part.key : part)).join('/')}`,
    detail: issue.message,
  }));
  const detail =
    errors.length === 0
      ? 'The request cannot be read.'
      : errors.map((e) => `${e.pointer === '/' ? 'input' : e.pointer.slice(1)}: ${e.detail}`).join('; ');
  return new AegisError('INVALID_INPUT', detail, {
    hint: 'Correct the fields named and send it again.',
    data: { errors },
  });
}

/** RFC 6901 escaping. */
const pointerPart = (part: PropertyKey): string => String(part).replaceAll('~', '~0').replaceAll('/', '~1');
