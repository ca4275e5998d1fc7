import type { ErrorCode } from '#contract';

/** Why a request is not forwarded. Becomes the answer, one ledger entry and one counter. */
export interface Refusal {
  readonly code: ErrorCode;
  /** What happened and why, in a sentence. */
  readonly detail: string;
  /** What to do next. */
  readonly hint: string;
  /** Further members of the answer: the hosts that are allowed, the missing scope. */
  readonly data?: Readonly<Record<string, unknown>>;
  /** The connection cannot be used any further. */
  readonly close?: boolean;
}

export const isRefusal = (value: object): value is Refusal => 'code' in value && 'hint' in value;
