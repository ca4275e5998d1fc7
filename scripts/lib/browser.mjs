import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePackages } from './debian.mjs';
import { environment, modules, node24, onLinux, root } from './places.mjs';
import { read, run } from './run.mjs';
import { SetupError, say, step } from './say.mjs';

const SYSTEM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Path of a Chromium for the browser tests, or undefined where Playwright's own is used. */
export async function ensureBrowser() {
  if (!onLinux) {
    await step('Making sure Playwright’s Chromium is there', () =>
      run(node24, [join(modules, 'playwright', 'cli.js'), 'install', 'chromium'], {
        cwd: root,
        env: environment(),
        label: 'playwright install',
        timeoutMs: 15 * 60_000,
      }),
    );
    return undefined;
  }
  if (!SYSTEM.some(existsSync)) await ensurePackages('for the browser tests', ['chromium']);
  const found = SYSTEM.find(existsSync);
  if (!found) {
    throw new SetupError('No Chromium was found for the browser tests.', `Looked for ${SYSTEM.join(', ')}.`);
  }
  say(`▸ Browser: ${read(found, ['--version'])?.split('\n').at(-1) ?? found}`);
  return found;
}
