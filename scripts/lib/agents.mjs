import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { npm } from './install.mjs';
import { cacheFolder, onWindows } from './places.mjs';
import { run } from './run.mjs';
import { say, step } from './say.mjs';

/** Real coding agents for the tests, at the versions they were written against. No dependency of the app. */
const AGENTS = {
  'claude-code': { package: '@anthropic-ai/claude-code', version: '2.1.330', program: 'claude' },
};

/** Installs the agents into the cache folder, once for each version. Returns their programs' paths by name. */
export async function ensureAgents() {
  const programs = {};
  for (const [name, agent] of Object.entries(AGENTS)) programs[name] = await ensureAgent(name, agent);
  return programs;
}

async function ensureAgent(name, { package: spec, version, program }) {
  const folder = join(cacheFolder(), `agent-${name}-${version}`);
  if (!existsSync(folder)) {
    const work = `${folder}.${process.pid}`;
    rmSync(work, { recursive: true, force: true });
    mkdirSync(work, { recursive: true });
    try {
      writeFileSync(
        join(work, 'package.json'),
        JSON.stringify({
          name: `agent-${name}`,
          private: true,
          dependencies: { [spec]: version },
          // Its script puts the platform's own program in place.
          allowScripts: { [spec]: true },
        }),
      );
      await step(`Installing ${spec} ${version} for the agent tests`, () => npm(['install'], { cwd: work }));
      if (!onWindows) await run('chmod', ['-R', 'a+rX', work]);
      renameSync(work, folder);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
  const installed = JSON.parse(readFileSync(join(folder, 'node_modules', spec, 'package.json'), 'utf8'));
  say(`▸ Agent: ${spec} ${installed.version}`);
  return join(folder, 'node_modules', '.bin', onWindows ? `${program}.cmd` : program);
}
