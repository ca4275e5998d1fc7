/**
 * The console's calls go below a path that only this page knows: the sign-in cookie is bound to it, because browsers send
 * cookies to every port of a host, also to servers of agents. Useless without the cookie, which no script can read.
 */
const KEY = 'aegis.console-path';
const PATH = /^\/c\/[A-Za-z0-9_-]{43}$/;

/** Where storage is off, a reload asks to sign in again. */
let unsaved = '';

const stored = (): string => {
  try {
    return localStorage.getItem(KEY) ?? '';
  } catch {
    return '';
  }
};

/** Empty before signing in, and in the desktop app. */
export function pagePath(): string {
  const path = stored() || unsaved;
  return PATH.test(path) ? path : '';
}

export function rememberPagePath(path: string): void {
  unsaved = path;
  try {
    localStorage.setItem(KEY, path);
  } catch {
    // Kept in this page alone.
  }
}

export function forgetPagePath(): void {
  unsaved = '';
  try {
    localStorage.removeItem(KEY);
  } catch {
    // Nothing is stored where storage is off.
  }
}
