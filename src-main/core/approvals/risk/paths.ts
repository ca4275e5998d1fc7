import { existsSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';

export interface PathFacts {
  /** Where it really is, symlinks followed as far as the path exists. */
  readonly real: string;
  readonly exists: boolean;
  readonly outside: boolean;
  /** Looks like a place where secrets are kept. */
  readonly secret: boolean;
  /** How a person reads it: relative inside the project, with ~ in the home folder. */
  readonly shown: string;
}

/** PATH_MAX of Linux; other systems have less. Nothing that is longer exists. */
const LONGEST_PATH = 4096;

/**
 * Facts about a path an agent names, seen from the project folder. Takes bounded time whatever the path: it is asked on
 * the thread that serves everybody.
 */
export function pathFacts(path: string, workDir: string): PathFacts {
  const home = homedir();
  if (path.length > LONGEST_PATH) {
    const shown = path.slice(0, LONGEST_PATH);
    return { real: shown, exists: false, outside: true, secret: true, shown };
  }
  const expanded =
    path === '~' || path.startsWith('~/')
      ? join(home, path.slice(1))
      : path.replace(/^\$(?:HOME|\{HOME\})(?=\/|$)/, home);
  const absolute = isAbsolute(expanded) ? resolve(expanded) : resolve(workDir, expanded);
  const real = realOf(absolute);
  const root = realOf(workDir);
  const outside = real !== root && !real.startsWith(root.endsWith(sep) ? root : root + sep);
  return {
    real,
    exists: existsSync(absolute),
    outside,
    secret: looksSecret(real) || looksSecret(absolute),
    shown: shownPath(real, root, home, outside),
  };
}

/**
 * Follows symlinks of the part that exists: a new file in a linked folder is where the link leads. What lies below a part
 * that does not exist does not exist either, so a few looks find where it ends.
 */
function realOf(path: string): string {
  const parts = [path];
  for (let at = path; dirname(at) !== at; at = dirname(at)) parts.push(dirname(at));
  // The shortest one, the root, is always there.
  let [missing, there] = [-1, parts.length - 1];
  while (there - missing > 1) {
    const middle = Math.floor((missing + there) / 2);
    if (existsSync(parts[middle] ?? '')) there = middle;
    else missing = middle;
  }
  const existing = parts[there] ?? path;
  try {
    return join(realpathSync(existing), relative(existing, path));
  } catch {
    return path;
  }
}

function shownPath(real: string, root: string, home: string, outside: boolean): string {
  if (!outside) return relative(root, real) || '.';
  return real === home || real.startsWith(home + sep) ? `~${real.slice(home.length)}` : real;
}

const SECRET_PLACES =
  /(^|\/)(\.ssh|\.gnupg|\.aws|\.azure|\.kube|\.docker\/config\.json|\.config\/(gcloud|gh|op)|\.aegis|\.password-store|Keychains|\.netrc|_netrc|\.npmrc|\.pypirc|\.git-credentials|\.pgpass|\.my\.cnf|\.vault-token)(\/|$)/;
const SECRET_NAMES =
  /^(\.env(\..+)?|id_(rsa|dsa|ecdsa|ed25519)(\.pub)?|.+\.(pem|key|p12|pfx|keystore|jks|kdbx)|credentials(\.json|\.ya?ml)?|secrets?(\.json|\.ya?ml|\.toml)?|shadow|\.credentials\.json)$/i;

function looksSecret(path: string): boolean {
  const unix = path.split(sep).join('/');
  const name = basename(path);
  // Templates that are meant to be shared.
  if (/^\.env\.(example|sample|template)$/i.test(name)) return false;
  return SECRET_PLACES.test(unix) || SECRET_NAMES.test(name);
}
