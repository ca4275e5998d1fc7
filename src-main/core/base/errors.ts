import { ERROR_CATALOGUE, type ErrorCode } from '#contract';

/**
 * The one exception of the control plane. At a border (a door, the Gate) it becomes a value with a stable code; inside
 * it is thrown. `detail` says what happened and why, `hint` what to do next. Neither may hold a secret.
 */
export class AegisError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  /** Extra members for the problem document, such as the missing permission. */
  readonly data: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    detail: string,
    options: { hint?: string; data?: Record<string, unknown>; cause?: unknown } = {},
  ) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'AegisError';
    this.code = code;
    this.hint = options.hint;
    this.data = options.data ?? {};
  }

  get status(): number {
    return ERROR_CATALOGUE[this.code].status;
  }
}

/** The message of anything that was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Node's `code` ("ENOENT") of a thrown system error, if it has one. */
export function errnoOf(error: unknown): string | undefined {
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string') {
    return error.code;
  }
  return undefined;
}

/** For the end of an exhaustive switch: the compiler proves it is never reached. */
export function assertNever(value: never, what: string): never {
  throw new AegisError('INTERNAL', `Unexpected ${what}: ${JSON.stringify(value)}`);
}
