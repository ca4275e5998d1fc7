import { eventIterator } from '@orpc/contract';
import { z } from 'zod';
import { Agent } from './agents.ts';
import { Approval } from './approvals.ts';
import { AuditEntry, AuditExportFormat, AuditFilter, VerifyResult } from './audit.ts';
import { Empty, Timestamp } from './common.ts';
import { desktopProcedure, procedure } from './procedure.ts';
import { Session } from './sessions.ts';
import { Credential, Vault } from './vault.ts';

/** A part of the control plane as the status bar shows it. */
export const PartStatus = z.object({
  state: z.enum(['ok', 'degraded', 'down']),
  detail: z.string(),
  hint: z.string().nullable(),
});
export type PartStatus = z.infer<typeof PartStatus>;

export const Status = z.object({
  version: z.string(),
  started_at: Timestamp,
  state_dir: z.string(),
  api: z.object({ url: z.string().nullable() }),
  gate: PartStatus.extend({
    url: z.string().nullable(),
    requests: z.number().int(),
    refused: z.number().int(),
  }),
  pty_host: PartStatus,
  ledger: PartStatus.extend({ entries: z.number().int(), last_verification: VerifyResult.nullable() }),
  vault: Vault,
  sessions: z.record(z.string(), z.number().int()),
  pending_approvals: z.number().int(),
});
export type Status = z.infer<typeof Status>;

/** Health as anybody may see it; with a token the parts are added. */
export const Health = z.object({
  status: z.enum(['ok', 'degraded']),
  version: z.string().optional(),
  uptime_seconds: z.number().optional(),
  sessions: z.number().int().optional(),
  pty_host: z.string().optional(),
  vault: z.string().optional(),
  ledger: z.string().optional(),
});
export type Health = z.infer<typeof Health>;

export const Readiness = z.object({ ready: z.boolean(), waiting_for: z.array(z.string()) });
export type Readiness = z.infer<typeof Readiness>;

export const Whoami = z.object({
  /** Who calls: `owner`, or the name of the token. */
  name: z.string(),
  kind: z.enum(['owner', 'token', 'console', 'session']),
  permissions: z.array(z.string()),
});
export type Whoami = z.infer<typeof Whoami>;

export const SignedIn = Whoami.extend({
  /** The console's cookie goes to calls below this path only: `<path>/v1/status`, `<path>/rpc`. */
  path: z.string(),
});
export type SignedIn = z.infer<typeof SignedIn>;

/** What changed, pushed to every viewer. Each event carries the whole new record, so that order is all that matters. */
export const LiveEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('session.changed'), session: Session }),
  z.object({ type: z.literal('session.removed'), session_id: z.string() }),
  z.object({ type: z.literal('approval.changed'), approval: Approval }),
  z.object({ type: z.literal('ledger.appended'), entries: z.array(AuditEntry) }),
  z.object({ type: z.literal('vault.changed'), vault: Vault }),
  z.object({ type: z.literal('credential.changed'), credential: Credential }),
  z.object({ type: z.literal('credential.removed'), credential_id: z.string() }),
  z.object({ type: z.literal('agent.changed'), agent: Agent }),
  z.object({ type: z.literal('status.changed'), status: Status }),
  /** The viewer fell behind or the server restarted: read everything again. */
  z.object({ type: z.literal('reset') }),
]);
export type LiveEvent = z.infer<typeof LiveEvent>;

const tag = 'system';
/** Some that probe add a query to get past caches: nothing in it is read. */
const Probe = z.object({});

export const systemContract = {
  health: procedure('public', { method: 'GET', path: '/health', summary: 'Is it alive', tag })
    .input(Probe)
    .output(Health),
  healthV1: procedure('public', {
    method: 'GET',
    path: '/v1/health',
    summary: 'Is it alive; details with a token',
    tag,
  })
    .input(Probe)
    .output(Health),
  ready: procedure('public', { method: 'GET', path: '/ready', summary: 'Can it serve', tag })
    .input(Probe)
    .output(Readiness),
  status: procedure('dashboard:view', {
    method: 'GET',
    path: '/v1/status',
    summary: 'State of every part, as the status bar shows it',
    tag,
  })
    .input(Empty)
    .output(Status),
  events: procedure('dashboard:view', {
    method: 'GET',
    path: '/v1/events',
    summary: 'Live changes as server-sent events',
    tag,
  })
    .input(Empty)
    .output(eventIterator(LiveEvent)),
};

export const authContract = {
  login: procedure('public', {
    method: 'POST',
    path: '/auth/login',
    summary: 'Sign in to the console with a token or a one-time code',
    tag: 'sign-in',
  })
    .input(z.strictObject({ token: z.string().max(4096).optional(), code: z.string().max(256).optional() }))
    .output(SignedIn),
  logout: procedure('signed-in', {
    method: 'POST',
    path: '/auth/logout',
    summary: 'Sign out of the console',
    tag: 'sign-in',
  })
    .input(Empty)
    .output(Empty),
  whoami: procedure('signed-in', { method: 'GET', path: '/v1/whoami', summary: 'Who am I', tag: 'sign-in' })
    .input(Empty)
    .output(Whoami),
};

/** Native things only the desktop app can do. */
export const desktopContract = {
  pickFolder: desktopProcedure('sessions:write', 'Choose a folder with the system dialog')
    .input(z.strictObject({ start: z.string().max(4096).optional() }))
    .output(z.object({ path: z.string().nullable() })),
  openExternal: desktopProcedure('signed-in', 'Open an https link in the browser, after asking')
    .input(z.strictObject({ url: z.url({ protocol: /^https$/ }).max(4096) }))
    .output(z.object({ opened: z.boolean() })),
  setTheme: desktopProcedure('signed-in', 'Follow the system, or use the light or dark theme')
    .input(z.strictObject({ theme: z.enum(['system', 'light', 'dark']) }))
    .output(Empty),
  /** What `audit.export` answers, for the page, which has no network. */
  exportLedger: desktopProcedure('ledger:export', 'Take ledger entries out as a file, piece by piece')
    .input(AuditFilter.extend({ format: AuditExportFormat, proofs: z.boolean().optional() }))
    .output(eventIterator(z.string())),
  /** Notification clicks, tray entries and menu items, for the page's command registry. */
  commands: desktopProcedure('signed-in', 'Commands chosen in menus, the tray and notifications')
    .input(Empty)
    .output(eventIterator(z.object({ command: z.string(), argument: z.string().nullable() }))),
};
