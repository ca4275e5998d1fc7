import { readFile } from 'node:fs/promises';
import { protocol } from 'electron';
import { APP_SCHEME, resolveAppPath } from './app-path.ts';

/** The page runs what it is served with and talks to nobody: its calls go over message ports. */
const CSP =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Must run before `ready`. A standard scheme has an origin, so storage and CSP work as on the web. */
export function registerAppScheme(): void {
  protocol.registerSchemesAsPrivileged([
    {
      scheme: APP_SCHEME,
      privileges: { standard: true, secure: true, supportFetchAPI: true, codeCache: true },
    },
  ]);
}

/** No request for this long: the page has what it needs to start. */
const QUIET_MS = 30;

/**
 * Serves the built page. Call once after `ready`. Resolves when the page has fetched its first scripts: this thread
 * serves them, so other work waits until then.
 */
export function serveApp(rootDir: string): Promise<void> {
  let fetched: () => void = () => undefined;
  let timer: NodeJS.Timeout | undefined;
  const settled = new Promise<void>((resolve) => {
    fetched = resolve;
  });
  protocol.handle(APP_SCHEME, async (request) => {
    clearTimeout(timer);
    timer = setTimeout(fetched, QUIET_MS);
    if (request.method !== 'GET' && request.method !== 'HEAD') return new Response(null, { status: 405 });
    const found = resolveAppPath(rootDir, request.url);
    if (found === null) return new Response(null, { status: 404 });
    try {
      const body = await readFile(found.path);
      return new Response(new Uint8Array(body), {
        headers: {
          'content-type': found.type,
          'content-security-policy': CSP,
          'x-content-type-options': 'nosniff',
          'referrer-policy': 'no-referrer',
        },
      });
    } catch {
      return new Response(null, { status: 404 });
    }
  });
  return settled;
}
