import type { Health, Whoami } from '#contract';
import { AegisError } from '../base/errors.ts';
import type { Principal } from '../base/principal.ts';
import { exportText } from './audit.ts';
import type { DesktopShell, RouterContext, Services } from './context.ts';
import { watchEvents } from './events.ts';
import type { Os } from './index.ts';

export function systemRoutes(os: Os, services: Services) {
  const health = (principal: Principal | null): Health => {
    const now = services.status();
    const working = now.ledger.state === 'ok' && now.pty_host.state === 'ok' && now.gate.state === 'ok';
    const status = working ? 'ok' : 'degraded';
    if (principal === null) return { status };
    return {
      status,
      version: services.version,
      uptime_seconds: Math.round((Date.now() - services.startedAt) / 1000),
      sessions: Object.values(now.sessions).reduce((sum, n) => sum + n, 0),
      pty_host: now.pty_host.state,
      vault: now.vault.state,
      ledger: now.ledger.state,
    };
  };
  return {
    health: os.system.health.handler(({ context }) => health(context.principal)),
    healthV1: os.system.healthV1.handler(({ context }) => health(context.principal)),
    ready: os.system.ready.handler(() => {
      const now = services.status();
      const waiting_for = [
        // A degraded ledger still records.
        now.ledger.state === 'down' ? ['ledger'] : [],
        now.pty_host.state === 'ok' ? [] : ['pty-host'],
        now.gate.state === 'ok' ? [] : ['gate'],
      ].flat();
      return { ready: waiting_for.length === 0, waiting_for };
    }),
    status: os.system.status.handler(() => services.status()),
    events: os.system.events.handler(({ context, signal }) =>
      watchEvents(services.live, signal, context.last_event_id !== undefined),
    ),
  };
}

export const whoami = (principal: Principal): Whoami => ({
  name: principal.name,
  kind: principal.kind,
  permissions: [...principal.permissions],
});

export function authRoutes(os: Os) {
  const door = (context: RouterContext) => {
    if (context.signIn) return context.signIn;
    throw new AegisError('NOT_SUPPORTED_HERE', 'There is no sign-in through this door.');
  };
  return {
    login: os.auth.login.handler(({ input, context }) => door(context).login(input)),
    logout: os.auth.logout.handler(async ({ context }) => {
      await door(context).logout();
      return {};
    }),
    whoami: os.auth.whoami.handler(({ context }) => {
      if (context.principal === null) throw new AegisError('UNAUTHENTICATED', 'This call needs a sign-in.');
      return whoami(context.principal);
    }),
  };
}

export function desktopRoutes(os: Os, { ledger }: Services) {
  const shell = (context: RouterContext): DesktopShell => {
    if (context.desktop) return context.desktop;
    throw new AegisError('NOT_SUPPORTED_HERE', 'Only the desktop app can do this.');
  };
  return {
    pickFolder: os.desktop.pickFolder.handler(async ({ input, context }) => ({
      path: await shell(context).pickFolder(input.start),
    })),
    openExternal: os.desktop.openExternal.handler(async ({ input, context }) => ({
      opened: await shell(context).openExternal(input.url),
    })),
    setTheme: os.desktop.setTheme.handler(({ input, context }) => {
      shell(context).setTheme(input.theme);
      return {};
    }),
    exportLedger: os.desktop.exportLedger.handler(async function* ({ input, context, signal }) {
      shell(context);
      yield* exportText(ledger, context, input, signal);
    }),
    commands: os.desktop.commands.handler(async function* ({ context, signal }) {
      yield* shell(context).commands(signal);
    }),
  };
}
