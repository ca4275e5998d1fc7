import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import type { Environment } from './agents/adapter.ts';

const VERSION_TIMEOUT_MS = 8_000;

/**
 * The absolute path of a program, as the shell would find it on the environment's PATH, then in `places`. Null when there
 * is none.
 */
export function findProgram(name: string, env: Environment, places: readonly string[]): string | null {
  if (name.includes('/') || (process.platform === 'win32' && name.includes('\\'))) {
    return isAbsolute(name) && runnable(name) ? name : null;
  }
  const path = env.PATH ?? env.Path ?? '';
  // An empty entry means the current folder: not looked into, it is wherever Aegis happens to run.
  const folders = [...path.split(delimiter).filter((folder) => isAbsolute(folder)), ...places];
  const endings =
    process.platform === 'win32' ? (env.PATHEXT ?? '.COM;.EXE;.BAT;.CMD').toLowerCase().split(';') : [''];
  for (const folder of folders) {
    for (const ending of endings) {
      const candidate = join(folder, name + ending);
      if (runnable(candidate)) return resolve(candidate);
    }
  }
  return null;
}

function runnable(path: string): boolean {
  try {
    if (!statSync(path).isFile()) return false;
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The first version number in what `<program> --version` prints; null when it does not answer in time. */
export function versionOf(path: string, env: Environment): Promise<string | null> {
  return new Promise((done) => {
    const options = {
      env: { ...env },
      timeout: VERSION_TIMEOUT_MS,
      killSignal: 'SIGKILL',
      windowsHide: true,
    } as const;
    execFile(path, ['--version'], options, (error, stdout) => {
      done(error ? null : (/\d+\.\d+(?:\.\d+)?/.exec(stdout)?.[0] ?? null));
    });
  });
}
