import type { KeyObject } from 'node:crypto';
import type { AnchoredNote } from './attest.ts';

/** What the main thread and the ledger's writer say to each other. One message per batch each way. */

export interface WriterData {
  readonly path: string;
  readonly lockPath: string;
  readonly anchorPath: string;
  /** Signs checkpoints; null while it cannot be had. */
  readonly signingKey: KeyObject | null;
  /** Heads kept outside the database, newest known when the writer starts. */
  readonly anchors: readonly AnchoredNote[];
}

export type ToWriter =
  /** `text`: three runs of canonical JSON per entry, one per line (canonical.ts). */
  | { readonly type: 'append'; readonly batch: number; readonly text: string }
  /** The signing key could be had after all. */
  | ({ readonly type: 'unseal' } & Pick<WriterData, 'signingKey' | 'anchors'>)
  /** Can it be written again? Answered by `opened` or `open-failed`; not at all when it never failed. */
  | { readonly type: 'probe' }
  /** A person accepted what was found: checkpoints that do not fit the entries are let go. */
  | { readonly type: 'disown' }
  /** Asks for a signed checkpoint of everything appended so far. */
  | { readonly type: 'checkpoint'; readonly ask: number }
  /** Writes out everything, anchors it, closes the files. */
  | { readonly type: 'close' };

export type FromWriter =
  /** `noted`: how many of the newest entries the writer added by itself, to record the findings. */
  | {
      readonly type: 'opened';
      readonly size: number;
      readonly noted: number;
    }
  | { readonly type: 'open-failed'; readonly failure: Failure }
  /** `hashes`: 32 bytes per entry; `previous`: hex of the hash before the first. */
  | {
      readonly type: 'appended';
      readonly batch: number;
      readonly first_seq: number;
      readonly previous: string;
      readonly hashes: Uint8Array;
    }
  | { readonly type: 'failed'; readonly batch: number; readonly failure: Failure }
  /** `ask` is 0 for the one that comes by itself every few seconds; `note` is null without a key, `size` -1 when it failed. */
  | {
      readonly type: 'checkpoint';
      readonly ask: number;
      readonly size: number;
      readonly root: string;
      readonly note: string | null;
    }
  | { readonly type: 'closed' };

/** An error as it crosses the thread border. */
export interface Failure {
  /** SQLite's or Node's code: SQLITE_FULL, EROFS. */
  readonly code: string;
  readonly message: string;
}
