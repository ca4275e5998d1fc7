/**
 * Chromium's sandbox refuses root, and Aegis does not switch it off. Started as root, the tests run as an unprivileged
 * user, from a copy of the checkout that this user can read.
 */
import {
  chmodSync,
  chownSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modules, root } from './places.mjs';
import { hasProgram, read, run } from './run.mjs';
import { note, SetupError } from './say.mjs';

const NAME = 'aegis-runner';
/** Never part of the copy: history, results, and node_modules, which is linked or copied apart. */
const LEFT_OUT = new Set(['.git', 'node_modules', 'artifacts', 'dist', 'coverage', 'test-results']);

/** The unprivileged user, created on first use: `{name, uid, gid, home}`. */
export async function ensureRunner() {
  if (read('id', ['-u', NAME]) === undefined) {
    if (!hasProgram('useradd') || !hasProgram('setpriv')) {
      throw new SetupError(
        'As root the window tests need useradd and setpriv to run as an unprivileged user.',
        'Install them (Debian: passwd, util-linux), or run the tests as a normal user.',
      );
    }
    note(`Creating the user ${NAME}: as root the window and browser tests run as that user, sandbox on.`);
    await run('useradd', ['--create-home', '--shell', '/bin/bash', NAME]);
  }
  const [, , uid, gid, , home] = (read('getent', ['passwd', NAME]) ?? '').split(':');
  return { name: NAME, uid: Number(uid), gid: Number(gid), home };
}

/** The command, run as that user. The process id stays the command's own, so that signals reach it. */
export function asRunner(runner, [command, ...args]) {
  return [
    'setpriv',
    `--reuid=${runner.name}`,
    `--regid=${runner.name}`,
    '--init-groups',
    '--',
    command,
    ...args,
  ];
}

/** A fresh folder of the runner's below the system's temporary folder. */
export function runnerFolder(runner, prefix) {
  const folder = mkdtempSync(join(tmpdir(), prefix));
  chownSync(folder, runner.uid, runner.gid);
  return folder;
}

/** Gives a folder and what is directly in it to the runner. */
export function giveTo(runner, folder) {
  for (const name of readdirSync(folder)) lchownSync(join(folder, name), runner.uid, runner.gid);
  chownSync(folder, runner.uid, runner.gid);
}

/** Copies the checkout to where the runner can read it. Returns `{folder, remove}`. */
export async function stageCheckout(runner) {
  const folder = mkdtempSync(join(tmpdir(), 'aegis-checkout-'));
  const names = readdirSync(root).filter((name) => !LEFT_OUT.has(name));
  await run('cp', ['-a', ...names.map((name) => join(root, name)), folder]);
  await run('chmod', ['-R', 'a+rX', folder]);
  chmodSync(folder, 0o755);
  const target = join(folder, 'node_modules');
  if (readableFor(runner, join(modules, '.package-lock.json'))) {
    symlinkSync(modules, target);
  } else {
    note('The checkout is not readable for other users; copying node_modules for the tests.');
    mkdirSync(target);
    const copy = (flags) => run('cp', [flags, `${modules}/.`, target], { mayFail: true });
    // Hard links are quick; across file systems only a copy works.
    if ((await copy('-al')).code !== 0) await copy('-a');
    await run('chmod', ['-R', 'a+rX', target]);
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

function readableFor(runner, file) {
  const [command, ...args] = asRunner(runner, ['test', '-r', file]);
  return read(command, args) !== undefined;
}
