/** node-pty forks first and fails silently in the child: what can be known is checked before. */
import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { HostError } from './errors.ts';
import type { CreateSpec } from './protocol.ts';

/** @throws HostError FOLDER_MISSING when the program could not be started there. */
export function checkFolder(cwd: string): void {
  if (!isAbsolute(cwd)) {
    throw new HostError(
      'FOLDER_MISSING',
      `"${cwd}" is not an absolute path.`,
      'Name the folder from its root.',
    );
  }
  try {
    if (!statSync(cwd).isDirectory()) throw new Error('not a folder');
    accessSync(cwd, constants.X_OK);
  } catch {
    throw new HostError(
      'FOLDER_MISSING',
      `The folder "${cwd}" does not exist or may not be entered.`,
      'Choose an existing folder.',
    );
  }
}

function isProgram(path: string): boolean {
  try {
    if (!statSync(path).isFile()) return false;
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * The program's full path, as the shell would find it.
 * @throws HostError AGENT_NOT_INSTALLED when it, or the interpreter its first line names, is missing.
 */
export function findProgram(spec: Pick<CreateSpec, 'file' | 'env' | 'cwd'>): string {
  const { file, env, cwd } = spec;
  const windows = process.platform === 'win32';
  const endings = windows ? ['', ...(env.PATHEXT ?? '.EXE;.CMD;.BAT;.COM').split(';')] : [''];
  const hasFolder = file.includes('/') || (windows && file.includes('\\'));
  const folders = hasFolder ? [cwd] : (env.PATH ?? env.Path ?? '').split(delimiter).filter(Boolean);
  for (const folder of folders) {
    const base = isAbsolute(file) ? file : join(folder, file);
    const found = endings.map((ending) => base + ending).find(isProgram);
    if (found) {
      checkInterpreter(found);
      return found;
    }
  }
  throw new HostError(
    'AGENT_NOT_INSTALLED',
    hasFolder ? `There is no program "${file}".` : `The program "${file}" is not on the session's PATH.`,
    'Install it, or give its full path.',
  );
}

/** A script whose `#!` names a missing interpreter fails with a message that blames the script. */
function checkInterpreter(path: string): void {
  if (process.platform === 'win32') return;
  const head = Buffer.alloc(256);
  let length: number;
  try {
    const fd = openSync(path, 'r');
    try {
      length = readSync(fd, head, 0, head.length, 0);
    } finally {
      closeSync(fd);
    }
  } catch {
    // Executable but not readable: nothing to look at.
    return;
  }
  const interpreter = /^#!\s*(\/\S+)/.exec(head.toString('latin1', 0, length))?.[1];
  if (interpreter && !isProgram(interpreter)) {
    throw new HostError(
      'AGENT_NOT_INSTALLED',
      `"${path}" needs "${interpreter}", which is not installed.`,
      'Install it, or correct the first line of the script.',
    );
  }
}
