import type { Credential } from '#contract';
import { AegisError } from '../base/errors.ts';
import type { GateVault } from './ports.ts';
import { Scrubber } from './scrub.ts';

/** How long an opened secret stays in memory after its last use. */
const KEEP_MS = 10_000;

/** A credential ready for use: what goes into the request, and what must not come back. */
export interface Opened {
  readonly header: { readonly name: string; readonly value: string } | undefined;
  /** `name` to replace in the query, `text` as appended. */
  readonly query: { readonly name: string; readonly text: string } | undefined;
  readonly scrubber: Scrubber;
}

interface Entry extends Opened {
  readonly version: number;
  usedAt: number;
}

/** Bytes that may stand in a header value: everything but controls. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * Opens secrets for the Gate and keeps them for a few seconds, so that a busy agent costs one decryption and one copy
 * instead of one per request (JavaScript strings cannot be wiped: a copy per request would leave thousands behind).
 * Everything is dropped when the vault locks, and a credential's part when it changes or goes.
 */
export class OpenedSecrets {
  readonly #vault: GateVault;
  readonly #entries = new Map<string, Entry>();

  constructor(vault: GateVault) {
    this.#vault = vault;
  }

  /**
   * @param now milliseconds that never go back
   * @throws VAULT_LOCKED, SECRET_UNREADABLE
   */
  open(credential: Credential, now: number): Opened {
    const known = this.#entries.get(credential.id);
    if (known?.version === credential.version) {
      known.usedAt = now;
      return known;
    }
    this.drop(credential.id);
    const secret = this.#vault.openSecret(credential.id);
    try {
      const entry = { ...prepare(credential, secret), version: credential.version, usedAt: now };
      this.#entries.set(credential.id, entry);
      return entry;
    } finally {
      secret.fill(0);
    }
  }

  drop(id: string): void {
    this.#entries.delete(id);
  }

  /** Forgets what was not used lately; a request in flight keeps its own until it ends. */
  sweep(now: number): void {
    for (const [id, entry] of this.#entries) if (now - entry.usedAt > KEEP_MS) this.#entries.delete(id);
  }

  clear(): void {
    this.#entries.clear();
  }
}

function prepare(credential: Credential, secret: Buffer): Opened {
  const text = secret.toString('latin1');
  switch (credential.auth_type) {
    case 'bearer':
      return inHeader(credential, 'authorization', `Bearer ${text}`, [secret]);
    case 'header':
      return inHeader(credential, (credential.header_name ?? 'x-api-key').toLowerCase(), text, [secret]);
    case 'basic': {
      const colon = secret.indexOf(0x3a);
      const password = secret.subarray(colon + 1);
      return inHeader(credential, 'authorization', `Basic ${secret.toString('base64')}`, [
        secret,
        ...(colon >= 0 && password.length >= 6 ? [password] : []),
      ]);
    }
    case 'query': {
      const name = credential.query_name ?? 'key';
      const value = encodeURIComponent(secret.toString('utf8'));
      return {
        header: undefined,
        query: { name, text: `${encodeURIComponent(name)}=${value}` },
        scrubber: new Scrubber([secret]),
      };
    }
  }
}

function inHeader(credential: Credential, name: string, value: string, secrets: readonly Buffer[]): Opened {
  if (!HEADER_VALUE.test(value)) {
    throw new AegisError(
      'SECRET_UNREADABLE',
      `The secret of "${credential.name}" holds a line break or control character and cannot be sent in a header.`,
      { hint: 'Store the secret again without it.' },
    );
  }
  return { header: { name, value }, query: undefined, scrubber: new Scrubber(secrets) };
}
