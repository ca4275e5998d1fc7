import type { KeyObject } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { AuditEntry, AuditEvent, VerifyResult } from '#contract';
import { Emitter } from '../base/emitter.ts';
import { AegisError, messageOf } from '../base/errors.ts';
import { newId } from '../base/ids.ts';
import type { Log } from '../base/log.ts';
import { nowIso } from '../base/time.ts';
import { type Anchor, Anchors, fileAnchor } from './anchors.ts';
import { type AnchoredNote, type Witness, witnessesOf } from './attest.ts';
import { toEntry } from './canonical.ts';
import { openError } from './failures.ts';
import { fileLedgerKeys, type LedgerKeys } from './keys.ts';
import { hexToHash } from './merkle.ts';
import { type Verifier, verifierOfKey } from './note.ts';
import { type CallOptions, ReaderClient } from './reader-client.ts';
import { type AuditPage, type AuditQuery, Reads } from './reads.ts';
import { openForReading } from './schema.ts';
import { WriterClient } from './writer-client.ts';

export interface LedgerOptions {
  /** The database file. */
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
  readonly #options: LedgerOptions;
  readonly #keys: LedgerKeys;
  readonly #anchors: Anchors;
  readonly #appended: Emitter<AuditEntry[]>;
  readonly #writer: WriterClient;
  readonly #reader: ReaderClient;
  #anchored: AnchoredNote[] = [];
  #signingKey: KeyObject | undefined;
  #reads: Reads | undefined;
  #lastVerification: VerifyResult | null = null;
  #time = { ms: 0, iso: '' };

  private constructor(options: LedgerOptions) {
    const { path, anchorPath, log } = options;
    this.#options = options;
    this.#keys = options.keys ?? fileLedgerKeys(`${path}.key`);
    this.#anchors = new Anchors([fileAnchor(anchorPath), ...(options.anchors ?? [])], log);
    this.#appended = new Emitter((error) => log.error({ err: error }, 'a ledger listener failed'));
    this.#reader = new ReaderClient({ path });
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
        appended: (entries) => this.#appended.emit(entries),
        noted: (count) => this.#appended.emit(this.list({ limit: count }).items.reverse()),
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
    return ledger;
  }

  /** Without its key the ledger records all the same; it only cannot sign. */
  async #loadKey(): Promise<void> {
    if (this.#signingKey) return;
    try {
      this.#signingKey = await this.#keys.signingKey();
    } catch (error) {
      this.#options.log.warn({ err: messageOf(error) }, 'the key that signs the ledger cannot be had');
    }
  }

  /** Tries again to get a signing key that could not be had before (a locked keychain was opened). */
  async unseal(): Promise<void> {
    if (this.#signingKey) return;
    await this.#loadKey();
    if (this.#signingKey)
      this.#writer.unseal({ signingKey: this.#signingKey, anchors: await this.#anchors.load() });
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

  /** Newest first. The cursor is the sequence number of a page's last entry. Throws INVALID_INPUT on a foreign one. */
  list(query: AuditQuery = {}): AuditPage {
    return this.#reading((reads) => reads.list(query));
  }

  /** Throws NOT_FOUND. */
  get(id: string): AuditEntry {
    return this.#reading((reads) => reads.get(id));
  }

  #reading<T>(read: (reads: Reads) => T): T {
    try {
      if (!this.#reads && existsSync(this.#options.path))
        this.#reads = new Reads(openForReading(this.#options.path));
      if (!this.#reads) throw new Error('The file does not exist yet.');
      return read(this.#reads);
    } catch (error) {
      if (error instanceof AegisError) throw error;
      throw new AegisError('LEDGER_UNAVAILABLE', `The ledger cannot be read: ${messageOf(error)}`, {
        hint: 'Run `aegis ledger verify` to see whether the file is damaged.',
        cause: error,
      });
    }
  }

  status(): LedgerStatus {
    const { outage, entries, findings } = this.#writer;
    const finding = this.#lastVerification?.first_bad ?? findings[0];
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

  /** Recomputes every hash and compares with everything kept outside the database. Appends go on meanwhile. */
  async verify(options: CallOptions = {}): Promise<VerifyResult> {
    const started = performance.now();
    await this.unseal();
    const verifier = this.verifier;
    const head = await this.#writer.checkpoint();
    const running: Witness[] = head
      ? [{ source: 'the running ledger', size: head.size, root: hexToHash(head.root) }]
      : [];
    const anchored = verifier
      ? witnessesOf(await this.#anchors.load(), verifier)
      : { witnesses: [], findings: [] };
    const witnesses = [...running, ...anchored.witnesses];
    const done = await this.#reader.call('verify', { witnesses, vkey: verifier?.vkey ?? null }, options);
    const after = head && (await this.#writer.checkpoint());
    const foreign =
      after && done.entries > after.size
        ? {
            seq: after.size + 1,
            problem: `The entries from ${after.size + 1} on were not written by this ledger.`,
          }
        : undefined;
    const firstBad = done.first_bad ?? anchored.findings[0] ?? foreign;
    const result: VerifyResult = {
      valid: firstBad === undefined,
      entries: done.entries,
      root: done.root,
      ...(firstBad === undefined ? {} : { first_bad: firstBad }),
      verified_at: nowIso(),
      duration_ms: Math.round(performance.now() - started),
    };
    this.#lastVerification = result;
    return result;
  }

  /** Stores what waits, anchors the head, closes the files. May be called twice. */
  async dispose(): Promise<void> {
    await this.#writer.dispose();
    await this.#anchors.flush();
    await this.#reader.dispose();
    this.#reads?.close();
    this.#reads = undefined;
  }
}
