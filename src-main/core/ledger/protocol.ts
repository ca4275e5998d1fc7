/** What the main thread and the ledger's writer say to each other. One message per batch each way. */

export interface WriterData {
  readonly path: string;
  readonly lockPath: string;
}

export type ToWriter =
  /** `text`: three runs of canonical JSON per entry, one per line (canonical.ts). */
  | { readonly type: 'append'; readonly batch: number; readonly text: string }
  /** Writes out everything, anchors it, closes the files. */
  | { readonly type: 'close' };

export type FromWriter =
  | { readonly type: 'opened'; readonly size: number; readonly head: string }
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
  | { readonly type: 'closed' };

/** An error as it crosses the thread border. */
export interface Failure {
  /** SQLite's or Node's code: SQLITE_FULL, EROFS. */
  readonly code: string;
  readonly message: string;
}
