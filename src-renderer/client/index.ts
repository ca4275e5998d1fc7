/** How the page talks to the control plane: one typed client that survives reconnections. */
import { type ClientContext, type ClientLink, createORPCClient } from '@orpc/client';
import type { AegisClient } from '#contract';
import { connection } from './connection.ts';

const link: ClientLink<ClientContext> = {
  call: async (path, input, options) => (await connection.link()).call(path, input, options),
};

/** `await client.sessions.create({...})`. Errors go to `toFailure`. */
export const client: AegisClient = createORPCClient(link);

export { type ConnectionState, connection } from './connection.ts';
export { type Failure, toFailure } from './failure.ts';
export { pagePath } from './page-path.ts';
export { isDesktop, socketUrl } from './platform.ts';
export { takeTerminalPort } from './ports.ts';
export { signIn, signOut } from './sign-in.ts';
