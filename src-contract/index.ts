/**
 * The one contract. Reading this object tells everything the product can do; all doors derive from it.
 * Imports nothing of ours but its own parts.
 */
import type { ContractRouterClient } from '@orpc/contract';
import { agentsContract } from './agents.ts';
import { approvalsContract, hooksContract } from './approvals.ts';
import { auditContract } from './audit.ts';
import { sessionsContract } from './sessions.ts';
import { authContract, desktopContract, systemContract } from './system.ts';
import { vaultContract } from './vault.ts';

export const contract = {
  system: systemContract,
  auth: authContract,
  sessions: sessionsContract,
  approvals: approvalsContract,
  hooks: hooksContract,
  vault: vaultContract,
  agents: agentsContract,
  audit: auditContract,
  desktop: desktopContract,
};

/** The typed client every caller gets: `client.sessions.create({...})`. */
export type AegisClient = ContractRouterClient<typeof contract>;

export * from './agents.ts';
export * from './approvals.ts';
export * from './audit.ts';
export * from './common.ts';
export * from './errors.ts';
export * from './ids.ts';
export * from './permissions.ts';
export type { ProcedureMeta } from './procedure.ts';
export * from './sessions.ts';
export * from './system.ts';
export * from './vault.ts';
