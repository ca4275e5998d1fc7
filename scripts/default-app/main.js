/**
 * Loads the app named on the command line, as Electron's own default app does: `electron [-r module]… <folder or file>`.
 * Used only inside the fallback Electron, whose carrier ships none.
 */
const { app } = require('electron');
const { Module, createRequire } = require('node:module');
const { existsSync, readFileSync, statSync } = require('node:fs');
const { join, resolve } = require('node:path');
const { pathToFileURL } = require('node:url');

const preloads = [];
let target;
const words = process.argv.slice(1);
for (let i = 0; i < words.length && target === undefined; i += 1) {
  const word = words[i];
  if (word === '-r' || word === '--require') {
    i += 1;
    preloads.push(words[i]);
  } else if (word === '--version' || word === '-v') {
    process.stdout.write(`v${process.versions.electron}\n`);
    process.exit(0);
  } else if (!word.startsWith('-')) {
    target = word;
  }
}

Object.defineProperty(process, 'defaultApp', { configurable: false, enumerable: true, value: true });

/** Takes name, version and main from the app's package.json, as a packaged app would. */
function entryOf(path) {
  if (!statSync(path).isDirectory()) return path;
  const manifest = join(path, 'package.json');
  if (!existsSync(manifest)) return join(path, 'index.js');
  const { name, productName, version, main, desktopName } = JSON.parse(readFileSync(manifest, 'utf8'));
  if (version) app.setVersion(version);
  if (productName ?? name) app.setName(productName ?? name);
  app.setDesktopName(desktopName ?? `${app.name}.desktop`);
  app.setAppPath(path);
  return join(path, main ?? 'index.js');
}

if (target === undefined) {
  process.stderr.write('No app was named. Usage: electron <folder or file>\n');
  process.exit(2);
}
if (preloads.length > 0) Module._preloadModules(preloads);
const entry = entryOf(resolve(target));
try {
  createRequire(entry)(entry);
} catch (error) {
  if (error.code !== 'ERR_REQUIRE_ESM') throw error;
  import(pathToFileURL(entry).href);
}
