import { z } from 'zod';
import { Name, PageInput, pageOf, Timestamp } from './common.ts';
import { CredentialId } from './ids.ts';
import { procedure } from './procedure.ts';

/** Largest secret the vault takes, in bytes of UTF-8. */
export const MAX_SECRET_BYTES = 512 * 1024;

export const AuthType = z.enum(['bearer', 'header', 'basic', 'query']);
export type AuthType = z.infer<typeof AuthType>;

export const CredentialScope = z.enum(['read', 'write', '*']);
export type CredentialScope = z.infer<typeof CredentialScope>;

/** `api.example.com`, `*.example.com` (any depth below, not itself), optionally with `:port`; the vault normalises it. */
export const DomainPattern = z.string().min(1).max(260);

/** RFC 9110 field name. */
export const HeaderName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/, 'must be an HTTP header name');

/** The first path segment at the Gate: lower case, so that one service has one spelling. */
export const ServiceName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/, 'may contain lower-case letters, digits, dot, dash and underscore');

const credentialRules = {
  service: ServiceName,
  domains: z.array(DomainPattern).min(1, 'name at least one domain').max(50),
  auth_type: AuthType,
  header_name: HeaderName.optional(),
  query_name: z.string().min(1).max(128).optional(),
  scopes: z.array(CredentialScope).min(1).optional(),
  /** Base URL that replaces `https://<domain>`; its host must be one of `domains`. */
  upstream: z.url().optional(),
  /** Leave to reach plain HTTP and private or loopback addresses. */
  allow_private: z.boolean().optional(),
};

export const CredentialInput = z.strictObject({
  name: Name,
  secret: z.string().min(1, 'must not be empty').max(MAX_SECRET_BYTES),
  ...credentialRules,
  ttl_days: z.number().int().min(1).max(3650).optional(),
});
export type CredentialInput = z.infer<typeof CredentialInput>;

/** A credential as anybody may see it: everything but the secret. */
export const Credential = z.object({
  id: CredentialId,
  vault: Name,
  name: Name,
  version: z.number().int().min(1),
  service: ServiceName,
  domains: z.array(DomainPattern),
  auth_type: AuthType,
  header_name: z.string().nullable(),
  query_name: z.string().nullable(),
  scopes: z.array(CredentialScope),
  upstream: z.string().nullable(),
  allow_private: z.boolean(),
  created_at: Timestamp,
  expires_at: Timestamp.nullable(),
  last_used_at: Timestamp.nullable(),
});
export type Credential = z.infer<typeof Credential>;

/** What can open the vault on this machine. */
export const KeySlotKind = z.enum(['keychain', 'passphrase', 'environment']);
export type KeySlotKind = z.infer<typeof KeySlotKind>;

export const VaultState = z.enum(['open', 'locked', 'not_set_up']);
export type VaultState = z.infer<typeof VaultState>;

export const Vault = z.object({
  name: Name,
  state: VaultState,
  /** Why it is not open and what to do; null when open. */
  reason: z.string().nullable(),
  hint: z.string().nullable(),
  slots: z.array(KeySlotKind),
  credentials: z.number().int(),
});
export type Vault = z.infer<typeof Vault>;

const vaultPath = { vault: Name };
const tag = 'vault';

export const vaultContract = {
  list: procedure('vault:read', { method: 'GET', path: '/v1/vaults', summary: 'List vaults', tag })
    .input(PageInput)
    .output(pageOf(Vault)),
  lock: procedure('vault:manage', {
    method: 'POST',
    path: '/v1/vaults/{vault}/lock',
    summary: 'Lock a vault',
    tag,
  })
    .input(z.strictObject(vaultPath))
    .output(Vault),
  unlock: procedure('vault:manage', {
    method: 'POST',
    path: '/v1/vaults/{vault}/unlock',
    summary: 'Unlock a vault with the keychain, or with its passphrase',
    tag,
  })
    .input(z.strictObject({ ...vaultPath, passphrase: z.string().max(1024).optional() }))
    .output(Vault),
  setUp: procedure('vault:manage', {
    method: 'POST',
    path: '/v1/vaults/{vault}/passphrase',
    summary:
      'Give the vault a passphrase: its first key slot where no keychain answers, a second one otherwise',
    tag,
  })
    .input(
      z.strictObject({
        ...vaultPath,
        passphrase: z.string().min(10, 'use at least 10 characters').max(1024),
      }),
    )
    .output(Vault),
  credentials: procedure('vault:read', {
    method: 'GET',
    path: '/v1/vaults/{vault}/credentials',
    summary: 'List credentials, without their secrets',
    tag,
  })
    .input(PageInput.extend(vaultPath))
    .output(pageOf(Credential)),
  add: procedure('vault:write', {
    method: 'POST',
    path: '/v1/vaults/{vault}/credentials',
    summary: 'Store a credential',
    tag,
    successStatus: 201,
  })
    .input(CredentialInput.extend(vaultPath))
    .output(Credential),
  get: procedure('vault:read', {
    method: 'GET',
    path: '/v1/vaults/{vault}/credentials/{name}',
    summary: 'Show one credential, without its secret',
    tag,
  })
    .input(z.strictObject({ ...vaultPath, name: Name }))
    .output(Credential),
  remove: procedure('vault:write', {
    method: 'DELETE',
    path: '/v1/vaults/{vault}/credentials/{name}',
    summary: 'Delete a credential and its secret for good',
    tag,
  })
    .input(z.strictObject({ ...vaultPath, name: Name }))
    .output(Credential),
};
