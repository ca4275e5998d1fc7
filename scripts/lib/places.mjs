import { accessSync, constants, lstatSync, mkdirSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout these scripts belong to. */
export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const modules = join(root, 'node_modules');
export const bin = join(modules, '.bin');
export const artifacts = join(root, 'artifacts');
/** Marks of what is already done; inside node_modules, so that removing that folder forgets them too. */
export const stampFolder = join(modules, '.cache', 'aegis');

export const onWindows = process.platform === 'win32';
export const onLinux = process.platform === 'linux';
export const isRoot = process.getuid?.() === 0;
export const hasDisplay = !onLinux || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);

/** The environment in which everything after the installation runs: the checkout's own Node 24 comes first. */
export function environment(extra = {}) {
  const key = Object.keys(process.env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  return { ...process.env, [key]: `${bin}${delimiter}${process.env[key] ?? ''}`, ...extra };
}

/** Node 24 from the `node` package. A path rather than a name: Windows finds names through its own rules. */
export const node24 = join(modules, 'node', 'bin', onWindows ? 'node.exe' : 'node');

/**
 * Large things kept between runs and shared by checkouts. `AEGIS_CACHE_DIR` moves it. Root's is under /var/cache, where
 * the unprivileged user who runs the window tests can read it.
 */
export function cacheFolder() {
  const folder = process.env.AEGIS_CACHE_DIR ?? join(cacheBase(), 'aegis-control-center');
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  // What lies in it is run, as root where this runs as root: a folder somebody else prepared is not ours to trust.
  const { uid, mode } = lstatSync(folder);
  if (isRoot && (uid !== 0 || (mode & 0o022) !== 0)) {
    throw new Error(`${folder} is not root's alone. Remove it, or name another folder in AEGIS_CACHE_DIR.`);
  }
  return folder;
}

function cacheBase() {
  if (onWindows) return process.env.LOCALAPPDATA ?? join(homedir(), 'AppData', 'Local');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches');
  if (!isRoot) return process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  try {
    accessSync('/var/cache', constants.W_OK);
    return '/var/cache';
  } catch {
    return tmpdir();
  }
}
