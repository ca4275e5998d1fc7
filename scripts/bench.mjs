/** `npm run bench [-- name…] [-- --json]`: sets up, builds, and runs the measurements of bench/ where windows can open. */
import { build } from './lib/build.mjs';
import { ensurePackages, packages } from './lib/debian.mjs';
import { ensureElectron } from './lib/electron.mjs';
import { installDependencies } from './lib/install.mjs';
import { main, sayOnStderr } from './lib/say.mjs';
import { inWorkplace, openWorkplace } from './lib/workplace.mjs';

main(async () => {
  // Standard output is the table, or JSON.
  sayOnStderr();
  await installDependencies();
  await ensurePackages('for the measurements', [...packages.tests, ...packages.window]);
  const electron = await ensureElectron();
  await build();
  const workplace = await openWorkplace();
  try {
    const { code } = await workplace.exec('node', ['bench/run.ts', ...process.argv.slice(2)], {
      env: {
        AEGIS_E2E_ELECTRON: inWorkplace(workplace, electron.executable),
        ELECTRON_OVERRIDE_DIST_PATH: inWorkplace(workplace, electron.dist),
        AEGIS_E2E_RESULTS: workplace.results,
      },
      show: true,
      mayFail: true,
    });
    return code;
  } finally {
    workplace.close();
  }
});
