/** How a capability is declared: its permission, its REST route and one line that says what it does. */
import { type HTTPMethod, type HTTPPath, oc } from '@orpc/contract';
import type { Permission } from './permissions.ts';

/**
 * `public`: no sign-in. `signed-in`: any principal. Everything else names one permission.
 * The default is `admin`, so that a procedure whose permission was forgotten is closed, not open.
 */
export interface ProcedureMeta {
  readonly permission: Permission | 'public' | 'signed-in';
  /** Offered in the desktop app only (native dialogs); the HTTP door leaves it out. */
  readonly desktopOnly?: boolean;
}

const base = oc.$meta<ProcedureMeta>({ permission: 'admin' });

interface RouteSpec {
  readonly method: HTTPMethod;
  readonly path: HTTPPath;
  /** One plain sentence; it becomes the OpenAPI summary and the CLI help line. */
  readonly summary: string;
  readonly tag: string;
  readonly successStatus?: number;
}

/** A capability with a REST route. */
export function procedure(permission: ProcedureMeta['permission'], route: RouteSpec) {
  return base.meta({ permission }).route({
    method: route.method,
    path: route.path,
    summary: route.summary,
    tags: [route.tag],
    ...(route.successStatus === undefined ? {} : { successStatus: route.successStatus }),
  });
}

/** A capability of the desktop shell: no REST route, refused by every other door. */
export function desktopProcedure(permission: ProcedureMeta['permission'], summary: string) {
  return base.meta({ permission, desktopOnly: true }).route({ summary, tags: ['desktop'] });
}
