import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { callApi } from './api.ts';
import { cleanEnvironment } from './environment.ts';
import { checkout } from './folders.ts';
import { waitFor } from './wait.ts';

export interface ServeOptions {
  readonly stateDir: string;
  readonly home?: string;
  /** Pass the same ones to start again on the same state. */
  readonly masterKey?: string;
  readonly token?: string;
  readonly env?: Record<string, string>;
  readonly args?: readonly string[];
}

export interface Server {
  /** `http://127.0.0.1:<port>` of the control API and console. */
  readonly api: string;
  /** The same of the Gate. */
  readonly gate: string;
  /** Admin bearer token. */
  readonly token: string;
  readonly masterKey: string;
  readonly stateDir: string;
  readonly pid: number;
  /** What it wrote on stdout and stderr so far. */
  output(): string;
  /** Link that signs a browser in once; needs `--print-sign-in-link` among the arguments (the default). */
  signInLink(): Promise<string>;
  /** Calls the API; throws with the answer's text unless it is 2xx. */
  call<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** SIGTERM; returns the exit code. */
  stop(): Promise<number | null>;
  kill9(): Promise<void>;
}

/** Starts `aegis serve` on free ports and waits until it says that it is ready. */
export async function startServer(options: ServeOptions): Promise<Server> {
  const token = options.token ?? randomBytes(32).toString('hex');
  const masterKey = options.masterKey ?? randomBytes(32).toString('hex');
  const child = spawn(
    'node',
    [join(checkout, 'out/main/cli.cjs'), 'serve', ...(options.args ?? ['--print-sign-in-link'])],
    {
      cwd: checkout,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: cleanEnvironment({
        AEGIS_STATE_DIR: options.stateDir,
        AEGIS_PORT: '0',
        AEGIS_GATE_PORT: '0',
        AEGIS_MASTER_KEY: masterKey,
        AEGIS_AUTH_TOKEN: token,
        ...(options.home ? { HOME: options.home } : {}),
        ...options.env,
      }),
    },
  );
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const ended = (): boolean => child.exitCode !== null || child.signalCode !== null;
  await waitFor('the server to be ready', () => readyLine(stdout) !== undefined || ended(), {
    timeoutMs: 30_000,
  }).catch(() => child.kill('SIGKILL'));
  const ready = readyLine(stdout);
  if (ready === undefined) {
    throw new Error(
      `aegis serve did not become ready (exit code ${child.exitCode}). It wrote:\n${stdout}${stderr}`,
    );
  }
  return {
    ...ready,
    token,
    masterKey,
    stateDir: options.stateDir,
    pid: child.pid ?? 0,
    output: () => stdout + stderr,
    signInLink: () =>
      waitFor('the sign-in link', () => /https?:\/\/\S+\/#\/sign-in\?code=\S+/.exec(stdout + stderr)?.[0]),
    call: (method, path, body) => callApi(ready.api, token, method, path, body),
    stop: () => end(child, 'SIGTERM'),
    kill9: async () => {
      await end(child, 'SIGKILL');
    },
  };
}

function readyLine(stdout: string): { api: string; gate: string } | undefined {
  const line = stdout.split('\n').find((text) => text.includes('"event":"ready"'));
  return line === undefined ? undefined : (JSON.parse(line) as { api: string; gate: string });
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) {
    const exited = once(child, 'exit');
    child.kill(signal);
    await exited;
  }
  return child.exitCode;
}
