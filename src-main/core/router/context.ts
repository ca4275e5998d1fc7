import type { DecidedVia, SessionId, SignedIn, Status, TerminalChannel } from '#contract';
import type { Approvals } from '../approvals/index.ts';
import type { Log } from '../base/log.ts';
import type { Actor, Principal } from '../base/principal.ts';
import type { Identity } from '../identity/index.ts';
import type { Ledger } from '../ledger/index.ts';
import type { LiveHub } from '../live/index.ts';
import type { Sessions } from '../sessions/index.ts';
import type { Vault } from '../vault/index.ts';

/** What the implementations need; `control-plane.ts` builds it. */
export interface Services {
  readonly version: string;
  readonly startedAt: number;
  readonly log: Log;
  readonly live: LiveHub;
  readonly ledger: Ledger;
  readonly vault: Vault;
  readonly identity: Identity;
  readonly approvals: Approvals;
  readonly sessions: Sessions;
  status(): Status;
}

/** What only the desktop shell can do. */
export interface DesktopShell {
  pickFolder(start: string | undefined): Promise<string | null>;
  openExternal(url: string): Promise<boolean>;
  setTheme(theme: 'system' | 'light' | 'dark'): void;
  commands(signal: AbortSignal | undefined): AsyncIterable<{ command: string; argument: string | null }>;
}

/** What a door says about one call. Each door builds it; nothing in it comes from the caller unchecked. */
export interface RouterContext {
  /** Null: nobody signed in. */
  readonly principal: Principal | null;
  readonly via: DecidedVia;
  readonly request_id: string;
  /** The caller's last seen event, when it resumes a stream. */
  readonly last_event_id?: string | undefined;
  openTerminal(session: SessionId): TerminalChannel;
  /** Sign-in and sign-out of this door; absent where there is none. */
  readonly signIn?: {
    login(input: { token?: string | undefined; code?: string | undefined }): Promise<SignedIn>;
    logout(): Promise<void>;
  };
  readonly desktop?: DesktopShell;
}

/** A call that passed the permission check has a principal. */
export interface AuthorisedContext extends RouterContext {
  readonly principal: Principal;
}

export const actorOf = (context: { principal: Principal | null; via: DecidedVia }): Actor => ({
  name: context.principal?.name ?? 'nobody',
  via: context.via,
});
