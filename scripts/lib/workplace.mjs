import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { artifacts, environment, isRoot, onLinux, root } from './places.mjs';
import { run } from './run.mjs';
import { asRunner, ensureRunner, giveTo, runnerFolder, stageCheckout } from './runner-user.mjs';
import { withKeychain, withScreen } from './session.mjs';

/**
 * Where real windows, browsers and agents run: with a screen, an unlocked keychain, and an unprivileged user when
 * started as root. `exec(command, args, options)` runs a command there; `results` is a folder it may write to, whose
 * content `close()` brings to artifacts/ in the checkout.
 */
export async function openWorkplace() {
  return isRoot && onLinux ? stagedWorkplace() : plainWorkplace();
}

function plainWorkplace() {
  mkdirSync(artifacts, { recursive: true });
  return {
    folder: root,
    results: artifacts,
    exec: (command, args, options) =>
      inSession([command, ...args], {
        cwd: root,
        ...options,
        env: withoutOwnSettings(environment(options?.env)),
      }),
    close() {},
  };
}

async function stagedWorkplace() {
  const runner = await ensureRunner();
  const stage = await stageCheckout(runner);
  const results = runnerFolder(runner, 'aegis-results-');
  const env = {
    HOME: runner.home,
    USER: runner.name,
    LOGNAME: runner.name,
    SHELL: '/bin/bash',
    LANG: process.env.LANG ?? 'C.UTF-8',
    TERM: process.env.TERM ?? 'dumb',
    PATH: [join(stage.folder, 'node_modules', '.bin'), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter),
    ...(process.env.CI ? { CI: process.env.CI } : {}),
  };
  return {
    folder: stage.folder,
    results,
    exec: (command, args, options) =>
      inSession([command, ...args], {
        cwd: stage.folder,
        ...options,
        env: { ...env, ...options?.env },
        runner,
      }),
    close() {
      mkdirSync(artifacts, { recursive: true });
      cpSync(results, artifacts, { recursive: true });
      rmSync(results, { recursive: true, force: true });
      stage.remove();
    },
  };
}

async function inSession(words, { runner, ...options }) {
  const session = withKeychain(words, { chown: runner && ((folder) => giveTo(runner, folder)) });
  const inScreen = withScreen([session.command, ...session.args]);
  const [command, ...args] = runner ? asRunner(runner, inScreen) : inScreen;
  try {
    return await run(command, args, { ...options, env: { ...options.env, ...session.env } });
  } finally {
    session.cleanUp();
  }
}

/** The person's own Aegis settings (state folder, tokens, ports) must not reach the tests. */
export function withoutOwnSettings(env) {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !name.startsWith('AEGIS_') || name.startsWith('AEGIS_E2E_')),
  );
}
