import type { Credential } from '#contract';
import { bindingOf, newKey, seal, unseal } from './crypto.ts';

/** A credential as it is kept: everything but the secret, and without what changes by mere use. */
export type CredentialRecord = Omit<Credential, 'vault' | 'last_used_at'>;

/** One version of one secret as it lies in the file. */
export interface Envelope {
  /** The version's own data key, wrapped with the vault's key and bound to the record. */
  readonly wrapped_key: Buffer;
  /** The secret, sealed with the data key. */
  readonly sealed: Buffer;
}

/**
 * Everything that decides where the secret may go is authenticated with its key: who edits a domain, an upstream or a
 * header name in the file, or swaps two rows, gets a secret that no longer opens instead of one that goes elsewhere.
 */
const recordBinding = (vaultId: string, record: CredentialRecord): Buffer =>
  bindingOf('aegis/vault/data-key/v1', [
    vaultId,
    record.id,
    record.version,
    record.name,
    record.service,
    record.domains,
    record.auth_type,
    record.header_name,
    record.query_name,
    record.scopes,
    record.upstream,
    record.allow_private,
    record.created_at,
    record.expires_at,
  ]);

const secretBinding = (vaultId: string, record: CredentialRecord): Buffer =>
  bindingOf('aegis/vault/secret/v1', [vaultId, record.id, record.version]);

/** Puts a secret under a fresh data key. The caller zeroes the secret. */
export function sealSecret(
  wrapKey: Buffer,
  vaultId: string,
  record: CredentialRecord,
  secret: Buffer,
): Envelope {
  const dataKey = newKey();
  try {
    return {
      wrapped_key: seal(wrapKey, dataKey, recordBinding(vaultId, record)),
      sealed: seal(dataKey, secret, secretBinding(vaultId, record)),
    };
  } finally {
    dataKey.fill(0);
  }
}

/** The data key, or undefined when the record, the vault or the wrapped key is not what it was. The caller zeroes it. */
export const openDataKey = (
  wrapKey: Buffer,
  vaultId: string,
  record: CredentialRecord,
  wrapped: Buffer,
): Buffer | undefined => unseal(wrapKey, wrapped, recordBinding(vaultId, record));

/** The secret, or undefined when it does not belong to this data key and record. The caller zeroes it. */
export const openSealed = (
  dataKey: Buffer,
  vaultId: string,
  record: CredentialRecord,
  sealed: Buffer,
): Buffer | undefined => unseal(dataKey, sealed, secretBinding(vaultId, record));
