import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { environment, node24, root } from './places.mjs';
import { run } from './run.mjs';
import { step } from './say.mjs';
import { hashOf, isDone, markDone } from './stamps.mjs';

const SOURCES = [
  'src-contract',
  'src-main',
  'src-preload',
  'src-renderer',
  'resources',
  'electron.vite.config.ts',
  'package.json',
  'package-lock.json',
];
const OUTPUTS = [
  'out/main/electron.cjs',
  'out/main/cli.cjs',
  'out/preload/index.cjs',
  'out/renderer/index.html',
];

/** Builds the app into out/ when a source changed since the last build. */
export async function build() {
  const hash = hashOf(SOURCES);
  if (isDone('build', hash) && OUTPUTS.every((file) => existsSync(join(root, file)))) return;
  await step('Building the app', () =>
    run(node24, [join(root, 'node_modules/electron-vite/bin/electron-vite.js'), 'build'], {
      cwd: root,
      env: environment(),
      label: 'electron-vite build',
      timeoutMs: 10 * 60_000,
    }),
  );
  markDone('build', hash);
}
