import { join } from 'node:path';
import { type Credential, CredentialId, type CredentialInput, type Vault as VaultInfo } from '#contract';
import { Emitter } from '../base/emitter.ts';
import { AegisError } from '../base/errors.ts';
import { newId } from '../base/ids.ts';
import type { LedgerPort } from '../base/ledger-port.ts';
import type { Log } from '../base/log.ts';
import { type Actor, SYSTEM_ACTOR } from '../base/principal.ts';
import { Serial } from '../base/serial.ts';
import { nowIso } from '../base/time.ts';
import type { LiveHub } from '../live/index.ts';
import { Custody } from './custody.ts';
import { type CredentialRecord, type Envelope, sealSecret } from './envelope.ts';
import { type DamagedRow, VaultFile } from './file.ts';
import { Journal } from './journal.ts';
import { EnvironmentKey, type KeyStore } from './key-stores.ts';
import { checkCredential } from './rules.ts';
import { Shelf, unreadable } from './shelf.ts';

export interface VaultOptions {
  /** Folder of the vault files, `<state>/vaults`. */
  readonly dir: string;
  readonly name: string;
  readonly ledger: LedgerPort;
  readonly live: LiveHub;
  readonly log: Log;
  /** The system keychain; leave it out where there is none to ask. */
  readonly keychain?: KeyStore | undefined;
  /** AEGIS_MASTER_KEY, 64 hex digits; stands in for the keychain. */
  readonly environmentKey?: string | undefined;
  /** Milliseconds that never go back; for tests of the wait after wrong passphrases. */
  readonly now?: () => number;
}

const DAY_MS = 86_400_000;
/** As in the contract; counted after normalising, so that combining marks do not make a short one long. */
const SHORTEST_PASSPHRASE = 10;

/**
 * One vault: master key -> (HKDF, per vault) wrap key -> data key per credential version -> secret. Every change is in
 * the ledger before it happens. While locked, credentials can be looked at but not opened, added or removed.
 */
export class Vault {
  readonly #options: VaultOptions;
  readonly #file: VaultFile;
  readonly #journal: Journal;
  readonly #custody: Custody;
  readonly #shelf: Shelf;
  readonly #serial = new Serial();
  readonly #locked: Emitter<void>;
  #disposed = false;

  /**
   * Opens the file and tries the environment's key, then the keychain. Where neither answers the vault stays locked (or
   * not set up) and says why; that is not an error here.
   * @throws DATABASE_CORRUPT when the file is damaged, INVALID_INPUT when `environmentKey` is not 64 hex digits
   */
  static async open(options: VaultOptions): Promise<Vault> {
    const vault = new Vault(options);
    await vault.#serial.run(() => vault.#custody.tryStores(SYSTEM_ACTOR));
    const { state, reason } = vault.info();
    if (state === 'open') vault.#changed();
    else options.log.warn({ state, reason }, 'the vault is not open');
    return vault;
  }

  private constructor(options: VaultOptions) {
    const stores: KeyStore[] = [];
    if (options.environmentKey !== undefined) stores.push(new EnvironmentKey(options.environmentKey));
    else if (options.keychain) stores.push(options.keychain);
    // The key's text is not kept: the store holds it as bytes.
    this.#options = { ...options, environmentKey: undefined };
    this.#file = new VaultFile(join(options.dir, `${options.name}.db`), options.name);
    this.#journal = new Journal(options.ledger, options.name);
    this.#custody = new Custody({
      file: this.#file,
      stores,
      journal: this.#journal,
      log: options.log,
      now: options.now,
    });
    this.#shelf = new Shelf({ file: this.#file, vaultName: options.name, log: options.log });
    this.#locked = new Emitter<void>((error) => options.log.error({ err: error }, 'a lock listener failed'));
  }

  info(): VaultInfo {
    return { name: this.#options.name, ...this.#custody.status(), credentials: this.#shelf.size };
  }

  /** Called at once when the keys are dropped, before `lock` answers. */
  onLocked(listener: () => void): () => void {
    return this.#locked.on(listener);
  }

  /**
   * Drops and zeroes the keys first and writes the ledger after: locking is never refused. When the entry cannot be
   * written the vault is locked all the same, and the caller is told.
   */
  async lock(actor: Actor): Promise<VaultInfo> {
    if (this.#dropKeys('The vault is locked.')) {
      await this.#journal.write('vault.locked', actor, { outcome: 'info' });
    }
    return this.info();
  }

  /**
   * With a passphrase, through that slot; without, through the keychain or the environment's key. No error when open.
   * @throws PASSPHRASE_WRONG, RATE_LIMITED, VAULT_LOCKED (no such slot), KEYCHAIN_UNAVAILABLE, MASTER_KEY_MISMATCH,
   *   SECRET_UNREADABLE (damaged slot), VAULT_NOT_SET_UP, LEDGER_UNAVAILABLE
   */
  unlock(input: { passphrase?: string | undefined }, actor: Actor): Promise<VaultInfo> {
    return this.#serial.run(async () => {
      if (this.#custody.isOpen) return this.info();
      await this.#custody.unlock(input.passphrase, actor);
      return this.#changed();
    });
  }

  /**
   * Sets or replaces the passphrase; for a vault without any key this is its set-up.
   * @throws INVALID_INPUT when shorter than ten characters, VAULT_LOCKED when the vault has a key but is not open,
   *   LEDGER_UNAVAILABLE
   */
  setPassphrase(passphrase: string, actor: Actor): Promise<VaultInfo> {
    return this.#serial.run(async () => {
      if ([...passphrase.normalize('NFKC')].length < SHORTEST_PASSPHRASE) throw tooShort();
      await this.#custody.setPassphrase(passphrase, actor);
      return this.#changed();
    });
  }

  /** By name. Works while locked; `last_used_at` is current to the call. */
  list(): Credential[] {
    return this.#shelf.list();
  }

  /** @throws NOT_FOUND, or SECRET_UNREADABLE when its row is damaged */
  get(name: string): Credential {
    const found = this.#shelf.find(name);
    if (found) return found;
    if (this.#shelf.damaged.some((row) => row.name === name)) throw unreadable(name);
    throw new AegisError(
      'NOT_FOUND',
      `There is no credential named ${name} in the vault ${this.#options.name}.`,
      { hint: 'aegis vault list shows the names.' },
    );
  }

  /** @throws NOT_FOUND */
  getById(id: CredentialId): Credential {
    const found = this.#shelf.findById(id);
    if (found) return found;
    throw new AegisError('NOT_FOUND', 'The credential no longer exists.');
  }

  /** Names of rows that cannot be read at all; the rest of the vault works without them. */
  damaged(): string[] {
    return this.#shelf.damaged.map((row) => row.name);
  }

  /** @throws INVALID_INPUT with every bad field in `data.errors`, NAME_TAKEN, VAULT_LOCKED, LEDGER_UNAVAILABLE */
  add(input: CredentialInput, actor: Actor): Promise<Credential> {
    return this.#serial.run(async () => {
      const rules = checkCredential(input);
      const { wrap } = this.#custody.require();
      this.#requireFree(rules.name);
      const created = nowIso();
      const record: CredentialRecord = {
        id: newId('crd'),
        version: 1,
        ...rules,
        created_at: created,
        expires_at:
          input.ttl_days === undefined
            ? null
            : new Date(Date.parse(created) + input.ttl_days * DAY_MS).toISOString(),
      };
      const envelope = this.#sealInput(wrap, record, input.secret);
      const { name: target, service } = record;
      await this.#journal.write(
        'credential.added',
        actor,
        { target, service },
        {
          credential_id: record.id,
          auth_type: record.auth_type,
          domains: record.domains.join(' '),
          allow_private: record.allow_private,
        },
      );
      await this.#journal.perform('credential.added', actor, target, () =>
        this.#file.insert(record, envelope),
      );
      this.#shelf.put({ record, last_used_at: null });
      return this.#published(record.id);
    });
  }

  /** Deletes the credential and every version of its secret. Works on a damaged row as well. */
  remove(name: string, actor: Actor): Promise<Credential> {
    return this.#serial.run(async () => {
      this.#custody.require();
      const damaged = this.#shelf.damaged.findIndex((row) => row.name === name);
      const row = this.#shelf.damaged[damaged];
      const credential = row ? placeholder(row, this.#options.name) : this.get(name);
      const { id, service } = credential;
      await this.#journal.write(
        'credential.removed',
        actor,
        { target: name, service },
        { credential_id: id },
      );
      await this.#journal.perform('credential.removed', actor, name, () => this.#file.remove(row?.id ?? id));
      if (row) this.#shelf.damaged.splice(damaged, 1);
      else this.#shelf.drop(credential.id);
      this.#options.live.publish({ type: 'credential.removed', credential_id: credential.id });
      this.#changed();
      return credential;
    });
  }

  /** For the Gate, without I/O. The array and its records are frozen snapshots; `last_used_at` in them may be old. */
  forService(service: string): readonly Credential[] {
    return this.#shelf.forService(service);
  }

  /**
   * The secret itself, for the Gate alone. The caller fills the buffer with zeros once it is sent.
   * @throws VAULT_LOCKED or VAULT_NOT_SET_UP, NOT_FOUND, SECRET_UNREADABLE
   */
  openSecret(id: CredentialId): Buffer {
    return this.#shelf.openSecret(id, this.#custody.require().wrap);
  }

  /** Marks a credential as used now; saved in batches. */
  touchUsed(id: CredentialId): void {
    this.#shelf.touch(id);
  }

  /**
   * A key for another purpose, always the same for the same purpose (HKDF of the master key). The caller zeroes it.
   * @throws VAULT_LOCKED or VAULT_NOT_SET_UP
   */
  deriveKey(purpose: string): Buffer {
    return this.#custody.deriveKey(purpose);
  }

  /** Waits for changes under way, then drops the keys and closes the file. */
  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    await this.#serial.idle();
    this.#dropKeys('Aegis is shutting down.');
    this.#shelf.flush();
    this.#file.close();
  }

  #dropKeys(reason: string): boolean {
    const dropped = this.#custody.drop(reason);
    this.#shelf.forgetKeys();
    if (dropped) {
      this.#locked.emit();
      this.#changed();
    }
    return dropped;
  }

  #sealInput(wrap: Buffer, record: CredentialRecord, text: string): Envelope {
    const secret = Buffer.allocUnsafeSlow(Buffer.byteLength(text));
    secret.write(text);
    try {
      return sealSecret(wrap, this.#file.vaultId, record, secret);
    } finally {
      secret.fill(0);
    }
  }

  #requireFree(name: string): void {
    const taken = this.#shelf.find(name) ?? this.#shelf.damaged.find((row) => row.name === name);
    if (!taken) return;
    throw new AegisError('NAME_TAKEN', `The vault already has a credential named ${name}.`, {
      hint: 'Choose another name, or remove the old credential first.',
    });
  }

  #published(id: CredentialId): Credential {
    const credential = this.getById(id);
    this.#options.live.publish({ type: 'credential.changed', credential });
    this.#changed();
    return credential;
  }

  #changed(): VaultInfo {
    const vault = this.info();
    this.#options.live.publish({ type: 'vault.changed', vault });
    return vault;
  }
}

const tooShort = (): AegisError => {
  const detail = `use at least ${SHORTEST_PASSPHRASE} characters`;
  return new AegisError('INVALID_INPUT', `passphrase: ${detail}`, {
    data: { errors: [{ pointer: '/passphrase', detail }] },
  });
};

/** What can be said of a row nobody can read any more. */
const placeholder = (row: DamagedRow, vault: string): Credential => ({
  id: CredentialId.safeParse(row.id).data ?? newId('crd'),
  vault,
  name: row.name,
  version: 1,
  service: 'damaged',
  domains: [],
  auth_type: 'bearer',
  header_name: null,
  query_name: null,
  scopes: [],
  upstream: null,
  allow_private: false,
  created_at: nowIso(),
  expires_at: null,
  last_used_at: null,
});
