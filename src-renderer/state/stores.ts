import { useMemo } from 'react';
import { create } from 'zustand';
import type { Agent, Approval, Credential, Session, Status, Vault } from '#contract';
import type { Failure } from '../client/failure.ts';
import { entityStore } from './entities.ts';

export const sessionStore = entityStore<Session>((session) => session.id);
export const approvalStore = entityStore<Approval>(
  (approval) => approval.id,
  (next, known) => next.version >= known.version,
);
export const credentialStore = entityStore<Credential>((credential) => credential.id);
export const agentStore = entityStore<Agent>((agent) => agent.id);
export const vaultStore = entityStore<Vault>((vault) => vault.name);

/** State of every part, as the status bar shows it; null before the first answer. */
export const useStatus = create<{ status: Status | null; failure: Failure | null }>(() => ({
  status: null,
  failure: null,
}));

const newestFirst = (a: { created_at: string }, b: { created_at: string }) =>
  b.created_at.localeCompare(a.created_at);

/** All sessions, newest first. */
export function useSessions(): Session[] {
  const byId = sessionStore.use((state) => state.byId);
  return useMemo(() => [...byId.values()].sort(newestFirst), [byId]);
}

export const useSession = (id: string | null): Session | undefined =>
  sessionStore.use((state) => (id === null ? undefined : state.byId.get(id)));

/** All approvals, pending ones and settled ones, newest first. */
export function useApprovals(): Approval[] {
  const byId = approvalStore.use((state) => state.byId);
  return useMemo(() => [...byId.values()].sort((a, b) => b.opened_at.localeCompare(a.opened_at)), [byId]);
}

/** Pending approvals, the one that waits longest first. */
export function usePendingApprovals(): Approval[] {
  const byId = approvalStore.use((state) => state.byId);
  return useMemo(() => pendingOf(byId), [byId]);
}

export const pendingOf = (byId: ReadonlyMap<string, Approval>): Approval[] =>
  [...byId.values()]
    .filter((approval) => approval.state === 'pending')
    .sort((a, b) => a.opened_at.localeCompare(b.opened_at));

export const useApproval = (id: string | null): Approval | undefined =>
  approvalStore.use((state) => (id === null ? undefined : state.byId.get(id)));

/** Credentials by name. */
export function useCredentials(): Credential[] {
  const byId = credentialStore.use((state) => state.byId);
  return useMemo(() => [...byId.values()].sort((a, b) => a.name.localeCompare(b.name)), [byId]);
}

export function useAgents(): Agent[] {
  const byId = agentStore.use((state) => state.byId);
  return useMemo(() => [...byId.values()].sort(newestFirst), [byId]);
}

/** The one vault of this version. */
export const DEFAULT_VAULT = 'default';
export const useVault = (): Vault | undefined => vaultStore.use((state) => state.byId.get(DEFAULT_VAULT));
