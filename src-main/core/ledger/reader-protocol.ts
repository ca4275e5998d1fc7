/** What the main thread and the ledger's reader say to each other: calls with an id, answers with the same id. */
import type { Witness } from './attest.ts';
import type { Failure } from './protocol.ts';
import type { Verified } from './verify.ts';

export interface ReaderData {
  readonly path: string;
}

/** Long work the reader does so that the main thread need not. */
export interface ReaderCalls {
  verify: { input: { witnesses: readonly Witness[]; vkey: string | null }; output: Verified };
}
export type CallName = keyof ReaderCalls;

export type ToReader =
  | { readonly type: 'call'; readonly id: number; readonly name: CallName; readonly input: unknown }
  | { readonly type: 'cancel'; readonly id: number };

export type FromReader =
  | { readonly type: 'answer'; readonly id: number; readonly output: unknown }
  | { readonly type: 'progress'; readonly id: number; readonly done: number; readonly total: number }
  | { readonly type: 'failed'; readonly id: number; readonly failure: Failure };
