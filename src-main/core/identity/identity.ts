import type {
  Agent,
  AgentId,
  AgentWithToken,
  AuditEvent,
  Credential,
  CredentialId,
  Grant,
  SessionId,
} from '#contract';
import { Emitter } from '../base/emitter.ts';
import { AegisError, messageOf } from '../base/errors.ts';
import { newId } from '../base/ids.ts';
import { LastUsed } from '../base/last-used.ts';
import type { LedgerPort } from '../base/ledger-port.ts';
import type { Log } from '../base/log.ts';
import type { Actor } from '../base/principal.ts';
import { Serial } from '../base/serial.ts';
import { nowIso } from '../base/time.ts';
import type { LiveHub } from '../live/index.ts';
import type { Db } from '../store/index.ts';
import { type AgentRecord, AgentRecords, shown } from './records.ts';
import { hashToken, type NewToken, newToken, sameHash, tokenIdOf } from './tokens.ts';

/** What identity needs to know of vaults; the control plane provides it. Both throw NOT_FOUND. */
export interface CredentialLookup {
  byName(vault: string, name: string): Credential;
  byId(id: CredentialId): Credential;
}

export interface IdentityOptions {
  /** aegis.db, opened with `identitySchema`. */
  readonly db: Db;
  readonly ledger: LedgerPort;
  readonly live: LiveHub;
  readonly log: Log;
  readonly credentials: CredentialLookup;
}

/** Who a valid token belongs to. */
export interface AgentIdentity {
  readonly id: AgentId;
  readonly name: string;
  readonly session_id: SessionId | null;
}

/**
 * Agents, their tokens and grants. All living agents are in memory, so that telling who calls costs one look-up and one
 * hash whether there are one or ten thousand. What gives an agent something is in the ledger before it happens; what takes
 * something away happens first, so that a dead ledger cannot keep a token alive, and the caller is told when the entry
 * could not be written.
 */
export class Identity {
  readonly #options: IdentityOptions;
  readonly #records: AgentRecords;
  readonly #lastUsed: LastUsed<AgentId>;
  readonly #serial = new Serial();
  readonly #byId = new Map<AgentId, AgentRecord>();
  readonly #byTokenId = new Map<string, AgentRecord>();
  /** Revoked, but the database could not be told: nothing may bring them back. */
  readonly #unstored = new Map<AgentId, AgentRecord>();
  readonly #revoked: Emitter<AgentId>;
  readonly #ungranted: Emitter<{ agent_id: AgentId; credential_id: CredentialId }>;
  readonly #unsubscribe: () => void;

  constructor(options: IdentityOptions) {
    const report = (error: unknown) => options.log.error({ err: error }, 'a listener of identity failed');
    this.#options = options;
    this.#records = new AgentRecords(options.db);
    this.#revoked = new Emitter(report);
    this.#ungranted = new Emitter(report);
    this.#lastUsed = new LastUsed<AgentId>((marks) => this.#saveLastUsed(marks), report);
    for (const agent of this.#records.living()) this.#keep(agent);
    this.#unsubscribe = options.live.subscribe((event) => {
      if (event.type === 'credential.removed') this.#forgetCredential(event.credential_id as CredentialId);
    });
  }

  /** Living agents, oldest first. */
  list(): Agent[] {
    return [...this.#byId.values()]
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .map((agent) => shown(agent, this.#lastUsed.pending(agent.id)));
  }

  /** Living or revoked. @throws NOT_FOUND */
  get(id: AgentId): Agent {
    return shown(this.#any(id), this.#lastUsed.pending(id));
  }

  /** @throws NAME_TAKEN, LEDGER_UNAVAILABLE */
  create(name: string, actor: Actor): Promise<AgentWithToken> {
    return this.#serial.run(async () => {
      for (const agent of this.#byId.values()) {
        if (agent.name !== name || agent.session_id !== null) continue;
        throw new AegisError('NAME_TAKEN', `There is already an agent named ${name}.`, {
          hint: 'Choose another name, or revoke that agent first.',
        });
      }
      const { agent, token } = await this.#make({ name, session_id: null, grants: [] }, actor);
      return { ...shown(agent), token };
    });
  }

  /**
   * The short-lived identity of one session; several may share a name. Its token dies with `revokeSession`.
   * @throws NOT_FOUND for an unknown credential, LEDGER_UNAVAILABLE
   */
  issueSessionAgent(
    input: { session_id: SessionId; name: string; credential_ids: readonly CredentialId[] },
    actor: Actor,
  ): Promise<{ agent: Agent; token: string }> {
    return this.#serial.run(async () => {
      const grants = [...new Set(input.credential_ids)].map((id) =>
        grantOf(this.#options.credentials.byId(id)),
      );
      const { agent, token } = await this.#make({ ...input, grants }, actor);
      return { agent: shown(agent), token };
    });
  }

  /** Ends the agent at once, before this answers. Revoking twice is no error. @throws NOT_FOUND, LEDGER_UNAVAILABLE */
  async revoke(id: AgentId, actor: Actor): Promise<Agent> {
    const agent = this.#any(id);
    if (agent.revoked_at !== null && !this.#unstored.has(id)) return shown(agent);
    const revoked = {
      ...agent,
      revoked_at: nowIso(),
      last_used_at: this.#lastUsed.pending(id) ?? agent.last_used_at,
    };
    this.#drop(agent);
    this.#revoked.emit(id);
    const stored = attempt(() => this.#records.revoke(id, revoked.revoked_at));
    if (stored.ok) this.#unstored.delete(id);
    else this.#unstored.set(id, revoked);
    const after = this.#published(revoked);
    await this.#append('agent.revoked', agent, actor, undefined, stored.ok ? {} : { stored: false });
    if (stored.ok) return after;
    throw new AegisError(
      'INTERNAL',
      `The token is dead, but the database could not be told: ${messageOf(stored.error)}`,
      {
        hint: 'Check that the disk has space and that the state folder is writable, then revoke it again: until then it would live again after a restart.',
        cause: stored.error,
      },
    );
  }

  /** Revokes whatever identity the session still has. */
  async revokeSession(session: SessionId, actor: Actor): Promise<void> {
    const theirs = [...this.#byId.values()].filter((agent) => agent.session_id === session);
    await Promise.all(theirs.map((agent) => this.revoke(agent.id, actor)));
  }

  /** A new token; the old one stops working before this answers. @throws NOT_FOUND, LEDGER_UNAVAILABLE */
  regenerate(id: AgentId, actor: Actor): Promise<AgentWithToken> {
    return this.#serial.run(async () => {
      this.#living(id);
      const fresh = newToken();
      await this.#append('agent.regenerated', this.#living(id), actor);
      const agent = this.#living(id);
      const view = await this.#perform('agent.regenerated', agent, actor, () => {
        this.#records.replaceToken(id, fresh.id, fresh.hash);
        this.#byTokenId.delete(agent.token_id);
        this.#revoked.emit(id);
        return this.#keep({ ...agent, token_id: fresh.id, token_hash: fresh.hash });
      });
      return { ...view, token: fresh.token };
    });
  }

  /** Doing it twice is no error. @throws NOT_FOUND for agent or credential, LEDGER_UNAVAILABLE */
  grant(id: AgentId, credentialName: string, vault: string, actor: Actor): Promise<Agent> {
    return this.#serial.run(async () => {
      const credential = this.#options.credentials.byName(vault, credentialName);
      if (this.#living(id).grants.has(credential.id)) return this.get(id);
      const grant = grantOf(credential);
      await this.#append('grant.added', this.#living(id), actor, credential);
      const agent = this.#living(id);
      return this.#perform('grant.added', agent, actor, () => {
        this.#records.addGrant(id, grant);
        return this.#keep({ ...agent, grants: new Map(agent.grants).set(grant.credential_id, grant) });
      });
    });
  }

  /** Takes effect before the ledger is asked, as revoking does. @throws NOT_FOUND, LEDGER_UNAVAILABLE */
  ungrant(id: AgentId, credentialName: string, vault: string, actor: Actor): Promise<Agent> {
    return this.#serial.run(async () => {
      const agent = this.#living(id);
      const grant = [...agent.grants.values()].find(
        (one) => one.credential === credentialName && one.vault === vault,
      );
      if (!grant) {
        throw new AegisError('NOT_FOUND', `${agent.name} has no grant for ${credentialName}.`, {
          hint: 'Look at the grants of the agent; the credential may have been removed already.',
        });
      }
      this.#records.removeGrant(id, grant.credential_id);
      const next = this.#withoutGrant(agent, grant.credential_id);
      const after = this.#published(next);
      await this.#append('grant.removed', agent, actor, { name: grant.credential, id: grant.credential_id });
      return after;
    });
  }

  /** Who the token belongs to; undefined for anything that is not a living agent's token. One look-up, one hash. */
  authenticate(token: string): AgentIdentity | undefined {
    const tokenId = tokenIdOf(token);
    if (tokenId === undefined) return undefined;
    const agent = this.#byTokenId.get(tokenId);
    if (!agent || !sameHash(hashToken(token), agent.token_hash)) return undefined;
    return { id: agent.id, name: agent.name, session_id: agent.session_id };
  }

  mayUse(agent: AgentId, credential: CredentialId): boolean {
    return this.#byId.get(agent)?.grants.has(credential) ?? false;
  }

  /** Marks an agent as active now; saved in batches. */
  touch(id: AgentId): void {
    if (this.#byId.has(id)) this.#lastUsed.touch(id);
  }

  /** Called at once when a token stops working (revoked, regenerated): hang up what it has open. */
  onRevoked(listener: (agent: AgentId) => void): () => void {
    return this.#revoked.on(listener);
  }

  /** Called at once when an agent loses the use of one credential. */
  onUngranted(listener: (lost: { agent_id: AgentId; credential_id: CredentialId }) => void): () => void {
    return this.#ungranted.on(listener);
  }

  /** Waits for changes under way and saves the last marks. The database is its opener's to close. */
  async dispose(): Promise<void> {
    this.#unsubscribe();
    await this.#serial.idle();
    this.#lastUsed.flush();
  }

  async #make(
    input: { name: string; session_id: SessionId | null; grants: readonly Grant[] },
    actor: Actor,
  ): Promise<{ agent: AgentRecord; token: string }> {
    const fresh: NewToken = newToken();
    const agent: AgentRecord = {
      id: newId('agt'),
      name: input.name,
      session_id: input.session_id,
      token_id: fresh.id,
      token_hash: fresh.hash,
      created_at: nowIso(),
      revoked_at: null,
      last_used_at: null,
      grants: new Map(input.grants.map((grant) => [grant.credential_id, grant])),
    };
    await this.#append('agent.created', agent, actor, undefined, {
      credentials: input.grants.map((grant) => grant.credential).join(' '),
    });
    await this.#perform('agent.created', agent, actor, () => {
      this.#records.insert(agent);
      return this.#keep(agent);
    });
    return { agent, token: fresh.token };
  }

  #keep(agent: AgentRecord): AgentRecord {
    this.#byId.set(agent.id, agent);
    this.#byTokenId.set(agent.token_id, agent);
    return agent;
  }

  #drop(agent: AgentRecord): void {
    this.#byId.delete(agent.id);
    this.#byTokenId.delete(agent.token_id);
  }

  #any(id: AgentId): AgentRecord {
    const agent = this.#byId.get(id) ?? this.#unstored.get(id) ?? this.#records.find(id);
    if (agent) return agent;
    throw new AegisError('NOT_FOUND', 'There is no such agent.', {
      hint: 'aegis agent list shows the agents.',
    });
  }

  #living(id: AgentId): AgentRecord {
    const agent = this.#any(id);
    if (agent.revoked_at === null) return agent;
    throw new AegisError('NOT_FOUND', `The agent ${agent.name} was revoked.`, {
      hint: 'Create a new agent.',
    });
  }

  #withoutGrant(agent: AgentRecord, credential: CredentialId): AgentRecord {
    const grants = new Map(agent.grants);
    grants.delete(credential);
    const next = this.#keep({ ...agent, grants });
    this.#ungranted.emit({ agent_id: agent.id, credential_id: credential });
    return next;
  }

  /** A removed credential takes its grants along; its id is never used again, so this is tidiness, not safety. */
  #forgetCredential(credential: CredentialId): void {
    this.#records.forgetCredential(credential);
    for (const agent of [...this.#byId.values()]) {
      if (agent.grants.has(credential)) this.#published(this.#withoutGrant(agent, credential));
    }
  }

  #saveLastUsed(marks: ReadonlyMap<AgentId, string>): void {
    this.#records.saveLastUsed(marks);
    for (const [id, at] of marks) {
      const agent = this.#byId.get(id);
      if (agent) this.#keep({ ...agent, last_used_at: at });
    }
  }

  /**
   * Does what the ledger already says, in the file and in memory without yielding between (a revocation must not slip in),
   * and publishes it. If it fails, the ledger learns it.
   */
  async #perform(
    action: AuditEvent['action'],
    agent: AgentRecord,
    actor: Actor,
    work: () => AgentRecord,
  ): Promise<Agent> {
    try {
      return this.#published(work());
    } catch (error) {
      await this.#options.ledger.append({
        action,
        outcome: 'error',
        actor: actor.name,
        agent: agent.name,
        session_id: agent.session_id,
        target: agent.name,
        code: 'INTERNAL',
        reason: `It was not carried out: ${messageOf(error)}`,
        details: { agent_id: agent.id, via: actor.via },
      });
      throw new AegisError('INTERNAL', `The database could not be written: ${messageOf(error)}`, {
        hint: 'Check that the disk has space and that the state folder is writable. Nothing was changed.',
        cause: error,
      });
    }
  }

  async #append(
    action: AuditEvent['action'],
    agent: AgentRecord,
    actor: Actor,
    credential?: { name: string; id: string },
    details: AuditEvent['details'] = {},
  ): Promise<void> {
    await this.#options.ledger.append({
      action,
      outcome: 'allowed',
      actor: actor.name,
      agent: agent.name,
      session_id: agent.session_id,
      target: credential?.name ?? agent.name,
      details: {
        agent_id: agent.id,
        via: actor.via,
        ...(credential ? { credential_id: credential.id } : {}),
        ...details,
      },
    });
  }

  #published(agent: AgentRecord): Agent {
    const view = shown(agent, this.#lastUsed.pending(agent.id));
    this.#options.live.publish({ type: 'agent.changed', agent: view });
    return view;
  }
}

const grantOf = (credential: Credential): Grant => ({
  credential_id: credential.id,
  credential: credential.name,
  vault: credential.vault,
  granted_at: nowIso(),
});

function attempt(work: () => void): { ok: true } | { ok: false; error: unknown } {
  try {
    work();
    return { ok: true };
  } catch (error) {
    return { ok: false, error };
  }
}
