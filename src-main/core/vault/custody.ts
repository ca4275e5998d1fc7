import type { Vault as VaultInfo } from '#contract';
import { AegisError, messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Actor } from '../base/principal.ts';
import { Attempts } from './attempts.ts';
import { deriveKey, KEY_BYTES, newKey } from './crypto.ts';
import type { VaultFile } from './file.ts';
import type { Journal } from './journal.ts';
import type { KeyStore } from './key-stores.ts';
import { type Closed, type Found, Slots } from './slots.ts';

interface Keys {
  readonly master: Buffer;
  /** Wraps the data keys: derived from the master key for this vault alone. */
  readonly wrap: Buffer;
}

/**
 * Has the vault's keys in memory, or not: how they come (slots), how long they stay, and why they are not there. Calls
 * that change something must come one at a time; the vault sees to that.
 */
export class Custody {
  readonly #file: VaultFile;
  readonly #slots: Slots;
  readonly #journal: Journal;
  readonly #attempts: Attempts;
  #keys: Keys | undefined;
  #closed: Closed = { code: 'VAULT_LOCKED', reason: 'The vault is locked.', hint: 'Unlock the vault.' };

  constructor(options: {
    file: VaultFile;
    stores: readonly KeyStore[];
    journal: Journal;
    log: Log;
    now: (() => number) | undefined;
  }) {
    this.#file = options.file;
    this.#slots = new Slots(options);
    this.#journal = options.journal;
    this.#attempts = new Attempts(options.now);
  }

  get isOpen(): boolean {
    return this.#keys !== undefined;
  }

  status(): Pick<VaultInfo, 'state' | 'reason' | 'hint' | 'slots'> {
    const slots = this.#slots.kinds();
    if (this.#keys) return { state: 'open', reason: null, hint: null, slots };
    const { reason, hint } = this.#closed;
    return { state: this.#slots.isSetUp ? 'locked' : 'not_set_up', reason, hint, slots };
  }

  /** Whatever keeps it closed, callers that need it open learn one code, with the particular reason and way out. */
  require(): Keys {
    if (this.#keys) return this.#keys;
    const { reason, hint } = this.#closed;
    throw new AegisError(this.#slots.isSetUp ? 'VAULT_LOCKED' : 'VAULT_NOT_SET_UP', reason, { hint });
  }

  /** @throws VAULT_LOCKED */
  deriveKey(purpose: string): Buffer {
    return deriveKey(this.require().master, this.#file.vaultId, `aegis/vault/purpose/v1/${purpose}`);
  }

  /** For the start: tries the stores and remembers why it stays closed, which is not an error yet. */
  async tryStores(actor: Actor): Promise<void> {
    try {
      await this.#openFromStores(actor);
    } catch (error) {
      this.#closed = closedFrom(error);
    }
  }

  /** See `Vault.unlock`. A refusal is in the ledger before it is answered. */
  async unlock(passphrase: string | undefined, actor: Actor): Promise<void> {
    try {
      if (passphrase === undefined) await this.#openFromStores(actor);
      else await this.#openFromPassphrase(passphrase, actor);
    } catch (error) {
      const { code, reason } = closedFrom(error);
      await this.#journal.write('vault.unlock_refused', actor, { outcome: 'denied', code, reason });
      throw error;
    }
  }

  /** See `Vault.setPassphrase`. */
  async setPassphrase(passphrase: string, actor: Actor): Promise<void> {
    const first = !this.#slots.isSetUp;
    const master = first ? newKey() : copyOf(this.require().master);
    const action = first ? 'vault.set_up' : 'vault.passphrase_set';
    try {
      const slot = await this.#slots.makePassphraseSlot(passphrase, master);
      await this.#journal.write(action, actor, {}, { slot: 'passphrase' });
      await this.#journal.perform(action, actor, 'passphrase', () => this.#slots.save(slot, master));
      if (first) this.#hold(master);
    } finally {
      master.fill(0);
    }
  }

  /** Zeroes the keys. @returns whether there were any */
  drop(reason: string): boolean {
    const keys = this.#keys;
    const how = this.#slots.kinds().includes('passphrase') ? ' with the passphrase' : '';
    this.#closed = {
      code: 'VAULT_LOCKED',
      reason,
      hint: `Unlock it${how}, in the app or with aegis vault unlock.`,
    };
    this.#keys = undefined;
    keys?.master.fill(0);
    keys?.wrap.fill(0);
    return keys !== undefined;
  }

  async #openFromStores(actor: Actor): Promise<void> {
    const found = await this.#slots.fromStores();
    if ('masterKey' in found) return this.#openWith(found, actor);
    this.#closed = found;
    throw new AegisError(found.code, found.reason, { hint: found.hint });
  }

  async #openFromPassphrase(passphrase: string, actor: Actor): Promise<void> {
    if (!this.#slots.isSetUp) this.require();
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
    const action = found.fresh ? 'vault.set_up' : 'vault.unlocked';
    try {
      await this.#journal.write(action, actor, {}, { slot: found.slot });
      if (!this.#slots.kinds().includes(found.slot)) {
        const slot = this.#slots.storeSlot(found.slot);
        await this.#journal.perform(action, actor, found.slot, () => this.#slots.save(slot, found.masterKey));
      }
      this.#hold(found.masterKey);
    } finally {
      found.masterKey.fill(0);
    }
  }

  #hold(master: Buffer): void {
    this.#keys = {
      master: copyOf(master),
      wrap: deriveKey(master, this.#file.vaultId, 'aegis/vault/wrap/v1'),
    };
  }
}

const copyOf = (key: Buffer): Buffer => {
  const copy = Buffer.allocUnsafeSlow(KEY_BYTES);
  key.copy(copy);
  return copy;
};

const closedFrom = (error: unknown): Closed =>
  error instanceof AegisError
    ? { code: error.code, reason: error.message, hint: error.hint ?? 'Try again.' }
    : { code: 'INTERNAL', reason: messageOf(error), hint: 'Look into the log.' };
