import { createHash } from 'node:crypto';
import type { ErrorCode, KeySlotKind } from '#contract';
import { AegisError, messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import { deriveKey, newKey, sameBytes } from './crypto.ts';
import type { SlotRow, VaultFile } from './file.ts';
import type { KeyStore } from './key-stores.ts';
import { makePassphraseSlot, openPassphraseSlot } from './passphrase-slot.ts';

/** Why the vault is not open and what helps. */
export interface Closed {
  readonly code: ErrorCode;
  readonly reason: string;
  readonly hint: string;
}

/** A master key that was proven to belong to this vault, or, when `fresh`, is to become its first. */
export interface Found {
  readonly masterKey: Buffer;
  readonly slot: KeySlotKind;
  readonly fresh: boolean;
}

const USE_PASSPHRASE = 'Unlock the vault with its passphrase.';
const SET_PASSPHRASE =
  'Give the vault a passphrase, or start a keychain service (on Linux gnome-keyring or KWallet) and try again.';

/**
 * The ways to the master key. A key is proven against the vault's check value before it is used; one that does not fit
 * never replaces anything, it only makes another slot necessary.
 */
export class Slots {
  readonly #file: VaultFile;
  readonly #stores: readonly KeyStore[];
  readonly #log: Log;
  /** What the file says, kept here because every status line asks. */
  #setUp: boolean;
  #kinds: readonly KeySlotKind[];

  /** @param stores in the order in which they are tried */
  constructor(options: { file: VaultFile; stores: readonly KeyStore[]; log: Log }) {
    this.#file = options.file;
    this.#stores = options.stores;
    this.#log = options.log;
    this.#setUp = this.#file.keyCheck() !== null;
    this.#kinds = this.#file.slots().map((slot) => slot.kind);
  }

  get isSetUp(): boolean {
    return this.#setUp;
  }

  kinds(): KeySlotKind[] {
    return [...this.#kinds];
  }

  /** The key from whichever store answers first with the right one. Nothing is written to the vault file. */
  async fromStores(): Promise<Found | Closed> {
    const setUp = this.isSetUp;
    const kinds = this.kinds();
    let closed: Closed | undefined;
    for (const store of this.#stores) {
      // A vault that was never given a keychain slot does not ask the keychain; the environment is always explicit.
      if (setUp && store.kind !== 'environment' && !kinds.includes(store.kind)) continue;
      const result = setUp ? await this.#loadProven(store) : await this.#loadOrMake(store);
      if ('masterKey' in result) return result;
      closed ??= this.#withPassphraseHint(result, kinds);
      // An explicit key that does not fit is an error to show, not a reason to look elsewhere behind the user's back.
      if (store.kind === 'environment') return closed;
    }
    return closed ?? this.#noStore(setUp, kinds);
  }

  /**
   * The key from the passphrase slot; undefined when the passphrase is wrong.
   * @throws VAULT_LOCKED when there is no such slot, SECRET_UNREADABLE when it is damaged
   */
  async fromPassphrase(passphrase: string): Promise<Found | undefined> {
    const slot = this.#file.slots().find((row) => row.kind === 'passphrase');
    if (!slot) {
      throw new AegisError('VAULT_LOCKED', 'The vault has no passphrase.', {
        hint: 'Unlock it without one, through the keychain or AEGIS_MASTER_KEY.',
      });
    }
    const masterKey = await openPassphraseSlot(passphrase, slot, this.#file.vaultId);
    if (!masterKey) return undefined;
    if (this.#proves(masterKey)) return { masterKey, slot: 'passphrase', fresh: false };
    masterKey.fill(0);
    throw new AegisError(
      'MASTER_KEY_MISMATCH',
      'The passphrase is right, but its key does not open this vault.',
      {
        hint: 'The vault file was put together from two others. Restore a backup of it.',
      },
    );
  }

  makePassphraseSlot(passphrase: string, masterKey: Buffer): Promise<SlotRow> {
    return makePassphraseSlot(passphrase, masterKey, this.#file.vaultId);
  }

  /** Records a slot that keeps the key whole somewhere else. */
  storeSlot(kind: KeySlotKind): SlotRow {
    const parameters = JSON.stringify({ account: this.#file.vaultId });
    return { kind, parameters, wrapped: null, checksum: createHash('sha256').update(parameters).digest() };
  }

  /** Writes the slot; with the very first one also what proves the key from then on. */
  save(slot: SlotRow, masterKey: Buffer): void {
    this.#file.saveSlot(slot, this.#checkOf(masterKey));
    this.#setUp = true;
    this.#kinds = this.#file.slots().map((one) => one.kind);
  }

  /**
   * After another slot opened the vault: puts the key back into a keychain that lost it (new machine, restored home).
   * A key that is there already is never overwritten. Failing is no harm: the other slot still works.
   */
  async mend(masterKey: Buffer): Promise<void> {
    const store = this.#stores.find((one) => one.kind === 'keychain');
    if (!store || !this.kinds().includes('keychain')) return;
    try {
      const there = await store.load(this.#file.vaultId);
      if (there) there.fill(0);
      else await store.save(this.#file.vaultId, masterKey);
    } catch (error) {
      this.#log.warn({ code: codeOf(error) }, 'the keychain did not take the key back');
    }
  }

  async #loadProven(store: KeyStore): Promise<Found | Closed> {
    try {
      const masterKey = await store.load(this.#file.vaultId);
      if (!masterKey) {
        return {
          code: 'VAULT_LOCKED',
          reason:
            'The system keychain did not give out the key of this vault: it is locked, or the item is gone.',
          hint: 'Unlock your login keyring and try again.',
        };
      }
      if (this.#proves(masterKey)) return { masterKey, slot: store.kind, fresh: false };
      masterKey.fill(0);
      return {
        code: 'MASTER_KEY_MISMATCH',
        reason: `The key in ${nameOf(store.kind)} belongs to another vault.`,
        hint:
          store.kind === 'environment'
            ? 'Set AEGIS_MASTER_KEY to the key this vault was set up with, or leave it unset.'
            : 'Restore the keychain this vault was set up with.',
      };
    } catch (error) {
      return closedBy(error);
    }
  }

  async #loadOrMake(store: KeyStore): Promise<Found | Closed> {
    try {
      const account = this.#file.vaultId;
      const there = await store.load(account);
      if (there) return { masterKey: there, slot: store.kind, fresh: true };
      const masterKey = newKey();
      await store.save(account, masterKey);
      const back = await store.load(account);
      if (back && sameBytes(back, masterKey)) {
        back.fill(0);
        return { masterKey, slot: store.kind, fresh: true };
      }
      masterKey.fill(0);
      return {
        code: 'KEYCHAIN_UNAVAILABLE',
        reason: 'The system keychain did not keep the key it was given.',
        hint: SET_PASSPHRASE,
      };
    } catch (error) {
      return closedBy(error);
    }
  }

  #noStore(setUp: boolean, kinds: readonly KeySlotKind[]): Closed {
    if (!setUp) {
      return { code: 'VAULT_NOT_SET_UP', reason: 'The vault has no key yet.', hint: SET_PASSPHRASE };
    }
    const hint = kinds.includes('passphrase')
      ? USE_PASSPHRASE
      : kinds.includes('environment')
        ? 'Start Aegis with the AEGIS_MASTER_KEY this vault was set up with.'
        : 'Start Aegis where the system keychain is available.';
    return { code: 'VAULT_LOCKED', reason: 'The vault is locked.', hint };
  }

  #withPassphraseHint(closed: Closed, kinds: readonly KeySlotKind[]): Closed {
    return kinds.includes('passphrase') ? { ...closed, hint: USE_PASSPHRASE } : closed;
  }

  #checkOf(masterKey: Buffer): Buffer {
    return deriveKey(masterKey, this.#file.vaultId, 'aegis/vault/key-check/v1');
  }

  #proves(masterKey: Buffer): boolean {
    const check = this.#file.keyCheck();
    return check !== null && sameBytes(check, this.#checkOf(masterKey));
  }
}

const nameOf = (kind: KeySlotKind): string =>
  ({ keychain: 'the system keychain', environment: 'AEGIS_MASTER_KEY', passphrase: 'the passphrase slot' })[
    kind
  ];

const codeOf = (error: unknown): ErrorCode =>
  error instanceof AegisError ? error.code : 'KEYCHAIN_UNAVAILABLE';

const closedBy = (error: unknown): Closed => ({
  code: codeOf(error),
  reason: messageOf(error),
  hint: (error instanceof AegisError ? error.hint : undefined) ?? SET_PASSPHRASE,
});
