import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, relative } from 'node:path';
import { endLeftovers } from './leftovers.mjs';
import { artifacts, environment, isRoot, onLinux, root } from './places.mjs';
import { run } from './run.mjs';
import { asRunner, ensureRunner, giveTo, runnerFolder, stageCheckout } from './runner-user.mjs';
import { withKeychain, withScreen } from './session.mjs';

/**
 * Where real windows, browsers and agents run: with a screen, an unlocked keychain, and an unprivileged user when
 * started as root. `exec(command, args, options)` runs a command there; `results` is a folder it may write to, whose
 * content `close()` brings to artifacts/ in the checkout. `temp` is the temporary folder of all that runs there: what
 * is still running from it, or left in it, goes with `close()`.
 */
export async function openWorkplace() {
  return isRoot && onLinux ? stagedWorkplace() : plainWorkplace();
}

function plainWorkplace() {
  mkdirSync(artifacts, { recursive: true });
  const temp = temporaryFolder();
  return {
    folder: root,
    results: artifacts,
    temp,
    exec: (command, args, options) =>
      inSession([command, ...args], {
        cwd: root,
        ...options,
        env: withoutOwnSettings(environment(options?.env)),
        temp,
      }),
    close: temp.close,
  };
}

async function stagedWorkplace() {
  const runner = await ensureRunner();
  const stage = await stageCheckout(runner);
  const results = runnerFolder(runner, 'aegis-results-');
  const temp = temporaryFolder();
  giveTo(runner, temp.folder);
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
    temp,
    exec: (command, args, options) =>
      inSession([command, ...args], {
        cwd: stage.folder,
        ...options,
        env: { ...env, ...options?.env },
        temp,
        runner,
      }),
    close() {
      temp.close();
      mkdirSync(artifacts, { recursive: true });
      cpSync(results, artifacts, { recursive: true });
      rmSync(results, { recursive: true, force: true });
      stage.remove();
    },
  };
}

async function inSession(words, { runner, temp, ...options }) {
  // Set for the command alone: screen and keychain are ours to end, and not among what it leaves behind.
  const settings = Object.entries(temp.env).map(([name, value]) => `${name}=${value}`);
  const session = withKeychain(settings.length > 0 ? ['env', ...settings, ...words] : words, {
    chown: runner && ((folder) => giveTo(runner, folder)),
  });
  const inScreen = withScreen([session.command, ...session.args]);
  const [command, ...args] = runner ? asRunner(runner, inScreen) : inScreen;
  try {
    return await run(command, args, { ...options, env: { ...options.env, ...session.env } });
  } finally {
    session.cleanUp();
  }
}

/** Where a path inside the checkout is in the workplace; other paths stay as they are. */
export function inWorkplace(workplace, path) {
  return path.startsWith(join(root, '/')) ? join(workplace.folder, relative(root, path)) : path;
}

/** The person's own Aegis settings (state folder, tokens, ports) must not reach the tests. */
export function withoutOwnSettings(env) {
  return Object.fromEntries(
    Object.entries(env).filter(([name]) => !name.startsWith('AEGIS_') || name.startsWith('AEGIS_E2E_')),
  );
}

/**
 * A temporary folder for everything that runs in the tests: `{folder, env, endLeftovers, close}`. Processes are known by
 * it, since it is in the environment of each. Linux only; elsewhere the system's own is used, whose long path leaves
 * little room for socket names.
 */
export function temporaryFolder() {
  if (!onLinux) return { folder: tmpdir(), env: {}, endLeftovers: () => 0, close() {} };
  const folder = mkdtempSync(join(tmpdir(), 'aegis-tmp-'));
  const end = () => endLeftovers(`TMPDIR=${folder}`);
  return {
    folder,
    env: { TMPDIR: folder },
    endLeftovers: end,
    close() {
      end();
      rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}
