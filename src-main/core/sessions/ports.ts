import type { Agent, AgentId, Credential, CredentialId, LiveEvent, SessionId, Vault } from '#contract';
import type { Approvals } from '../approvals/index.ts';
import type { LedgerPort } from '../base/ledger-port.ts';
import type { Log } from '../base/log.ts';
import type { Actor } from '../base/principal.ts';
import type { Db } from '../store/index.ts';
import type { PtyHostClient } from './pty-host-client.ts';

/** What sessions need of the terminal host; PtyHostClient is the real one. */
export type PtyHostPort = Pick<
  PtyHostClient,
  | 'create'
  | 'input'
  | 'resize'
  | 'kill'
  | 'screen'
  | 'list'
  | 'acknowledgeExit'
  | 'remove'
  | 'replyHook'
  | 'attach'
  | 'onExit'
  | 'onMeta'
  | 'onHook'
  | 'onHookClosed'
  | 'onUp'
  | 'hookPort'
>;

export interface IdentityPort {
  issueSessionAgent(
    input: { session_id: SessionId; name: string; credential_ids: readonly CredentialId[] },
    actor: Actor,
  ): Promise<{ agent: Agent; token: string }>;
  revoke(id: AgentId, actor: Actor): Promise<Agent>;
  /** The living ones. */
  list(): Agent[];
}

export interface VaultPort {
  info(): Vault;
  get(name: string): Credential;
  forService(service: string): readonly Credential[];
}

export interface SessionsOptions {
  /** aegis.db, opened with `sessionsSchema`. */
  readonly db: Db;
  /** Just started: what it kept for us is delivered to listeners that are there in the same turn. */
  readonly ptyHost: PtyHostPort;
  readonly identity: IdentityPort;
  readonly vault: VaultPort;
  readonly approvals: Approvals;
  readonly ledger: LedgerPort;
  readonly live: { publish(event: LiveEvent): void };
  readonly log: Log;
  /** Where the Gate listens; null while it does not. */
  gateUrl(): string | null;
  /** Makes the built-in demo service and its credential ready; without it there is no demo agent. */
  readonly demo?: { ensure(): Promise<void> };
  /** Where demo sessions work when no folder is named; made on first use. */
  readonly demoDir?: string;
  /** The folder `resources/` of the checkout or of the packaged app. */
  readonly resourcesDir: string;
  /** Node binary for our own scripts. Default: this process's. */
  readonly nodePath?: string;
  /** Arguments that binary needs before the script, where it is not Node itself. */
  readonly nodeArgs?: readonly string[];
  /** Environment that binary needs to act as Node, where it is not Node itself. */
  readonly nodeEnv?: Readonly<Record<string, string>>;
  /** Sessions that may run at once. Default 50. */
  readonly maxSessions?: number;
  /** Environment of the user; default: this process's. The login shell's is resolved from it. */
  readonly baseEnv?: NodeJS.ProcessEnv;
}
