import { join } from 'node:path';
import {
  type AuditEvent,
  type Credential,
  CredentialId,
  type CredentialInput,
  type Vault as VaultInfo,
} from '#contract';
import { Emitter } from '../base/emitter.ts';
import { AegisError, messageOf } from '../base/errors.ts';
import { newId } from '../base/ids.ts';
import type { LedgerPort } from '../base/ledger-port.ts';
import type { Log } from '../base/log.ts';
import { type Actor, SYSTEM_ACTOR } from '../base/principal.ts';
import { Serial } from '../base/serial.ts';
import { nowIso } from '../base/time.ts';
import type { LiveHub } from '../live/index.ts';
import { Attempts } from './attempts.ts';
import { deriveKey, newKey } from './crypto.ts';
import { type CredentialRecord, type Envelope, sealSecret } from './envelope.ts';
import { type DamagedRow, VaultFile } from './file.ts';
import { EnvironmentKey, type KeyStore } from './key-stores.ts';
import { checkCredential } from './rules.ts';
import { Shelf, unreadable } from './shelf.ts';
import { type Closed, type Found, Slots } from './slots.ts';

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

interface Keys {
  readonly master: Buffer;
  /** Wraps the data keys: derived from the master key for this vault alone. */
  readonly wrap: Buffer;
}

const DAY_MS = 86_400_000;

/**
 * One vault: master key -> (HKDF, per vault) wrap key -> data key per credential version -> secret. Every change is in
 * the ledger before it happens. While locked, credentials can be looked at but not opened, added or removed.
 */
export class Vault {
  readonly #options: VaultOptions;
  readonly #file: VaultFile;
  readonly #slots: Slots;
  readonly #shelf: Shelf;
  readonly #attempts: Attempts;
  readonly #serial = new Serial();
  readonly #locked: Emitter<void>;
  #keys: Keys | undefined;
  #closed: Closed = { code: 'VAULT_LOCKED', reason: 'The vault is locked.', hint: 'Unlock the vault.' };

  /**
   * Opens the file and tries the environment's key, then the keychain. Where neither answers the vault stays locked (or
   * not set up) and says why; that is not an error here.
   * @throws DATABASE_CORRUPT when the file is damaged, INVALID_INPUT when `environmentKey` is not 64 hex digits
   */
  static async open(options: VaultOptions): Promise<Vault> {
    const vault = new Vault(options);
    try {
      await vault.#serial.run(() => vault.#openFromStores(SYSTEM_ACTOR));
    } catch (error) {
      vault.#closed = closedFrom(error);
      options.log.warn({ code: vault.#closed.code }, 'the vault stays locked');
    }
    return vault;
  }

  private constructor(options: VaultOptions) {
    const stores: KeyStore[] = [];
    if (options.environmentKey !== undefined) stores.push(new EnvironmentKey(options.environmentKey));
    else if (options.keychain) stores.push(options.keychain);
    // The key's text is not kept: the store holds it as bytes.
    this.#options = { ...options, environmentKey: undefined };
    this.#file = new VaultFile(join(options.dir, `${options.name}.db`), options.name);
    this.#slots = new Slots({ file: this.#file, stores, log: options.log });
    this.#shelf = new Shelf({ file: this.#file, vaultName: options.name, log: options.log });
    this.#attempts = new Attempts(options.now);
    this.#locked = new Emitter<void>((error) => options.log.error({ err: error }, 'a lock listener failed'));
  }

  info(): VaultInfo {
    const open = this.#keys !== undefined;
    return {
      name: this.#options.name,
      state: open ? 'open' : this.#slots.isSetUp ? 'locked' : 'not_set_up',
      reason: open ? null : this.#closed.reason,
      hint: open ? null : this.#closed.hint,
      slots: this.#slots.kinds(),
      credentials: this.#shelf.size,
    };
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
    if (this.#keys) {
      this.#dropKeys({ code: 'VAULT_LOCKED', reason: 'The vault is locked.', hint: this.#unlockHint() });
      await this.#append({ action: 'vault.locked', outcome: 'info', actor: actor.name }, actor);
    }
    return this.info();
  }

  /**
   * With a passphrase, through that slot; without, through the keychain or the environment's key.
   * @throws PASSPHRASE_WRONG, RATE_LIMITED, VAULT_LOCKED (no such slot), KEYCHAIN_UNAVAILABLE, MASTER_KEY_MISMATCH,
   *   VAULT_NOT_SET_UP, LEDGER_UNAVAILABLE
   */
  unlock(input: { passphrase?: string | undefined }, actor: Actor): Promise<VaultInfo> {
    return this.#serial.run(async () => {
      if (this.#keys) return this.info();
      try {
        if (input.passphrase === undefined) await this.#openFromStores(actor);
        else await this.#openFromPassphrase(input.passphrase, actor);
      } catch (error) {
        const closed = closedFrom(error);
        await this.#append(
          {
            action: 'vault.unlock_refused',
            outcome: 'denied',
            actor: actor.name,
            code: closed.code,
            reason: closed.reason,
          },
          actor,
        );
        throw error;
      }
      return this.info();
    });
  }

  /**
   * Sets or replaces the passphrase; for a vault without any key this is its set-up.
   * @throws VAULT_LOCKED when the vault has a key but is not open
   */
  setPassphrase(passphrase: string, actor: Actor): Promise<VaultInfo> {
    return this.#serial.run(async () => {
      const first = !this.#slots.isSetUp;
      const master = first ? newKey() : copyOf(this.#requireKeys().master);
      const action = first ? 'vault.set_up' : 'vault.passphrase_set';
      try {
        const slot = await this.#slots.makePassphraseSlot(passphrase, master);
        await this.#append({ action, outcome: 'allowed', actor: actor.name }, actor, { slot: 'passphrase' });
        await this.#perform(action, actor, () => this.#slots.save(slot, master));
        if (first) this.#holdKey(master);
      } finally {
        master.fill(0);
      }
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
      {
        hint: 'aegis vault list shows the names.',
      },
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
      const keys = this.#requireKeys();
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
      const envelope = this.#sealInput(keys, record, input.secret);
      const event = about(record, 'credential.added', actor);
      await this.#append(event, actor, {
        credential_id: record.id,
        auth_type: record.auth_type,
        domains: record.domains.join(' '),
        allow_private: record.allow_private,
      });
      await this.#perform('credential.added', actor, () => this.#file.insert(record, envelope));
      this.#shelf.put({ record, last_used_at: null });
      return this.#published(record.id);
    });
  }

  /** Deletes the credential and every version of its secret. Works on a damaged row as well. */
  remove(name: string, actor: Actor): Promise<Credential> {
    return this.#serial.run(async () => {
      this.#requireKeys();
      const damaged = this.#shelf.damaged.findIndex((row) => row.name === name);
      const row = this.#shelf.damaged[damaged];
      const credential = row ? placeholder(row, this.#options.name) : this.get(name);
      await this.#append(about(credential, 'credential.removed', actor), actor, {
        credential_id: credential.id,
      });
      await this.#perform('credential.removed', actor, () => this.#file.remove(row?.id ?? credential.id));
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
   * @throws VAULT_LOCKED (or why it is not open), NOT_FOUND, SECRET_UNREADABLE
   */
  openSecret(id: CredentialId): Buffer {
    return this.#shelf.openSecret(id, this.#requireKeys().wrap);
  }

  /** Marks a credential as used now; saved in batches. */
  touchUsed(id: CredentialId): void {
    this.#shelf.touch(id);
  }

  /**
   * A key for another purpose, always the same for the same purpose (HKDF of the master key). The caller zeroes it.
   * @throws VAULT_LOCKED (or why it is not open)
   */
  deriveKey(purpose: string): Buffer {
    return deriveKey(this.#requireKeys().master, this.#file.vaultId, `aegis/vault/purpose/v1/${purpose}`);
  }

  /** Waits for changes under way, then drops the keys and closes the file. */
  async dispose(): Promise<void> {
    await this.#serial.idle();
    this.#dropKeys({ code: 'VAULT_LOCKED', reason: 'Aegis is shutting down.', hint: 'Start Aegis again.' });
    this.#shelf.flush();
    this.#file.close();
  }

  async #openFromStores(actor: Actor): Promise<void> {
    const found = await this.#slots.fromStores();
    if ('masterKey' in found) return this.#openWith(found, actor);
    this.#closed = found;
    this.#changed();
    throw new AegisError(found.code, found.reason, { hint: found.hint });
  }

  async #openFromPassphrase(passphrase: string, actor: Actor): Promise<void> {
    if (!this.#slots.isSetUp) this.#requireKeys();
    this.#attempts.check();
    const found = await this.#slots.fromPassphrase(passphrase);
    if (!found) {
      this.#attempts.wrong();
      throw new AegisError('PASSPHRASE_WRONG', 'The passphrase does not open the vault.', {
        hint: 'Check the keyboard layout and Caps Lock, then try again.',
      });
    }
    this.#attempts.right();
    const spare = copyOf(found.masterKey);
    try {
      await this.#openWith(found, actor);
    } catch (error) {
      spare.fill(0);
      throw error;
    }
    // In the background: a slow keychain must not make the right passphrase slow.
    void this.#slots.mend(spare).finally(() => spare.fill(0));
  }

  /** Ledger first, then the slot's row, then the key in memory. Zeroes `found`. */
  async #openWith(found: Found, actor: Actor): Promise<void> {
    try {
      const action = found.fresh ? 'vault.set_up' : 'vault.unlocked';
      await this.#append({ action, outcome: 'allowed', actor: actor.name }, actor, { slot: found.slot });
      if (!this.#slots.kinds().includes(found.slot)) {
        this.#slots.save(this.#slots.storeSlot(found.slot), found.masterKey);
      }
      this.#holdKey(found.masterKey);
    } finally {
      found.masterKey.fill(0);
    }
    this.#changed();
  }

  #holdKey(master: Buffer): void {
    this.#keys = {
      master: copyOf(master),
      wrap: deriveKey(master, this.#file.vaultId, 'aegis/vault/wrap/v1'),
    };
  }

  #dropKeys(closed: Closed): void {
    const keys = this.#keys;
    this.#keys = undefined;
    this.#closed = closed;
    this.#shelf.forgetKeys();
    if (!keys) return;
    keys.master.fill(0);
    keys.wrap.fill(0);
    this.#locked.emit();
    this.#changed();
  }

  #sealInput(keys: Keys, record: CredentialRecord, text: string): Envelope {
    const secret = Buffer.allocUnsafeSlow(Buffer.byteLength(text));
    secret.write(text);
    try {
      return sealSecret(keys.wrap, this.#file.vaultId, record, secret);
    } finally {
      secret.fill(0);
    }
  }

  /** Whatever keeps it closed, callers that need it open learn one code, with the particular reason and way out. */
  #requireKeys(): Keys {
    if (this.#keys) return this.#keys;
    const { reason, hint } = this.#closed;
    throw new AegisError(this.#slots.isSetUp ? 'VAULT_LOCKED' : 'VAULT_NOT_SET_UP', reason, { hint });
  }

  #requireFree(name: string): void {
    const taken = this.#shelf.find(name) ?? this.#shelf.damaged.find((row) => row.name === name);
    if (!taken) return;
    throw new AegisError('NAME_TAKEN', `The vault already has a credential named ${name}.`, {
      hint: 'Choose another name, or remove the old credential first.',
    });
  }

  #unlockHint(): string {
    return this.#slots.kinds().includes('passphrase')
      ? 'Unlock it with the passphrase, in the app or with aegis vault unlock.'
      : 'Unlock it in the app or with aegis vault unlock.';
  }

  async #append(event: AuditEvent, actor: Actor, details: AuditEvent['details'] = {}): Promise<void> {
    await this.#options.ledger.append({
      target: this.#options.name,
      ...event,
      details: { vault: this.#options.name, via: actor.via, ...details },
    });
  }

  /** Does what the ledger already says; if that fails, the ledger learns it. */
  async #perform(action: AuditEvent['action'], actor: Actor, work: () => void): Promise<void> {
    try {
      work();
    } catch (error) {
      const reason = `It was not carried out: ${messageOf(error)}`;
      await this.#append({ action, outcome: 'error', actor: actor.name, code: 'INTERNAL', reason }, actor);
      throw new AegisError('INTERNAL', `The vault file could not be written: ${messageOf(error)}`, {
        hint: 'Check that the disk has space and that the state folder is writable. Nothing was changed.',
        cause: error,
      });
    }
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

const copyOf = (key: Buffer): Buffer => {
  const copy = Buffer.allocUnsafeSlow(key.length);
  key.copy(copy);
  return copy;
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

const about = (
  credential: { name: string; service: string },
  action: 'credential.added' | 'credential.removed',
  actor: Actor,
): AuditEvent => ({
  action,
  outcome: 'allowed',
  actor: actor.name,
  service: credential.service,
  target: credential.name,
});

const closedFrom = (error: unknown): Closed =>
  error instanceof AegisError
    ? { code: error.code, reason: error.message, hint: error.hint ?? 'Try again.' }
    : { code: 'INTERNAL', reason: messageOf(error), hint: 'Look into the log.' };
