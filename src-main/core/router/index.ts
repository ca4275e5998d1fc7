import { implement } from '@orpc/server';
import { contract, Json, SessionId } from '#contract';
import { AegisError } from '../base/errors.ts';
import { agentsRoutes } from './agents.ts';
import { approvalsRoutes } from './approvals.ts';
import { auditRoutes } from './audit.ts';
import type { RouterContext, Services } from './context.ts';
import { checkPermission, toWireError } from './guard.ts';
import { sessionsRoutes } from './sessions.ts';
import { authRoutes, desktopRoutes, systemRoutes } from './system.ts';
import { vaultRoutes } from './vault.ts';

export type { DesktopShell, RouterContext, Services } from './context.ts';

/**
 * The implementation of the contract. One middleware stands before every procedure: it checks the permission the
 * contract declares (before the input is even looked at, so that strangers learn nothing from validation errors) and
 * turns what is thrown into errors of the catalogue.
 */
export function createRouter(services: Services) {
  const os = guarded(services);
  return os.router({
    system: systemRoutes(os, services),
    auth: authRoutes(os),
    sessions: sessionsRoutes(os, services),
    approvals: approvalsRoutes(os, services),
    hooks: {
      deliver: os.hooks.deliver.handler(({ input, context, signal }) => {
        const session_id = SessionId.safeParse(context.principal?.session_id);
        if (!session_id.success) {
          throw new AegisError(
            'PERMISSION_MISSING',
            'Events are delivered with the token of their session only.',
          );
        }
        const { agent, event, ...body } = input;
        return services.sessions.deliverHook(session_id.data, agent, event, Json.parse(body), signal);
      }),
    },
    vault: vaultRoutes(os, services),
    agents: agentsRoutes(os, services),
    audit: auditRoutes(os, services),
    desktop: desktopRoutes(os, services),
  });
}

function guarded({ log }: Services) {
  return implement(contract)
    .$context<RouterContext>()
    .use(async ({ context, procedure, next }) => {
      try {
        checkPermission(context.principal, procedure['~orpc'].meta.permission);
        return await next();
      } catch (error) {
        throw toWireError(error, log, context.request_id);
      }
    });
}

export type Os = ReturnType<typeof guarded>;
export type AegisRouter = ReturnType<typeof createRouter>;
