import { extname, join, normalize, sep } from 'node:path';

export const APP_SCHEME = 'app';
const APP_HOST = 'aegis';
export const APP_ORIGIN = `${APP_SCHEME}://${APP_HOST}`;
export const APP_URL = `${APP_ORIGIN}/index.html`;

const MIME: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.woff': 'font/woff',
};

/**
 * The file a page URL stands for, or null when it leaves the folder, names another host, or is not of a served kind.
 * Pure, so that every escape is tested.
 */
export function resolveAppPath(rootDir: string, url: string): { path: string; type: string } | null {
  if (url.includes('\0') || url.includes('\\')) return null;
  let parsed: URL;
  let pathname: string;
  try {
    parsed = new URL(url);
    pathname = decodeURIComponent(parsed.pathname);
  } catch {
    return null;
  }
  if (parsed.protocol !== `${APP_SCHEME}:` || parsed.host !== APP_HOST) return null;
  if (/[\0\\]|(^|\/)\.\.?(\/|$)/.test(pathname)) return null;
  const path = normalize(join(rootDir, pathname === '/' ? 'index.html' : pathname));
  if (!path.startsWith(rootDir + sep)) return null;
  const type = MIME[extname(path)];
  return type === undefined ? null : { path, type };
}
