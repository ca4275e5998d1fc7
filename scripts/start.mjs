/**
 * `npm start` sets up what is missing, builds, and opens the app. Without a screen, or as root, it serves the console and
 * prints its address with a one-time sign-in link. `npm start -- --headless` asks for that; other words go to the app.
 */
import { join } from 'node:path';
import { build } from './lib/build.mjs';
import { become } from './lib/child.mjs';
import { ensurePackages, packages } from './lib/debian.mjs';
import { ensureElectron } from './lib/electron.mjs';
import { installDependencies } from './lib/install.mjs';
import { environment, hasDisplay, isRoot, node24, onLinux, root } from './lib/places.mjs';
import { main, SetupError, say } from './lib/say.mjs';

main(async () => {
  const words = process.argv.slice(2);
  const asked = words.includes('--headless');
  const rest = words.filter((word) => word !== '--headless');
  await installDependencies();
  const lacking = await ensurePackages('for the keychain', packages.keychain, { required: false });
  if (lacking) say(`▸ ${lacking} Until then the vault asks for a passphrase.`);
  await build();
  const window = asked ? { reason: 'as asked with --headless' } : await findWindow();
  if (window.executable) {
    say('▸ Opening Aegis Control Center');
    return become(window.executable, [root, ...rest], {
      cwd: root,
      env: environment({ ELECTRON_OVERRIDE_DIST_PATH: window.dist }),
    });
  }
  say(`▸ Serving the console without a window (${window.reason}). Ctrl+C stops it.`);
  return become(node24, [join(root, 'out/main/cli.cjs'), 'serve', '--print-sign-in-link', ...rest], {
    cwd: root,
    // The console shows what the log says; here only failures are worth a line.
    env: environment({ AEGIS_LOG_LEVEL: process.env.AEGIS_LOG_LEVEL ?? 'error' }),
  });
});

/** An Electron to open the window with, or the reason why there is none. */
async function findWindow() {
  if (!hasDisplay) return { reason: 'no display: neither DISPLAY nor WAYLAND_DISPLAY is set' };
  if (isRoot && onLinux) {
    return { reason: 'started as root: Chromium’s sandbox refuses root, and Aegis does not switch it off' };
  }
  const missing = await ensurePackages('for the window', packages.window, { required: false });
  if (missing) return { reason: missing };
  try {
    return await ensureElectron();
  } catch (error) {
    if (error instanceof SetupError) return { reason: error.message };
    throw error;
  }
}
