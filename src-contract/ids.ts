/** Branded ids: a prefix that says what is named, then a UUIDv7 without dashes, so ids sort by time of creation. */
import { z } from 'zod';

const brandedId = <P extends string>(prefix: P) =>
  z
    .string()
    .regex(new RegExp(`^${prefix}_[0-9a-f]{32}$`), `must look like ${prefix}_ followed by 32 hex digits`)
    .brand(prefix);

export const SessionId = brandedId('ses');
export type SessionId = z.infer<typeof SessionId>;
export const ApprovalId = brandedId('apr');
export type ApprovalId = z.infer<typeof ApprovalId>;
export const AgentId = brandedId('agt');
export type AgentId = z.infer<typeof AgentId>;
export const CredentialId = brandedId('crd');
export type CredentialId = z.infer<typeof CredentialId>;
export const AuditId = brandedId('aud');
export type AuditId = z.infer<typeof AuditId>;

/** Prefix -> id type, so that `newId('ses')` returns a SessionId. */
export interface IdByPrefix {
  ses: SessionId;
  apr: ApprovalId;
  agt: AgentId;
  crd: CredentialId;
  aud: AuditId;
  req: string;
}
export type IdPrefix = keyof IdByPrefix;
