import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { INHERITED_VARIABLE, leakingFiles } from '../../pty-host/inherited-files.ts';
import { PROTOCOL_VERSION } from '../../pty-host/protocol.ts';
import { readHostFile } from '../../pty-host/run-files.ts';
import { messageOf } from '../base/errors.ts';
import { privateFolder } from '../base/secure-files.ts';
import { PtyHostLink, unavailable } from './pty-host-link.ts';
import type { PtyHostOptions } from './pty-host-types.ts';

/** A cold start of Node from source on a busy machine takes seconds. */
const START_TIMEOUT_MS = 20_000;
const POLL_MS = 40;

/** All the host gets of our environment: what it needs to run, nothing a session could inherit from it. */
const HOST_ENVIRONMENT = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LC_ALL',
  'LC_CTYPE',
  'TZ',
  'TMPDIR',
  'TEMP',
  'TMP',
  'SystemRoot',
  'SystemDrive',
  'COMSPEC',
  'PATHEXT',
  'APPDATA',
  'LOCALAPPDATA',
  'USERPROFILE',
  'XDG_RUNTIME_DIR',
];

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * A link to the running host, or to a new one. Several callers may do this at once: the hosts sort out among themselves
 * which one stays.
 * @throws AegisError PTY_HOST_UNAVAILABLE
 */
export async function connectOrSpawn(options: PtyHostOptions): Promise<PtyHostLink> {
  privateFolder(options.runDir);
  const running = await connectRunning(options);
  if (running) return running;
  const child = spawnHost(options);
  const deadline = Date.now() + START_TIMEOUT_MS;
  let last: unknown;
  while (Date.now() < deadline) {
    const file = readHostFile(options.runDir);
    if (file) {
      try {
        return await compatible(await PtyHostLink.connect(file));
      } catch (error) {
        last = error;
      }
    }
    // Exit code 0 means "another host lives": keep looking for that one.
    if (child.exitCode !== null && child.exitCode !== 0) {
      throw unavailable(`The terminal host ended at its start with exit code ${child.exitCode}.`);
    }
    await pause(POLL_MS);
  }
  throw unavailable(
    `The terminal host did not start within ${START_TIMEOUT_MS / 1000} seconds${last ? `: ${messageOf(last)}` : ''}.`,
    last,
  );
}

/** The host that `pty-host.json` names, if it answers and speaks our version. */
export async function connectRunning(options: PtyHostOptions): Promise<PtyHostLink | undefined> {
  const file = readHostFile(options.runDir);
  if (!file) return undefined;
  let link: PtyHostLink;
  try {
    link = await PtyHostLink.connect(file);
  } catch (error) {
    options.log.info({ reason: messageOf(error) }, 'no terminal host to join');
    return undefined;
  }
  if (link.welcome.protocol === PROTOCOL_VERSION) return link;
  if (link.welcome.live_sessions > 0) return compatible(link);
  options.log.info({ protocol: link.welcome.protocol }, 'replacing an idle terminal host of another version');
  await link.call('shutdown', { if_idle: true }).catch(() => undefined);
  link.close();
  return undefined;
}

function compatible(link: PtyHostLink): PtyHostLink {
  if (link.welcome.protocol === PROTOCOL_VERSION) return link;
  link.close();
  throw unavailable(
    `The running terminal host is of another version of Aegis (protocol ${link.welcome.protocol}, this one speaks ` +
      `${PROTOCOL_VERSION}) and still holds ${link.welcome.live_sessions} sessions. End them in that version first.`,
  );
}

function spawnHost(options: PtyHostOptions): ChildProcess {
  const env: Record<string, string> = { AEGIS_PTY_HOST_RUN_DIR: options.runDir };
  for (const name of HOST_ENVIRONMENT) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  const command = options.command ?? {
    file: options.nodePath ?? process.execPath,
    args: [options.entry, '--aegis-pty-host'],
  };
  // The host writes its own, bounded log; this file only catches what Node prints when it dies. Begun anew each time.
  const output = openSync(join(options.runDir, 'pty-host.out'), 'w', 0o600);
  try {
    if (process.versions.electron) env[INHERITED_VARIABLE] = JSON.stringify(leakingFiles());
    const child = spawn(command.file, [...command.args], {
      // A session of its own: signals to the terminal or process group that started us do not reach it.
      detached: true,
      stdio: ['ignore', output, output],
      cwd: options.runDir,
      env,
      windowsHide: true,
    });
    child.on('error', (error) =>
      options.log.error({ reason: error.message }, 'terminal host cannot be started'),
    );
    child.unref();
    return child;
  } finally {
    closeSync(output);
  }
}
