/** Sessions: agents in terminals, what they do, and their questions on the way to a person. */
export type { IdentityPort, PtyHostPort, SessionsOptions, VaultPort } from './ports.ts';
export { PtyHostClient } from './pty-host-client.ts';
export type * from './pty-host-types.ts';
export { sessionsSchema } from './schema.ts';
export { Sessions } from './sessions.ts';
