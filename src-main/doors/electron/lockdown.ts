import { app, type IpcMainEvent, type Session, type WebContents } from 'electron';
import type { Log } from '../../core/base/log.ts';
import { APP_ORIGIN } from './app-path.ts';

/** What a page may ask the browser for, with the reason. Everything else is denied. */
const ALLOWED_PERMISSIONS: Readonly<Record<string, string>> = {
  'clipboard-sanitized-write': 'copying text out of terminals and lists',
};

/** Every page this app ever creates: no navigation, no new windows, no embedded pages. */
export function lockPages(log: Log): void {
  app.on('web-contents-created', (_event, contents) => lockContents(contents, log));
}

function lockContents(contents: WebContents, log: Log): void {
  contents.on('will-navigate', (event) => {
    event.preventDefault();
    log.warn({ url: event.url.slice(0, 200) }, 'a navigation was refused');
  });
  contents.on('will-redirect', (event) => event.preventDefault());
  contents.on('will-attach-webview', (event) => event.preventDefault());
  contents.setWindowOpenHandler(() => ({ action: 'deny' }));
}

/** Electron grants permissions unless told otherwise. */
export function denyPermissions(session: Session): void {
  const allowed = (permission: string, origin: string): boolean =>
    Object.hasOwn(ALLOWED_PERMISSIONS, permission) && originOf(origin) === APP_ORIGIN;
  session.setPermissionRequestHandler((_contents, permission, callback, details) =>
    callback(allowed(permission, details.requestingUrl)),
  );
  session.setPermissionCheckHandler((_contents, permission, requestingOrigin) =>
    allowed(permission, requestingOrigin),
  );
  session.setDevicePermissionHandler(() => false);
}

/** A message counts only if it comes from the top frame of our own page. */
export function isTrustedSender(event: IpcMainEvent): boolean {
  const frame = event.senderFrame;
  return frame !== null && frame === event.sender.mainFrame && originOf(frame.url) === APP_ORIGIN;
}

/** `scheme://host`, compared whole; the URL class reports the origin of non-web schemes as "null". */
function originOf(url: string): string {
  try {
    const { protocol, host } = new URL(url);
    return `${protocol}//${host}`;
  } catch {
    return '';
  }
}
