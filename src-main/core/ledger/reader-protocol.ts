/** What the main thread and the ledger's reader say to each other: calls with an id, answers with the same id. */
import type { AuditFilter } from '#contract';
import type { Witness } from './attest.ts';
import type { ExportFormat } from './export-format.ts';
import type { Hash } from './merkle.ts';
import type { Failure } from './protocol.ts';
import type { Bucket, Count, Facet } from './stats.ts';
import type { Verified } from './verify.ts';

export interface ReaderData {
  readonly path: string;
  readonly indexPath: string;
}

export interface ExportStep {
  readonly format: ExportFormat;
  readonly filter: AuditFilter;
  /** Entries after this one, up to and with `upto`. */
  readonly after: number;
  readonly upto: number;
  /** Puts an inclusion proof for the tree of `upto` entries on each line. */
  readonly proofs: boolean;
  /** Whether an earlier step gave entries: a JSON list needs commas between them. */
  readonly begun: boolean;
}

/** Long work the reader does so that the main thread need not. */
export interface ReaderCalls {
  verify: { input: { witnesses: readonly Witness[]; vkey: string | null }; output: Verified };
  stats: {
    input: { filter: AuditFilter; interval_ms: number };
    output: { total: number; by: Record<Facet, Count[]>; buckets: Bucket[] };
  };
  /** Each facet is counted as if the filter said nothing about it. */
  facets: {
    input: { filter: AuditFilter; top: number };
    output: { total: number; by: Record<Facet, Count[]> };
  };
  inclusion: { input: { index: number; size: number }; output: Hash[] };
  consistency: {
    input: { first: number; second: number };
    output: { proof: Hash[]; first: Hash; second: Hash };
  };
  /** `next` is where the next step goes on; null at the end. */
  export: { input: ExportStep; output: { text: string; entries: number; next: number | null } };
  /** Resolves when everything up to this entry can be found by the index. */
  indexed: { input: { seq: number }; output: null };
}
export type CallName = keyof ReaderCalls;

export type ToReader =
  | { readonly type: 'call'; readonly id: number; readonly name: CallName; readonly input: unknown }
  | { readonly type: 'cancel'; readonly id: number }
  /** There are new entries to index. */
  | { readonly type: 'poke' }
  /** Close the files; they are opened again when needed. */
  | { readonly type: 'release' };

export type FromReader =
  /** The index is open: a connection to an earlier file shows nothing new any more. */
  | { readonly type: 'index-opened' }
  | { readonly type: 'answer'; readonly id: number; readonly output: unknown }
  | { readonly type: 'progress'; readonly id: number; readonly done: number; readonly total: number }
  | { readonly type: 'failed'; readonly id: number; readonly failure: Failure };
