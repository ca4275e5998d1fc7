import type { Credential, CredentialId } from '#contract';
import { AegisError } from '../base/errors.ts';
import { LastUsed } from '../base/last-used.ts';
import type { Log } from '../base/log.ts';
import { type CredentialRecord, openDataKey, openSealed } from './envelope.ts';
import type { DamagedRow, StoredCredential, VaultFile } from './file.ts';

/** Secrets up to this size keep their opened data key and ciphertext in memory; larger ones are read when used. */
const KEEP_BYTES = 2048;

interface Item {
  readonly record: CredentialRecord;
  readonly shown: Credential;
  /** Last use as far as the file knows. */
  last_used_at: string | null;
  ready?: { readonly dataKey: Buffer; readonly sealed: Buffer };
}

const NONE: readonly Credential[] = [];

/**
 * The credentials in memory, so that a request of the Gate costs one map look-up and one decryption whether there is one
 * credential or ten thousand. What the Gate judges by (the record here) is what the secret's envelope is checked against.
 */
export class Shelf {
  readonly #file: VaultFile;
  readonly #vaultName: string;
  readonly #lastUsed: LastUsed<CredentialId>;
  readonly #byId = new Map<CredentialId, Item>();
  readonly #byName = new Map<string, Item>();
  readonly #byService = new Map<string, readonly Credential[]>();
  readonly damaged: DamagedRow[];

  constructor(options: { file: VaultFile; vaultName: string; log: Log }) {
    this.#file = options.file;
    this.#vaultName = options.vaultName;
    this.#lastUsed = new LastUsed<CredentialId>(
      (marks) => {
        this.#file.saveLastUsed(marks);
        for (const [id, at] of marks) {
          const item = this.#byId.get(id);
          if (item) item.last_used_at = at;
        }
      },
      (error) => options.log.warn({ err: error }, 'the time of last use could not be saved'),
    );
    const { good, damaged } = options.file.credentials();
    this.damaged = damaged;
    for (const stored of good) this.put(stored);
    for (const row of damaged) {
      options.log.error({ credential: row.name, id: row.id }, 'a credential row is damaged; the others work');
    }
  }

  get size(): number {
    return this.#byId.size;
  }

  put({ record, last_used_at }: StoredCredential): void {
    const shown = Object.freeze({ ...record, vault: this.#vaultName, last_used_at });
    const item: Item = { record, shown, last_used_at };
    this.#byId.set(record.id, item);
    this.#byName.set(record.name, item);
    this.#byService.set(record.service, [...this.forService(record.service), shown]);
  }

  drop(id: CredentialId): void {
    const item = this.#byId.get(id);
    if (!item) return;
    item.ready?.dataKey.fill(0);
    this.#byId.delete(id);
    this.#byName.delete(item.record.name);
    const rest = this.forService(item.record.service).filter((one) => one.id !== id);
    if (rest.length > 0) this.#byService.set(item.record.service, rest);
    else this.#byService.delete(item.record.service);
  }

  list(): Credential[] {
    return [...this.#byName.values()]
      .map((item) => this.#current(item))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The credential by name, as it is now; undefined when there is none. */
  find(name: string): Credential | undefined {
    const item = this.#byName.get(name);
    return item && this.#current(item);
  }

  findById(id: CredentialId): Credential | undefined {
    const item = this.#byId.get(id);
    return item && this.#current(item);
  }

  forService(service: string): readonly Credential[] {
    return this.#byService.get(service) ?? NONE;
  }

  /** @throws NOT_FOUND; SECRET_UNREADABLE naming the credential */
  openSecret(id: CredentialId, wrapKey: Buffer): Buffer {
    const item = this.#byId.get(id);
    if (!item) throw new AegisError('NOT_FOUND', 'The credential no longer exists.');
    const { record } = item;
    const secret = item.ready
      ? openSealed(item.ready.dataKey, this.#file.vaultId, record, item.ready.sealed)
      : this.#openFromFile(item, wrapKey);
    if (!secret) throw unreadable(record.name);
    return secret;
  }

  #openFromFile(item: Item, wrapKey: Buffer): Buffer | undefined {
    const { record } = item;
    const envelope = this.#file.envelope(record.id, record.version);
    if (!envelope) return undefined;
    const dataKey = openDataKey(wrapKey, this.#file.vaultId, record, envelope.wrapped_key);
    if (!dataKey) return undefined;
    const secret = openSealed(dataKey, this.#file.vaultId, record, envelope.sealed);
    if (secret && envelope.sealed.length <= KEEP_BYTES) item.ready = { dataKey, sealed: envelope.sealed };
    else dataKey.fill(0);
    return secret;
  }

  touch(id: CredentialId): void {
    if (this.#byId.has(id)) this.#lastUsed.touch(id);
  }

  flush(): void {
    this.#lastUsed.flush();
  }

  /** Drops every opened key. The rules stay readable. */
  forgetKeys(): void {
    for (const item of this.#byId.values()) {
      item.ready?.dataKey.fill(0);
      delete item.ready;
    }
  }

  #current(item: Item): Credential {
    return { ...item.shown, last_used_at: this.#lastUsed.pending(item.record.id) ?? item.last_used_at };
  }
}

export const unreadable = (name: string): AegisError =>
  new AegisError(
    'SECRET_UNREADABLE',
    `The stored secret of ${name} cannot be decrypted: its row in the vault file is damaged or was changed from outside.`,
    {
      hint: `Remove ${name} and add it again, or restore a backup of the vault file. The other credentials work.`,
    },
  );
