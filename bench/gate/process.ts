import { type ChildProcess, fork } from 'node:child_process';
import type { AddressInfo, Server as NetServer } from 'node:net';
import { fileURLToPath } from 'node:url';

/** What a server process tells once it listens. */
export interface Ready {
  readonly port: number;
  /** Path and headers of one request, ready to send. */
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Listens on a free loopback port and tells the parent. */
export function announce(server: NetServer): void {
  server.listen(0, '127.0.0.1', () => tell({ port: (server.address() as AddressInfo).port }));
}

export const tell = (ready: Ready): void => {
  process.send?.(ready);
};

/** Argument n of a server process, as given to `start`. */
export const argument = (n: number): string => process.argv[2 + n] ?? '';

/** A server in a process of its own. `profile` writes a CPU profile there when it ends. */
export async function start(file: string, args: readonly string[] = []): Promise<Server> {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const profile = process.env.AEGIS_BENCH_PROFILE;
  const child = fork(path, args, {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    execArgv: profile
      ? [
          '--cpu-prof',
          `--cpu-prof-dir=${profile}`,
          `--cpu-prof-name=${file.replace(/\W+/g, '')}-${process.hrtime.bigint()}.cpuprofile`,
        ]
      : [],
  });
  const ready = await new Promise<Ready>((resolve, reject) => {
    child.once('message', (message) => resolve(message as Ready));
    child.once('exit', (code) => reject(new Error(`${file} ended with code ${code} before it listened`)));
  });
  return { ...ready, stop: () => stop(child), cpu: () => cpuOf(child) };
}

/** A server process under way. */
export interface Server extends Ready {
  stop(): Promise<void>;
  /** CPU time it has used, all threads, in microseconds. */
  cpu(): Promise<number>;
}

function cpuOf(child: ChildProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once('message', (message) => resolve(Number(message)));
    child.send('cpu');
  });
}

async function stop(child: ChildProcess): Promise<void> {
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.send('stop');
  await ended;
}

/** Ends the process in order when the parent says so or goes away. */
export function untilStopped(close: () => void | Promise<void> = () => undefined): void {
  const end = (): void => {
    void Promise.resolve(close()).finally(() => process.exit(0));
  };
  process.on('message', (message) => {
    if (message === 'stop') return end();
    const { user, system } = process.cpuUsage();
    process.send?.(user + system);
  });
  process.once('disconnect', end);
}
