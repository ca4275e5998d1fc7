import { existsSync } from 'node:fs';
import type { AuditCheckpoint, AuditEntry, AuditFilter } from '#contract';
import { AegisError, messageOf } from '../base/errors.ts';
import { csvHeader, EXPORT_FORMATS, type ExportFormat } from './export-format.ts';
import { type CallOptions, ReaderClient } from './reader-client.ts';
import type { CallName, ExportStep, ReaderCalls } from './reader-protocol.ts';
import { type AuditPage, type AuditQuery, Reads } from './reads.ts';
import { open, openForReading } from './schema.ts';
import { Search } from './search.ts';

/** How long after an entry it is put into the search index; until then it is found without. */
const INDEX_AFTER_MS = 1_000;
/** More new entries than this per turn: the index waits, so as not to take the processor from the appends. */
const BUSY = 20_000;
/** But not longer than this many turns. */
const MAX_POSTPONED = 60;

export interface ExportOptions {
  readonly format: ExportFormat;
  readonly filter?: AuditFilter | undefined;
  /** Puts an inclusion proof on each entry, so that a part of the ledger can be verified by itself. Not for CSV. */
  readonly proofs?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The read side of the ledger: quick reads here, on connections of their own; long ones in the reader thread. */
export class Reading {
  readonly #path: string;
  readonly #indexPath: string;
  readonly #client: ReaderClient;
  #reads: Reads | undefined;
  #search: Search | undefined;
  #timer: NodeJS.Timeout | undefined;
  #fresh = 0;
  #postponed = 0;

  constructor(path: string) {
    this.#path = path;
    this.#indexPath = path.replace(/(\.db)?$/, '-index.db');
    this.#client = new ReaderClient({ path, indexPath: this.#indexPath }, () => this.#reopenIndex());
  }

  /** Tells that entries were added, so that the index follows. */
  added(count: number): void {
    this.#fresh += count;
    this.#timer ??= setTimeout(() => this.#followUp(), INDEX_AFTER_MS).unref();
  }

  #followUp(): void {
    this.#timer = undefined;
    const busy = this.#fresh > BUSY && this.#postponed < MAX_POSTPONED;
    this.#postponed = busy ? this.#postponed + 1 : 0;
    this.#fresh = 0;
    if (busy) this.added(0);
    else this.#client.poke();
  }

  #reopenIndex(): void {
    this.#search?.close();
    this.#search = undefined;
  }

  #index(): Search | undefined {
    if (this.#search || !existsSync(this.#indexPath)) return this.#search;
    try {
      const db = open(this.#indexPath, true);
      db.pragma('mmap_size = 268435456');
      this.#search = new Search(db);
    } catch {
      // Being made, or damaged: the reader makes it anew, and until then everything is found without it.
    }
    return this.#search;
  }

  list(query: AuditQuery): AuditPage {
    return this.#reading((reads) => reads.list(query));
  }

  thread(query: AuditQuery): AuditPage {
    return this.#reading((reads) => reads.thread(query));
  }

  get(id: string): AuditEntry {
    return this.#reading((reads) => reads.get(id));
  }

  #reading<T>(read: (reads: Reads) => T): T {
    try {
      if (!this.#reads && existsSync(this.#path)) {
        this.#reads = new Reads(openForReading(this.#path), () => this.#index());
      }
      if (!this.#reads) throw new Error('The file does not exist yet.');
      return read(this.#reads);
    } catch (error) {
      if (error instanceof AegisError) throw error;
      this.#reopenIndex();
      throw new AegisError('LEDGER_UNAVAILABLE', `The ledger cannot be read: ${messageOf(error)}`, {
        hint: 'Run `aegis ledger verify` to see whether the file is damaged.',
        cause: error,
      });
    }
  }

  call<N extends CallName>(
    name: N,
    input: ReaderCalls[N]['input'],
    options?: CallOptions,
  ): Promise<ReaderCalls[N]['output']> {
    return this.#client.call(name, input, options);
  }

  /** A file in pieces of about 256 KB, oldest entry first, up to the checkpoint that covers it. */
  async *export(options: ExportOptions, cover: AuditCheckpoint): AsyncGenerator<string> {
    const { format, filter = {}, proofs = false, signal } = options;
    if (!EXPORT_FORMATS.includes(format)) throw new RangeError(`Unknown export format ${format}.`);
    const checkpoint = `"checkpoint":${JSON.stringify(cover.note)},"key":${JSON.stringify(cover.key)}`;
    if (format === 'csv') yield csvHeader();
    if (format === 'json') yield `{${checkpoint},"filter":${JSON.stringify(filter)},"entries":[\n`;
    let after: number | null = 0;
    let begun = false;
    while (after !== null) {
      const step: ExportStep = {
        format,
        filter,
        after,
        upto: cover.size,
        proofs: proofs && format !== 'csv',
        begun,
      };
      const { text, entries, next }: ReaderCalls['export']['output'] = await this.#client.call(
        'export',
        step,
        {
          signal,
        },
      );
      if (text !== '') yield text;
      begun ||= entries > 0;
      after = next;
    }
    if (format === 'json') yield ']}\n';
    if (format === 'jsonl') yield `{${checkpoint}}\n`;
  }

  /** Closes the files; the next read opens them again. */
  release(): void {
    this.#reopenIndex();
    this.#reads?.close();
    this.#reads = undefined;
    this.#client.release();
  }

  async dispose(): Promise<void> {
    clearTimeout(this.#timer);
    this.release();
    await this.#client.dispose();
  }
}
