/** `npm run -s aegis -- <arguments>`: the command line of this checkout, built first when a source changed. */
import { join } from 'node:path';
import { build } from './lib/build.mjs';
import { become } from './lib/child.mjs';
import { installDependencies } from './lib/install.mjs';
import { environment, node24, root } from './lib/places.mjs';
import { main, sayOnStderr } from './lib/say.mjs';

main(async () => {
  sayOnStderr();
  await installDependencies();
  await build();
  // npm changes into the checkout; the person's folder is what relative paths mean.
  return become(node24, [join(root, 'out/main/cli.cjs'), ...process.argv.slice(2)], {
    cwd: process.env.INIT_CWD ?? process.cwd(),
    env: environment(),
  });
});
