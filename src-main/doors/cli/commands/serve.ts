import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { entryPath } from '../../../core/base/entries.ts';
import { AegisError, messageOf } from '../../../core/base/errors.ts';
import { VERSION } from '../../../core/base/version.ts';
import { ControlPlane } from '../../../core/control-plane.ts';
import { HttpDoor } from '../../http/server.ts';
import { contextOf } from '../context.ts';
import { CommandError, EXIT } from '../exit.ts';
import { productPaths } from '../paths.ts';

interface ServeOptions {
  host?: string;
  port?: string;
  gatePort?: string;
  logLevel?: string;
  printSignInLink?: boolean;
}

export function addServe(program: Command): void {
  program
    .command('serve')
    .description('run the control plane without a window: API, console and Gate')
    .option('--host <address>', 'address to listen on')
    .option('--port <number>', 'port of the control API and console')
    .option('--gate-port <number>', 'port of the Gate')
    .option('--log-level <level>', 'silent, error, warn, info, debug or trace')
    .option('--print-sign-in-link', 'print a link that signs in to the console once')
    .addHelpText('after', '\nExample:\n  AEGIS_AUTH_TOKEN=$(openssl rand -hex 32) aegis serve')
    .action(async (options: ServeOptions, command: Command) => {
      await serve(options, command);
    });
}

/** Serves until SIGTERM or SIGINT; then closes in order and leaves with 0. Sessions keep running. */
async function serve(options: ServeOptions, command: Command): Promise<void> {
  const { loaded } = contextOf(command, {
    host: options.host,
    port: options.port,
    gate_port: options.gatePort,
    log_level: options.logLevel,
  });
  const stopped = new Promise<void>((resolve) => {
    // Not once: who stops a process group may reach this process twice, and the second must not cut the closing short.
    process.on('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
  });
  const { resourcesDir, consoleDir } = productPaths();
  let plane: ControlPlane | undefined;
  let http: HttpDoor | undefined;
  try {
    plane = await ControlPlane.open({
      ...loaded,
      version: VERSION,
      resourcesDir,
      ptyHost: { file: process.execPath, args: [entryPath('pty-host')] },
    });
    http = await HttpDoor.open({
      plane,
      consoleDir: existsSync(join(consoleDir, 'index.html')) ? consoleDir : null,
    });
  } catch (error) {
    await plane?.dispose();
    throw new CommandError(EXIT.failed, messageOf(error), {
      ...(error instanceof AegisError && error.hint !== undefined ? { hint: error.hint } : {}),
      errorCode: error instanceof AegisError ? error.code : 'INTERNAL',
    });
  }
  plane.announce(http.url);
  // The one line programs wait for.
  process.stdout.write(`${JSON.stringify({ event: 'ready', api: http.url, gate: plane.gateUrl() })}\n`);
  if (options.printSignInLink) {
    process.stderr.write(
      `\nOpen the console (the link works once, within ten minutes):\n  ${http.signInLink()}\n\n`,
    );
  }
  await stopped;
  await http.dispose();
  await plane.dispose();
  // Everything is closed; a thread that waits for the keychain would keep the process for as long as that hangs.
  if (plane.keychainStuck) process.kill(process.pid, 'SIGKILL');
}
