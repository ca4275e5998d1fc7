import { existsSync } from 'node:fs';
import { isRoot, onLinux } from './places.mjs';
import { hasProgram, read, run } from './run.mjs';
import { SetupError, step } from './say.mjs';

/** Groups of Debian packages by what they are for. */
export const packages = {
  /** For native parts without a prebuilt binary for this machine. */
  compiler: ['python3', 'make', 'g++'],
  /** What keytar's binary links against. */
  keychain: ['libsecret-1-0'],
  /** What Electron's binary links against. */
  window: [
    'libgtk-3-0',
    'libnss3',
    'libasound2',
    'libgbm1',
    'libxss1',
    'libatk-bridge2.0-0',
    'libdrm2',
    'libsecret-1-0',
  ],
  /** A screen, a keychain and a browser for the tests; git for the tests that need a repository. */
  tests: ['xvfb', 'xauth', 'dbus', 'dbus-x11', 'gnome-keyring', 'chromium', 'git', 'procps'],
  /** Unpacks the fallback Electron. */
  unpack: ['unzip'],
};

const isDebian = onLinux && existsSync('/usr/bin/dpkg-query') && existsSync('/usr/bin/apt-get');

/**
 * Makes sure the packages are there: through apt on Debian as root, otherwise with a message naming them. `programs` are
 * what to look for where there is no dpkg to ask; `required: false` turns the refusal into a returned sentence.
 */
export async function ensurePackages(why, names, { programs = [], required = true } = {}) {
  if (!onLinux) return undefined;
  const missing = isDebian ? missingPackages(names) : programs.filter((name) => !hasProgram(name));
  if (missing.length === 0) return undefined;
  if (isDebian && isRoot) {
    await step(`Installing ${missing.length} Debian packages ${why}: ${missing.join(' ')}`, () =>
      install(missing),
    );
    return undefined;
  }
  const hint = isDebian
    ? `Install them and run this again: sudo apt-get install ${missing.join(' ')}`
    : `Install them with your package manager (Debian calls the packages ${names.join(' ')}) and run this again.`;
  const sentence = `Missing ${why}: ${missing.join(', ')}.`;
  if (required) throw new SetupError(sentence, hint);
  return `${sentence} ${hint}`;
}

async function install(names) {
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  // Another apt may be at work; wait for it instead of failing.
  const apt = (...args) =>
    run('apt-get', ['-o', 'DPkg::Lock::Timeout=300', '-q', ...args], {
      env,
      label: `apt-get ${args[0]}`,
      timeoutMs: 20 * 60_000,
    });
  await apt('update');
  await apt('install', '-y', '--no-install-recommends', ...names.map(currentName));
}

/** Debian 13 renamed libraries with a 64-bit clock to `…t64`; the old name then has no package of its own. */
function currentName(name) {
  const known = (candidate) => /Candidate: (?!\(none\))/.test(read('apt-cache', ['policy', candidate]) ?? '');
  return !known(name) && known(`${name}t64`) ? `${name}t64` : name;
}

function missingPackages(names) {
  return names.filter((name) => ![name, `${name}t64`].some(isInstalled));
}

function isInstalled(name) {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: dpkg-query’s own placeholder
  return read('dpkg-query', ['-W', '-f=${db:Status-Status}', name]) === 'installed';
}
