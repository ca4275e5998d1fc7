import type { DecidedVia, Permission } from '#contract';

/**
 * Whoever calls. Doors make one from what they were shown (the unlocked desktop, a token, a cookie); the router checks
 * its permissions; services write its `name` into the ledger.
 */
export interface Principal {
  readonly kind: 'owner' | 'token' | 'console' | 'session';
  /** Shown in the ledger as actor. */
  readonly name: string;
  readonly permissions: ReadonlySet<Permission>;
  /** For `session`: the one session it speaks for. */
  readonly session_id?: string;
}

/** The person who unlocked the app on this machine. */
export const DESKTOP_OWNER: Principal = {
  kind: 'owner',
  name: 'owner',
  permissions: new Set<Permission>(['admin']),
};

export const may = (who: Principal, permission: Permission): boolean =>
  who.permissions.has('admin') ? permission !== 'hooks:deliver' : who.permissions.has(permission);

/** Who acted and through which door: what services need for the ledger and for approvals. */
export interface Actor {
  readonly name: string;
  readonly via: DecidedVia;
}

export const SYSTEM_ACTOR: Actor = { name: 'system', via: 'system' };
