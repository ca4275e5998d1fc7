import { randomBytes } from 'node:crypto';
import { Credential, type CredentialId, KeySlotKind } from '#contract';
import { AegisError } from '../base/errors.ts';
import { nowIso } from '../base/time.ts';
import { type Db, openDatabase } from '../store/index.ts';
import type { CredentialRecord, Envelope } from './envelope.ts';
import { vaultSchema } from './schema.ts';

export interface SlotRow {
  readonly kind: KeySlotKind;
  /** JSON; what it means is the slot's own business. */
  readonly parameters: string;
  readonly wrapped: Buffer | null;
  readonly checksum: Buffer;
}

/** A row that cannot even be read as a credential. Its name, as far as it is legible, tells the user which. */
export interface DamagedRow {
  readonly id: string;
  readonly name: string;
}

export interface StoredCredential {
  readonly record: CredentialRecord;
  readonly last_used_at: string | null;
}

const Record = Credential.omit({ vault: true, last_used_at: true }).strip();

/** The vault's SQLite file: rows in, rows out, no keys. */
export class VaultFile {
  readonly #db: Db;
  readonly #envelope;
  readonly #touch;
  readonly vaultId: string;

  /** @throws DATABASE_CORRUPT; the file is left as it is */
  constructor(path: string, name: string) {
    this.#db = openDatabase(path, [vaultSchema]);
    const [state] = this.#db.pragma('quick_check(1)') as { quick_check: string }[];
    if (state?.quick_check !== 'ok') {
      this.#db.close();
      throw new AegisError(
        'DATABASE_CORRUPT',
        `${path} is damaged and was left as it is: ${state?.quick_check}`,
        {
          hint: `Restore a backup, or move the file away and start with an empty one: mv "${path}" "${path}.damaged"`,
        },
      );
    }
    this.#db
      .prepare('INSERT OR IGNORE INTO vault_meta (single, vault_id, name, created_at) VALUES (1, ?, ?, ?)')
      .run(randomBytes(16).toString('hex'), name, nowIso());
    this.vaultId = this.#meta().vault_id;
    this.#envelope = this.#db.prepare<[string, number], Envelope>(
      'SELECT wrapped_key, sealed FROM credential_versions WHERE credential_id = ? AND version = ?',
    );
    this.#touch = this.#db.prepare('UPDATE credentials SET last_used_at = ? WHERE id = ?');
  }

  #meta(): { vault_id: string; key_check: Buffer | null } {
    const row = this.#db
      .prepare<[], { vault_id: string; key_check: Buffer | null }>(
        'SELECT vault_id, key_check FROM vault_meta',
      )
      .get();
    if (!row) throw new Error('The vault file lost its own description.');
    return row;
  }

  /** Proves a master key belongs to this vault; null before the vault has a key. */
  keyCheck(): Buffer | null {
    return this.#meta().key_check;
  }

  slots(): SlotRow[] {
    return this.#db
      .prepare<[], SlotRow>(
        'SELECT kind, parameters, wrapped, checksum FROM key_slots ORDER BY created_at, kind',
      )
      .all()
      .filter((row) => KeySlotKind.safeParse(row.kind).success);
  }

  /** Records a slot, and with the first one what proves the key; both or neither. */
  saveSlot(slot: SlotRow, keyCheck: Buffer): void {
    this.#db
      .transaction(() => {
        this.#db.prepare('UPDATE vault_meta SET key_check = ? WHERE key_check IS NULL').run(keyCheck);
        this.#db
          .prepare(
            'INSERT OR REPLACE INTO key_slots (kind, parameters, wrapped, checksum, created_at) VALUES (?, ?, ?, ?, ?)',
          )
          .run(slot.kind, slot.parameters, slot.wrapped, slot.checksum, nowIso());
      })
      .immediate();
  }

  credentials(): { good: StoredCredential[]; damaged: DamagedRow[] } {
    const good: StoredCredential[] = [];
    const damaged: DamagedRow[] = [];
    const rows = this.#db
      .prepare<[], Record<string, unknown>>('SELECT * FROM credentials ORDER BY name')
      .all();
    for (const row of rows) {
      const parsed = readRecord(row);
      if (parsed) good.push(parsed);
      else damaged.push({ id: String(row.id), name: String(row.name) });
    }
    return { good, damaged };
  }

  envelope(id: CredentialId, version: number): Envelope | undefined {
    return this.#envelope.get(id, version);
  }

  insert(record: CredentialRecord, envelope: Envelope): void {
    this.#db
      .transaction(() => {
        this.#db
          .prepare(
            `INSERT INTO credentials (id, name, version, service, domains, auth_type, header_name, query_name, scopes,
               upstream, allow_private, created_at, expires_at)
             VALUES (@id, @name, @version, @service, @domains, @auth_type, @header_name, @query_name, @scopes,
               @upstream, @allow_private, @created_at, @expires_at)`,
          )
          .run({
            ...record,
            domains: JSON.stringify(record.domains),
            scopes: JSON.stringify(record.scopes),
            allow_private: record.allow_private ? 1 : 0,
          });
        this.#db
          .prepare(
            'INSERT INTO credential_versions (credential_id, version, wrapped_key, sealed, created_at) VALUES (?, ?, ?, ?, ?)',
          )
          .run(record.id, record.version, envelope.wrapped_key, envelope.sealed, record.created_at);
      })
      .immediate();
  }

  /** Deletes the row and every version of its secret; `secure_delete` overwrites the pages. */
  remove(id: string): void {
    this.#db.prepare('DELETE FROM credentials WHERE id = ?').run(id);
  }

  saveLastUsed(marks: ReadonlyMap<string, string>): void {
    this.#db.transaction(() => {
      for (const [id, at] of marks) this.#touch.run(at, id);
    })();
  }

  close(): void {
    this.#db.close();
  }
}

function readRecord(row: Record<string, unknown>): StoredCredential | undefined {
  try {
    const record = Record.safeParse({
      ...row,
      domains: JSON.parse(String(row.domains)),
      scopes: JSON.parse(String(row.scopes)),
      allow_private: row.allow_private === 1,
    });
    if (!record.success) return undefined;
    return {
      record: record.data,
      last_used_at: typeof row.last_used_at === 'string' ? row.last_used_at : null,
    };
  } catch {
    return undefined;
  }
}
