/**
 * `npm test` sets up what is missing and runs everything. `npm test -- check|unit|e2e|electron|web|agents [options]`
 * runs parts; options go to vitest (unit) or Playwright (the others), e.g. `npm test -- electron -g "approve"`.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureAgents } from './lib/agents.mjs';
import { ensureBrowser } from './lib/browser.mjs';
import { build } from './lib/build.mjs';
import { ensurePackages, packages } from './lib/debian.mjs';
import { ensureElectron } from './lib/electron.mjs';
import { installDependencies } from './lib/install.mjs';
import { artifacts } from './lib/places.mjs';
import { main, SetupError, say } from './lib/say.mjs';
import { check, playwright, summary, unit } from './lib/suites.mjs';
import { inWorkplace, openWorkplace } from './lib/workplace.mjs';

const E2E = ['electron', 'web', 'agents'];
const PARTS = ['check', 'unit', 'e2e', ...E2E];

main(async () => {
  const { parts, extra } = readWords(process.argv.slice(2));
  const projects = E2E.filter((name) => parts.has(name));
  await installDependencies();
  await ensurePackages('for the tests', packages.tests, {
    programs: ['xvfb-run', 'dbus-run-session', 'gnome-keyring-daemon'],
  });
  const runtimes = await ensureRuntimes(parts);

  const results = [];
  if (parts.has('check')) results.push(...(await checks()));
  if (parts.has('unit')) {
    results.push(await unit({ AEGIS_TEST_CLAUDE: runtimes.AEGIS_E2E_CLAUDE }, parts.size === 1 ? extra : []));
  }
  if (projects.length > 0) results.push(...(await endToEnd(projects, runtimes, extra)));
  return summary(results);
});

function readWords(words) {
  const first = words.findIndex((word) => !PARTS.includes(word));
  const named = first === -1 ? words : words.slice(0, first);
  const extra = first === -1 ? [] : words.slice(first);
  if (named.length === 0 && extra.length > 0) {
    throw new SetupError(`“${extra[0]}” is no part of the tests.`, `Parts: ${PARTS.join(', ')}.`);
  }
  const parts = new Set(named.length === 0 ? ['check', 'unit', ...E2E] : named);
  if (parts.delete('e2e')) for (const name of E2E) parts.add(name);
  return { parts, extra };
}

async function checks() {
  const tsc = 'typescript/bin/tsc';
  return [
    await check('types: main', tsc, '-p', 'tsconfig.main.json'),
    await check('types: page', tsc, '-p', 'tsconfig.renderer.json'),
    await check('types: e2e', tsc, '-p', 'tsconfig.e2e.json'),
    await check('lint', '@biomejs/biome/bin/biome', 'check', '.'),
    await check('dead code', 'knip/bin/knip.js'),
  ];
}

/** Real windows, browsers and agents: what the tests run, as the environment that names them. */
async function ensureRuntimes(parts) {
  const env = {};
  if (parts.has('electron')) {
    await ensurePackages('for windows', packages.window);
    const electron = await ensureElectron();
    env.AEGIS_E2E_ELECTRON = electron.executable;
    env.ELECTRON_OVERRIDE_DIST_PATH = electron.dist;
  }
  if (parts.has('web') || parts.has('agents')) env.AEGIS_E2E_CHROMIUM = (await ensureBrowser()) ?? '';
  if (parts.has('agents') || parts.has('unit')) env.AEGIS_E2E_CLAUDE = (await ensureAgents())['claude-code'];
  return env;
}

async function endToEnd(projects, env, extra) {
  const failure = await build().then(
    () => undefined,
    (error) => error,
  );
  if (failure) {
    say(`\n━━ build\n${failure.message}`);
    return [{ name: 'build', passed: 0, failed: 1, skipped: 0, took: 0 }];
  }
  for (const project of projects)
    rmSync(join(artifacts, 'screenshots', project), { recursive: true, force: true });
  rmSync(join(artifacts, 'traces'), { recursive: true, force: true });
  const workplace = await openWorkplace();
  try {
    const results = [];
    const there = Object.fromEntries(
      Object.entries(env).map(([name, path]) => [name, inWorkplace(workplace, path)]),
    );
    for (const project of projects) results.push(await playwright(project, workplace, there, extra));
    return results;
  } finally {
    workplace.close();
  }
}
