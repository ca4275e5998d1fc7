/**
 * The terminal host: a process of its own that owns the pseudo-terminals and outlives the app. Started by
 * PtyHostClient; in a checkout by Node, in the packaged app as the app's own executable with a switch, whose main
 * program then calls `runPtyHost`.
 */
import { randomBytes, randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { basename } from 'node:path';
import { privateFolder } from '../core/base/secure-files.ts';
import { HookRelay } from './hooks.ts';
import { Host } from './host.ts';
import { HostLog } from './host-log.ts';
import { closeInherited, INHERITED_VARIABLE } from './inherited-files.ts';
import { PROTOCOL_VERSION } from './protocol.ts';
import {
  hostLogPath,
  readHostFile,
  releaseLock,
  removeHostFile,
  removeStaleSocket,
  socketPath,
  takeLock,
  writeHostFile,
} from './run-files.ts';
import { HostServer } from './server.ts';

/** The environment variable that names the run folder. */
export const RUN_DIR_VARIABLE = 'AEGIS_PTY_HOST_RUN_DIR';
const IDLE_EXIT_MS = 60_000;
const CARE_MS = 15_000;

/**
 * Runs the host until nobody needs it. Ends the process at once, with exit code 0, when another host already serves
 * this folder; with 1 when it cannot serve.
 */
export async function runPtyHost(env: NodeJS.ProcessEnv = process.env): Promise<void> {
  closeInherited(env[INHERITED_VARIABLE]);
  delete env[INHERITED_VARIABLE];
  const runDir = env[RUN_DIR_VARIABLE];
  if (!runDir) {
    process.stderr.write(
      `${RUN_DIR_VARIABLE} is not set: the terminal host is started by Aegis, not by hand.\n`,
    );
    process.exit(1);
  }
  privateFolder(runDir);
  const log = new HostLog(hostLogPath(runDir));
  process.on('SIGHUP', () => undefined);
  process.on('SIGINT', () => undefined);
  process.on('uncaughtException', (error) => log.write('uncaught', { reason: error.stack ?? error.message }));
  process.on('unhandledRejection', (reason) => log.write('unhandled', { reason: String(reason) }));
  if (!(await takeLock(runDir))) {
    log.write('another host serves this folder');
    process.exit(0);
  }
  try {
    await serve(runDir, Number(env.AEGIS_PTY_HOST_IDLE_MS) || IDLE_EXIT_MS, log);
  } catch (error) {
    log.write('cannot serve', { reason: error instanceof Error ? error.message : String(error) });
    releaseLock(runDir);
    process.exit(1);
  }
}

async function serve(runDir: string, idleMs: number, log: HostLog): Promise<void> {
  const instance = randomUUID();
  const secret = randomBytes(32).toString('hex');
  const socket = socketPath(runDir);
  let idleSince: number | undefined;
  let ending = false;

  const end = (why: string): void => {
    if (ending) return;
    ending = true;
    log.write('host ends', { why });
    host.dispose();
    hooks.dispose();
    server.dispose();
    removeHostFile(runDir, instance);
    if (process.platform !== 'win32') rmSync(socket, { force: true });
    releaseLock(runDir);
    // A moment for the last answer to go out.
    setTimeout(() => process.exit(0), 50);
  };
  /** Ends a host without sessions or company, and one that nobody can find any more: agents must not run unseen. */
  const look = (): void => {
    if (server.connected) idleSince = undefined;
    else if (readHostFile(runDir)?.instance !== instance) end('its folder is gone');
    else if (!host.idle) idleSince = undefined;
    else {
      idleSince ??= Date.now();
      if (Date.now() - idleSince >= idleMs) end('nobody needs it');
    }
  };

  const server = new HostServer({
    secret,
    instance,
    hookPort: () => hooks.port,
    log,
  });
  const hooks = new HookRelay({
    listening: () => server.connected,
    call: (call) => server.event({ t: 'event', event: 'hook', call }),
    closed: (hook_id, session_id) => server.event({ t: 'event', event: 'hook_closed', hook_id, session_id }),
    dropped: (count) => server.event({ t: 'event', event: 'hooks_dropped', count }),
  });
  const host = new Host({ hooks, outlet: server, shutdown: () => setImmediate(() => end('asked to')) });
  server.serve(host);

  removeStaleSocket(socket);
  await hooks.listen();
  await server.listen(socket);
  writeHostFile(runDir, { pid: process.pid, protocol: PROTOCOL_VERSION, socket, secret, instance });
  log.write('host serves', { hook_port: hooks.port });
  process.on('SIGTERM', () => end('SIGTERM'));
  setInterval(look, Math.min(CARE_MS, idleMs / 3));
}

/** Run as a program, and not imported by the packaged app's main program. */
const program = basename(process.argv[1] ?? '');
if (program === 'pty-host.cjs' || (program === 'main.ts' && process.argv[1]?.includes('pty-host'))) {
  void runPtyHost();
}
