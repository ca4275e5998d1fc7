import type { HostErrorCode } from './protocol.ts';

/**
 * An error with a code of the catalogue. Not AegisError itself: that would pull the whole contract into this process,
 * which is to stay small.
 */
export class HostError extends Error {
  readonly code: HostErrorCode;
  readonly hint: string | undefined;

  constructor(code: HostErrorCode, detail: string, hint?: string) {
    super(detail);
    this.name = 'HostError';
    this.code = code;
    this.hint = hint;
  }
}
