/** Shared by the tests of this folder: a vault in a folder of its own, and a ledger that only remembers. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { onTestFinished } from 'vitest';
import type { AuditEvent, CredentialInput, LiveEvent } from '#contract';
import { AegisError } from '../base/errors.ts';
import type { LedgerPort } from '../base/ledger-port.ts';
import { silentLog } from '../base/log.ts';
import type { Actor } from '../base/principal.ts';
import { LiveHub } from '../live/index.ts';
import type { KeyStore } from './key-stores.ts';
import { Vault, type VaultOptions } from './vault.ts';

export const OWNER: Actor = { name: 'owner', via: 'system' };
export const MASTER = '5a'.repeat(32);
export const OTHER_MASTER = 'a5'.repeat(32);

export class RememberingLedger implements LedgerPort {
  readonly events: AuditEvent[] = [];
  down = false;

  async append(event: AuditEvent): Promise<void> {
    await Promise.resolve();
    if (this.down) throw new AegisError('LEDGER_UNAVAILABLE', 'The ledger cannot be written.');
    this.events.push(event);
  }

  actions(): string[] {
    return this.events.map((event) => event.action);
  }
}

/** A keychain in memory, for the turns a real one cannot be made to take on demand. */
export class Drawer implements KeyStore {
  readonly kind = 'keychain';
  readonly items = new Map<string, string>();
  broken: AegisError | undefined;

  async load(account: string): Promise<Buffer | null> {
    if (this.broken) throw this.broken;
    const text = this.items.get(account);
    return text === undefined ? null : Buffer.from(text, 'hex');
  }

  async save(account: string, key: Buffer): Promise<void> {
    if (this.broken) throw this.broken;
    this.items.set(account, key.toString('hex'));
  }

  async remove(account: string): Promise<void> {
    this.items.delete(account);
  }
}

export function temporaryFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'aegis-vault-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export function bench(dir = temporaryFolder()) {
  const ledger = new RememberingLedger();
  const live = new LiveHub();
  const published: LiveEvent[] = [];
  live.subscribe((event) => published.push(event));
  const open = async (options: Partial<VaultOptions> = { environmentKey: MASTER }): Promise<Vault> => {
    const vault = await Vault.open({ dir, name: 'default', ledger, live, log: silentLog(), ...options });
    onTestFinished(() => vault.dispose());
    return vault;
  };
  return { dir, path: join(dir, 'default.db'), ledger, live, published, open };
}

/** Changes the vault file behind the vault's back, as somebody with write access to the disk could. */
export function tamper(path: string, sql: string, ...values: unknown[]): number {
  const db = new Database(path);
  db.pragma('foreign_keys = OFF');
  try {
    return db.prepare(sql).run(...values).changes;
  } finally {
    db.close();
  }
}

export const input = (changes: Partial<CredentialInput> = {}): CredentialInput => ({
  name: 'anthropic',
  service: 'anthropic',
  secret: 'sk-ant-api03-0123456789',
  domains: ['api.anthropic.com'],
  auth_type: 'bearer',
  ...changes,
});

/** The code and field errors of what a call throws. */
export async function refusal(work: () => unknown): Promise<AegisError> {
  try {
    await work();
  } catch (error) {
    if (error instanceof AegisError) return error;
    throw error;
  }
  throw new Error('It was not refused.');
}
