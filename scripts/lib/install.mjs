import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePackages, packages } from './debian.mjs';
import { modules, node24, onLinux, onWindows, root } from './places.mjs';
import { run } from './run.mjs';
import { step } from './say.mjs';

/** node-pty brings binaries for these machines (glibc 2.28 and later); on others it is compiled. */
const ptyIsPrebuilt = ['x64', 'arm64'].includes(process.arch);

/** Brings node_modules in line with the lockfile, native parts included. Does nothing when it is already. */
export async function installDependencies() {
  if (onLinux && !ptyIsPrebuilt) {
    await ensurePackages('to compile the terminal module', packages.compiler, {
      programs: ['python3', 'make', 'g++'],
    });
  }
  if (!matchesLockfile()) {
    const fresh = !existsSync(modules);
    await step(
      fresh
        ? 'Installing npm packages (a few minutes the first time)'
        : 'Updating npm packages to the lockfile',
      // `ci` starts from nothing; `install` with a lockfile changes only what differs, and --no-save leaves the checkout clean.
      () => npm(fresh ? ['ci'] : ['install', '--no-save']),
    );
  }
  const unbuilt = nativeParts().filter(({ file }) => !existsSync(file));
  if (unbuilt.length > 0) {
    const names = unbuilt.map(({ name }) => name);
    await step(`Building native parts: ${names.join(', ')}`, () => npm(['rebuild', ...names]));
  }
}

/** Runs the npm that started this script (or the one on the PATH), on the machine's own Node. */
export function npm(args, options = {}) {
  const cli = process.env.npm_execpath;
  const node = process.env.npm_node_execpath ?? process.execPath;
  const flags = ['--no-audit', '--no-fund', '--loglevel=error', '--yes'];
  const settings = { cwd: root, label: `npm ${args[0]}`, timeoutMs: 30 * 60_000, ...options };
  if (cli?.endsWith('.js')) return run(node, [cli, ...args, ...flags], settings);
  if (!onWindows) return run('npm', [...args, ...flags], settings);
  return run('cmd', ['/d', '/s', '/c', 'npm', ...args, ...flags], settings);
}

function nativeParts() {
  const parts = [{ name: 'node', file: node24 }];
  if (onLinux && !ptyIsPrebuilt)
    parts.push({ name: 'node-pty', file: join(modules, 'node-pty', 'build', 'Release', 'pty.node') });
  return parts;
}

/** npm notes in node_modules/.package-lock.json what it installed; compare that with what the lockfile asks for. */
function matchesLockfile() {
  let installed;
  try {
    installed = JSON.parse(readFileSync(join(modules, '.package-lock.json'), 'utf8')).packages;
  } catch {
    return false;
  }
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === '') return true;
    const have = installed[path];
    // Optional entries are those of other platforms.
    return have ? have.version === entry.version : entry.optional === true || entry.peer === true;
  });
}
