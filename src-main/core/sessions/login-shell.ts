import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { homedir, userInfo } from 'node:os';
import { basename, delimiter } from 'node:path';
import { messageOf } from '../base/errors.ts';
import type { Log } from '../base/log.ts';
import type { Environment } from './agents/adapter.ts';
import { inheritedEnvironment } from './environment.ts';

const TIMEOUT_MS = 10_000;
const MAX_OUTPUT = 4 * 1024 * 1024;

/**
 * The environment of the user's login shell. An app started from a dock or a service has a bare PATH; what the user has
 * in their terminal is in their shell's start files, so those are run, once, with a time limit.
 */
export class LoginEnvironment {
  readonly #base: NodeJS.ProcessEnv;
  readonly #log: Log;
  #resolved: Promise<Environment> | undefined;

  constructor(options: { readonly base?: NodeJS.ProcessEnv | undefined; readonly log: Log }) {
    this.#base = options.base ?? process.env;
    this.#log = options.log;
  }

  get(): Promise<Environment> {
    this.#resolved ??= this.#resolve();
    return this.#resolved;
  }

  async #resolve(): Promise<Environment> {
    const base = withDefaults(this.#base);
    if (process.platform === 'win32') return base;
    const shell = base.SHELL ?? '/bin/sh';
    try {
      const login = await askShell(shell, base);
      return { ...base, ...login, PATH: joinPaths(login.PATH ?? '', base.PATH ?? '') };
    } catch (error) {
      this.#log.warn(
        { reason: messageOf(error) },
        'the login shell did not tell its environment; using our own',
      );
      return base;
    }
  }
}

/** Start files may replace the PATH; folders Aegis itself was started with still count, after the shell's own. */
const joinPaths = (first: string, second: string): string =>
  [...new Set([...first.split(delimiter), ...second.split(delimiter)])]
    .filter((part) => part !== '')
    .join(delimiter);

function withDefaults(env: NodeJS.ProcessEnv): Record<string, string> {
  const known = Object.fromEntries(
    Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
  if (process.platform === 'win32') return known;
  const user = userInfo();
  return {
    HOME: homedir(),
    USER: user.username,
    LOGNAME: user.username,
    SHELL: user.shell ?? '/bin/sh',
    PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin',
    ...known,
  };
}

/** Runs `<shell> -l -i -c 'env'` between two marks, because start files print things of their own. */
function askShell(shell: string, base: Environment): Promise<Record<string, string>> {
  const mark = randomBytes(12).toString('hex');
  const script = `printf '%s' ${mark}; command env -0 2>/dev/null || command env; printf '%s' ${mark}`;
  // dash and plain sh read no interactive start file worth having and complain about a missing terminal.
  const flags = /^(bash|zsh|fish|ksh)$/.test(basename(shell)) ? ['-l', '-i', '-c'] : ['-l', '-c'];
  return new Promise((resolve, reject) => {
    const child = spawn(shell, [...flags, script], {
      env: { ...inheritedEnvironment(base), TERM: 'dumb' },
      cwd: base.HOME ?? '/',
      stdio: ['ignore', 'pipe', 'ignore'],
      // A group of its own, so that whatever the start files launch can be ended with it.
      detached: true,
    });
    const endGroup = () => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
      } catch {
        // Already gone.
      }
    };
    const timer = setTimeout(() => {
      endGroup();
      reject(new Error(`${shell} did not answer within ${TIMEOUT_MS / 1000} seconds`));
    }, TIMEOUT_MS);
    const chunks: Buffer[] = [];
    let size = 0;
    const finish = () => {
      clearTimeout(timer);
      const output = Buffer.concat(chunks).toString('utf8');
      const start = output.indexOf(mark);
      const end = output.indexOf(mark, start + mark.length);
      if (start < 0 || end < 0) return false;
      resolve(parse(output.slice(start + mark.length, end)));
      return true;
    };
    child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_OUTPUT) endGroup();
      else chunks.push(chunk);
    });
    child.on('error', (error) => {
      clearTimeout(timer);
      reject(error);
    });
    child.on('close', () => {
      if (!finish()) reject(new Error(`${shell} did not print its environment`));
    });
  });
}

function parse(text: string): Record<string, string> {
  const lines = text.includes('\0') ? text.split('\0') : text.split('\n');
  const env: Record<string, string> = {};
  for (const line of lines) {
    const at = line.indexOf('=');
    const name = line.slice(0, at);
    if (at > 0 && /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) env[name] = line.slice(at + 1);
  }
  return env;
}
