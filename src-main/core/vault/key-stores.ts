import type { KeySlotKind } from '#contract';
import { AegisError, messageOf } from '../base/errors.ts';
import { KEY_BYTES } from './crypto.ts';

/**
 * A place outside the vault file that keeps master keys whole. `account` names the vault (its random id), so that vaults,
 * state folders and restored copies never overwrite each other's key. Every call rejects with KEYCHAIN_UNAVAILABLE when
 * the place does not answer in time.
 */
export interface KeyStore {
  readonly kind: KeySlotKind;
  load(account: string): Promise<Buffer | null>;
  save(account: string, key: Buffer): Promise<void>;
  remove(account: string): Promise<void>;
}

/** The name under which keychain viewers show our items. */
const KEYCHAIN_SERVICE = 'Aegis Control Center';
const HEX_KEY = /^[0-9a-f]{64}$/i;

type Keytar = Pick<typeof import('keytar'), 'getPassword' | 'setPassword' | 'deletePassword'>;

/** The system's keychain: Keychain on macOS, Credential Manager on Windows, the Secret Service on Linux. */
export class SystemKeychain implements KeyStore {
  readonly kind = 'keychain';
  readonly #limitMs: number;
  readonly #service: string;
  /** Calls that outlived their limit: each still holds a thread, so the same call joins it instead of taking another. */
  readonly #running = new Map<string, Promise<unknown>>();

  /** @param limitMs how long a call may take: a locked keyring waits for a prompt nobody may see */
  constructor(options: { limitMs?: number; service?: string } = {}) {
    this.#limitMs = options.limitMs ?? 15_000;
    this.#service = options.service ?? KEYCHAIN_SERVICE;
  }

  async load(account: string): Promise<Buffer | null> {
    const text = await this.#call(`load ${account}`, (keytar) => keytar.getPassword(this.#service, account));
    if (text === null) return null;
    if (!HEX_KEY.test(text)) {
      throw new AegisError('MASTER_KEY_MISMATCH', 'The item in the system keychain is not a key of Aegis.', {
        hint: `Look at the item "${this.#service}" (${account}) in your keychain, or unlock with the passphrase.`,
      });
    }
    return Buffer.from(text, 'hex');
  }

  async save(account: string, key: Buffer): Promise<void> {
    await this.saveText(account, key.toString('hex'));
  }

  /** A text that is no key, such as the newest checkpoint of the ledger. */
  loadText(account: string): Promise<string | null> {
    return this.#call(`load ${account}`, (keytar) => keytar.getPassword(this.#service, account));
  }

  async saveText(account: string, text: string): Promise<void> {
    const name = `save ${account}`;
    // An earlier one that still hangs carries another text: it is waited for, not joined.
    for (let earlier = this.#running.get(name); earlier; earlier = this.#running.get(name))
      await this.#limited(earlier.catch(() => undefined));
    await this.#call(name, (keytar) => keytar.setPassword(this.#service, account, text));
  }

  async remove(account: string): Promise<void> {
    await this.#call(`remove ${account}`, (keytar) => keytar.deletePassword(this.#service, account));
  }

  /** True while a timed-out call still waits inside the system; such a thread also holds up the end of the process. */
  get stuck(): boolean {
    return this.#running.size > 0;
  }

  async #call<T>(name: string, work: (keytar: Keytar) => Promise<T>): Promise<T> {
    const already = this.#running.get(name) as Promise<T> | undefined;
    const running = already ?? loadKeytar().then(work);
    if (!already) {
      this.#running.set(name, running);
      const done = () => this.#running.delete(name);
      running.then(done, done);
    }
    return this.#limited(running);
  }

  async #limited<T>(running: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const limit = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(tooSlow(this.#limitMs)), this.#limitMs);
    });
    try {
      return await Promise.race([running, limit]);
    } catch (error) {
      throw error instanceof AegisError ? error : unavailable(error);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Loaded on first use: where its system library is missing, that is a keychain that does not answer, not a crash. */
async function loadKeytar(): Promise<Keytar> {
  const module = (await import('keytar')) as Keytar & { default?: Keytar };
  return module.default ?? module;
}

const tooSlow = (limitMs: number): AegisError =>
  new AegisError(
    'KEYCHAIN_UNAVAILABLE',
    `The system keychain did not answer within ${limitMs / 1000} seconds. It may be locked and waiting for its password.`,
    { hint: 'Unlock your login keyring and try again, or use a passphrase for the vault.' },
  );

const unavailable = (error: unknown): AegisError =>
  new AegisError('KEYCHAIN_UNAVAILABLE', `The system keychain cannot be used: ${messageOf(error)}`, {
    hint: 'Give the vault a passphrase, or start a keychain service (on Linux gnome-keyring or KWallet) and try again.',
    cause: error,
  });

/** The key that `AEGIS_MASTER_KEY` brings along: for servers, where no keychain is. */
export class EnvironmentKey implements KeyStore {
  readonly kind = 'environment';
  readonly #key: Buffer;

  /** @param hex 64 hex digits; anything else is refused with INVALID_INPUT */
  constructor(hex: string) {
    if (!HEX_KEY.test(hex)) {
      throw new AegisError('INVALID_INPUT', 'AEGIS_MASTER_KEY is not 64 hex digits.', {
        hint: 'Make one with: openssl rand -hex 32',
      });
    }
    this.#key = Buffer.from(hex, 'hex');
  }

  async load(): Promise<Buffer> {
    const copy = Buffer.allocUnsafeSlow(KEY_BYTES);
    this.#key.copy(copy);
    return copy;
  }

  async save(): Promise<void> {
    throw new AegisError('NOT_SUPPORTED_HERE', 'A key from the environment cannot be changed from within.');
  }

  async remove(): Promise<void> {
    this.#key.fill(0);
  }
}
