import type { AgentId, Credential, CredentialId, SessionId } from '#contract';

/** What the Gate needs of the services below it, and nothing more. The real Vault and Identity fit these by shape. */
export interface GateVault {
  /** Hot path: from memory; frozen snapshots, a changed credential is another object. */
  forService(service: string): readonly Credential[];
  /** The caller zeroes the buffer. @throws VAULT_LOCKED, SECRET_UNREADABLE */
  openSecret(id: CredentialId): Buffer;
  /** Remembers the time of last use; batched. */
  touchUsed(id: CredentialId): void;
  onLocked(listener: () => void): () => void;
}

/** Who a token speaks for. */
export interface GateAgent {
  readonly id: AgentId;
  readonly name: string;
  readonly session_id: SessionId | null;
}

export interface GateIdentity {
  /** Hot path: O(1) and constant-time; undefined for unknown and revoked tokens. */
  authenticate(token: string): GateAgent | undefined;
  mayUse(agent: AgentId, credential: CredentialId): boolean;
  touch(agent: AgentId): void;
  /** The token stopped working. */
  onRevoked(listener: (agent: AgentId) => void): () => void;
  /** The agent lost the use of one credential. */
  onUngranted(listener: (lost: { agent_id: AgentId; credential_id: CredentialId }) => void): () => void;
}
