import type { KeyObject } from 'node:crypto';
import type {
  AuditCheckpoint,
  AuditConsistency,
  AuditEntry,
  AuditEvent,
  AuditFilter,
  AuditProof,
  VerifyResult,
} from '#contract';
import { Emitter } from '../base/emitter.ts';
import { AegisError, messageOf } from '../base/errors.ts';
import { newId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import { type Anchor, Anchors, fileAnchor } from './anchors.ts';
import type { AnchoredNote, Finding } from './attest.ts';
import { toEntry } from './canonical.ts';
import { openError, unavailable } from './failures.ts';
import { fileLedgerKeys, type LedgerKeys } from './keys.ts';
import { type Verifier, verifierOfKey } from './note.ts';
import type { CallOptions } from './reader-client.ts';
import type { ReaderCalls } from './reader-protocol.ts';
import { type ExportOptions, Reading } from './reading.ts';
import type { AuditPage, AuditQuery } from './reads.ts';
import { verifyRunning } from './verify-running.ts';
import { WriterClient } from './writer-client.ts';

export interface LedgerOptions {
  /** The database file. The search index lies beside it. */
  readonly path: string;
  /** Where the newest head is kept outside the database: this file and, beside it, `<anchorPath>.head`. */
  readonly anchorPath: string;
  readonly log: Log;
  /** The signing key; without it one is kept in a private file beside the database, the weakest place. */
  readonly keys?: LedgerKeys;
  /** Further places that keep the newest checkpoint, such as a keychain item. */
  readonly anchors?: readonly Anchor[];
  /** A commit that takes longer than this is taken for a hung disk: what waits for it is refused. */
  readonly writeTimeoutMs?: number;
}

export interface LedgerStatus {
  /** `degraded`: entries are recorded, but tampering was found or checkpoints cannot be signed. */
  readonly state: 'ok' | 'degraded' | 'down';
  readonly detail: string;
  readonly hint: string | null;
  readonly entries: number;
  readonly last_verification: VerifyResult | null;
}

/**
 * The append-only audit log. Whatever is about to leave is appended first; the promise resolves once the entry is on
 * disk, and rejects with LEDGER_UNAVAILABLE when it cannot be, and then the action must not happen.
 */
export class Ledger {
  readonly #log: Log;
  readonly #keys: LedgerKeys;
  readonly #anchors: Anchors;
  readonly #appended: Emitter<AuditEntry[]>;
  readonly #writer: WriterClient;
  readonly #reading: Reading;
  #anchored: AnchoredNote[] = [];
  #signingKey: KeyObject | undefined;
  #lastVerification: VerifyResult | null = null;
  #found: Finding | undefined;
  #time = { ms: 0, iso: '' };

  private constructor(options: LedgerOptions) {
    const { path, anchorPath, log } = options;
    this.#log = log;
    this.#keys = options.keys ?? fileLedgerKeys(`${path}.key`);
    this.#anchors = new Anchors([fileAnchor(anchorPath), ...(options.anchors ?? [])], log);
    this.#appended = new Emitter((error) => log.error({ err: error }, 'a ledger listener failed'));
    this.#reading = new Reading(path);
    this.#writer = new WriterClient({
      path,
      log,
      writeTimeoutMs: options.writeTimeoutMs ?? 10_000,
      data: () => ({
        path,
        anchorPath,
        lockPath: `${path}.lock`,
        signingKey: this.#signingKey ?? null,
        anchors: this.#anchored,
      }),
      events: {
        appended: (entries) => this.#added(entries),
        noted: (count) => {
          this.#found = this.#recordedTampering();
          this.#added(this.list({ limit: count }).items.reverse());
        },
        // A connection opened while the file system was read-only would keep the writer's next one read-only too.
        down: () => this.#reading.release(),
        checkpoint: (note) => this.#anchors.save(note),
      },
    });
  }

  /**
   * Opens the ledger and makes it when absent. Comes up with `status().state === 'down'` when the file cannot be
   * written just now; throws STATE_DIR_IN_USE when another process writes it and DATABASE_CORRUPT when it is damaged.
   */
  static async open(options: LedgerOptions): Promise<Ledger> {
    const ledger = new Ledger(options);
    await ledger.#loadKey();
    ledger.#anchored = await ledger.#anchors.load();
    const first = await ledger.#writer.start();
    const error = first.type === 'open-failed' ? openError(first.failure, options.path) : undefined;
    if (error) {
      await ledger.dispose();
      throw error;
    }
    ledger.#found ??= ledger.#recordedTampering();
    // An index that fell behind, or is absent, is made good in the background.
    ledger.#reading.added(0);
    return ledger;
  }

  #added(entries: AuditEntry[]): void {
    this.#reading.added(entries.length);
    this.#appended.emit(entries);
  }

  /** Without its key the ledger records all the same; it only cannot sign. */
  async #loadKey(): Promise<void> {
    if (this.#signingKey) return;
    try {
      this.#signingKey = await this.#keys.signingKey();
    } catch (error) {
      this.#log.warn({ err: messageOf(error) }, 'the key that signs the ledger cannot be had');
    }
  }

  /** Tries again to get a signing key that could not be had before (a locked keychain was opened). */
  async unseal(): Promise<void> {
    if (this.#signingKey) return;
    await this.#loadKey();
    const anchors = await this.#anchors.load();
    if (this.#signingKey) this.#writer.unseal({ signingKey: this.#signingKey, anchors });
  }

  /** Who signs the checkpoints: the public key to hand to verifiers. Undefined while there is no key. */
  get verifier(): Verifier | undefined {
    return this.#signingKey && verifierOfKey(this.#signingKey);
  }

  /** Records an event. Resolves with the entry once it is durable; rejects with LEDGER_UNAVAILABLE. */
  append(event: AuditEvent): Promise<AuditEntry> {
    return this.#writer.append(toEntry(event, newId('aud'), this.#now()));
  }

  /** One formatted time per millisecond serves every entry of it. */
  #now(): string {
    const ms = Date.now();
    if (ms !== this.#time.ms) this.#time = { ms, iso: new Date(ms).toISOString() };
    return this.#time.iso;
  }

  /** Entries that became durable, in order, in the batches they were committed in. */
  onAppended(listener: (entries: AuditEntry[]) => void): () => void {
    return this.#appended.on(listener);
  }

  /** Newest first. A page may be short and still have a cursor. Throws INVALID_INPUT on a cursor not given out here. */
  list(query: AuditQuery = {}): AuditPage {
    return this.#reading.list(query);
  }

  /** The entries of a session, request or approval as they happened, oldest first. */
  thread(query: AuditQuery): AuditPage {
    return this.#reading.thread(query);
  }

  /** Throws NOT_FOUND. */
  get(id: string): AuditEntry {
    return this.#reading.get(id);
  }

  /** Totals of the entries a filter chooses, by value and over time. */
  stats(
    filter: AuditFilter,
    intervalMs: number,
    options?: CallOptions,
  ): Promise<ReaderCalls['stats']['output']> {
    return this.#reading.call('stats', { filter, interval_ms: intervalMs }, options);
  }

  /** Counts for a filter bar: each facet as if the filter said nothing about it. */
  facets(filter: AuditFilter, top = 50, options?: CallOptions): Promise<ReaderCalls['facets']['output']> {
    return this.#reading.call('facets', { filter, top }, options);
  }

  /** Resolves once everything durable now can be found by the search index. Reads do not need it: they are only faster. */
  async indexed(): Promise<void> {
    await this.#reading.call('indexed', { seq: this.#writer.entries });
  }

  status(): LedgerStatus {
    const { outage, entries } = this.#writer;
    const finding = this.#lastVerification?.first_bad ?? this.#found;
    const rest = { entries, last_verification: this.#lastVerification };
    if (outage) return { state: 'down', ...outage, ...rest };
    if (finding) {
      const hint = 'Keep a copy of the state folder, then look at what `aegis ledger verify` says.';
      return { state: 'degraded', detail: `The ledger was tampered with. ${finding.problem}`, hint, ...rest };
    }
    if (!this.#signingKey) {
      const hint = 'Unlock the keychain; Aegis signs again after that.';
      return {
        state: 'degraded',
        detail: 'The ledger cannot be signed: its key cannot be had.',
        hint,
        ...rest,
      };
    }
    return { state: 'ok', detail: `${entries} entries`, hint: null, ...rest };
  }

  /** Signs what is durable now. Throws LEDGER_UNAVAILABLE. */
  async checkpoint(): Promise<AuditCheckpoint> {
    await this.unseal();
    const answer = await this.#writer.checkpoint();
    if (!answer) {
      throw unavailable(this.#writer.outage ?? { detail: 'It does not answer.', hint: 'Try again.' });
    }
    const { size, root, note } = answer;
    return { size, root, note, key: this.verifier?.vkey ?? null };
  }

  /** That the entry is in the signed tree (RFC 9162, 2.1.3). Throws NOT_FOUND and LEDGER_UNAVAILABLE. */
  async proof(id: string): Promise<AuditProof> {
    const entry = this.get(id);
    const checkpoint = await this.checkpoint();
    const proof = await this.#reading.call('inclusion', { index: entry.seq - 1, size: checkpoint.size });
    return { entry, index: entry.seq - 1, proof, ...checkpoint };
  }

  /** That the ledger of `first` entries is a beginning of the one of `second` (2.1.4). Throws INVALID_INPUT. */
  async consistency(first: number, second?: number): Promise<AuditConsistency> {
    const checkpoint = await this.checkpoint();
    const end = second ?? checkpoint.size;
    if (first > end || end > checkpoint.size) {
      throw new AegisError(
        'INVALID_INPUT',
        `The ledger has ${checkpoint.size} entries: ${first} to ${end} is no part of it.`,
        {
          hint: 'Give two sizes, the smaller first, neither larger than the ledger.',
        },
      );
    }
    const proven = await this.#reading.call('consistency', { first, second: end });
    return {
      first,
      second: end,
      first_root: proven.first,
      second_root: proven.second,
      proof: proven.proof,
    };
  }

  /** A file in pieces, oldest entry first, with the checkpoint that covers it. */
  async *export(options: ExportOptions): AsyncGenerator<string> {
    yield* this.#reading.export(options, await this.checkpoint());
  }

  /** Recomputes every hash and compares with everything kept outside the database. Appends go on meanwhile. */
  async verify(options: CallOptions = {}): Promise<VerifyResult> {
    await this.unseal();
    const result = await verifyRunning(
      { writer: this.#writer, anchors: this.#anchors, reading: this.#reading, verifier: this.verifier },
      options,
    );
    this.#lastVerification = result;
    return result;
  }

  /** A person looked at what was found and lets the ledger go on: recorded, and from then on verification passes. */
  async acceptTampering(actor: string, reason: string): Promise<AuditEntry> {
    const entry = await this.append({ action: 'ledger.tampering_accepted', outcome: 'info', actor, reason });
    this.#writer.disown();
    await this.checkpoint();
    await this.#anchors.flush();
    this.#found = undefined;
    this.#lastVerification = null;
    return entry;
  }

  /** The newest tampering that was recorded, unless it was accepted since. */
  #recordedTampering(): Finding | undefined {
    try {
      const [found] = this.list({ action: 'ledger.tampering_found', limit: 1 }).items;
      const [accepted] = this.list({ action: 'ledger.tampering_accepted', limit: 1 }).items;
      if (!found || (accepted && accepted.seq > found.seq)) return undefined;
      return { seq: Number(found.details.first_bad), problem: found.reason ?? '' };
    } catch (error) {
      this.#log.warn({ err: messageOf(error) }, 'the ledger could not be read at its start');
      return undefined;
    }
  }

  /** Stores what waits, anchors the head, closes the files. May be called twice. */
  async dispose(): Promise<void> {
    await this.#writer.dispose();
    await this.#anchors.flush();
    await this.#reading.dispose();
  }
}
