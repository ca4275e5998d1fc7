import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { artifacts, environment, modules, node24, root } from './places.mjs';
import { run } from './run.mjs';
import { duration, note, say } from './say.mjs';
import { withKeychain } from './session.mjs';
import { temporaryFolder, withoutOwnSettings } from './workplace.mjs';

/** Ends a suite that hangs; far above what one takes, even on a busy machine. */
const SUITE_LIMIT_MS = 25 * 60_000;

/** A result of one suite: `{name, passed, failed, skipped, took}`. */
async function timed(name, work) {
  say(`\n━━ ${name}`);
  const started = Date.now();
  const counts = await work().catch((error) => {
    say(error.message);
    return { passed: 0, failed: 1, skipped: 0 };
  });
  const result = { name, ...counts, took: Date.now() - started };
  note(`${name}: ${result.passed} passed, ${result.failed} failed in ${duration(result.took)}`);
  return result;
}

/** A command that passes or fails as a whole, such as the type checker. Counts as one test. */
export function check(name, tool, ...args) {
  return timed(name, async () => {
    const { code } = await run(node24, [join(modules, tool), ...args], {
      cwd: root,
      env: environment(),
      show: true,
      mayFail: true,
      timeoutMs: SUITE_LIMIT_MS,
    });
    return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  });
}

/** Unit tests, beside a real Secret Service on Linux. `env` names what some of them run for real. */
export function unit(env, extra) {
  return timed('unit', async () => {
    mkdirSync(artifacts, { recursive: true });
    const report = join(artifacts, 'unit.json');
    rmSync(report, { force: true });
    const vitest = [node24, join(modules, 'vitest', 'vitest.mjs'), 'run', '--reporter=default'];
    const session = withKeychain([...vitest, '--reporter=json', `--outputFile.json=${report}`, ...extra]);
    const temp = temporaryFolder();
    try {
      const { code } = await run(session.command, session.args, {
        cwd: root,
        env: { ...withoutOwnSettings(environment()), ...session.env, ...temp.env, ...env },
        show: true,
        mayFail: true,
        timeoutMs: SUITE_LIMIT_MS,
      });
      return honest(code, countVitest(report));
    } finally {
      temp.close();
      session.cleanUp();
    }
  });
}

/** One Playwright project, in the workplace. */
export function playwright(project, workplace, env, extra) {
  return timed(project, async () => {
    const report = join(workplace.results, `${project}.json`);
    try {
      const { code } = await workplace.exec(
        'node',
        [
          join(workplace.folder, 'node_modules', '@playwright', 'test', 'cli.js'),
          'test',
          '--config=e2e/playwright.config.ts',
          `--project=${project}`,
          ...extra,
        ],
        {
          env: {
            ...env,
            AEGIS_E2E_RESULTS: workplace.results,
            AEGIS_E2E_REPORT: report,
          },
          show: true,
          mayFail: true,
          timeoutMs: SUITE_LIMIT_MS,
        },
      );
      return honest(code, countPlaywright(report));
    } finally {
      workplace.temp.endLeftovers();
    }
  });
}

/** A suite that failed without a failed test, or ran none, still counts as a failure. */
function honest(code, counts) {
  const nothing = counts.passed + counts.failed === 0;
  if (nothing) note('no test was run');
  if ((code !== 0 || nothing) && counts.failed === 0) return { ...counts, failed: 1 };
  return counts;
}

function countVitest(report) {
  if (!existsSync(report)) return { passed: 0, failed: 0, skipped: 0 };
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
    readFileSync(report, 'utf8'),
  );
  // A file that cannot be loaded fails without any test of its own.
  const unloaded = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((assertion) => assertion.status === 'failed'),
  ).length;
  return {
    passed: numPassedTests,
    failed: numFailedTests + unloaded,
    skipped: numPendingTests + (numTodoTests ?? 0),
  };
}

function countPlaywright(report) {
  if (!existsSync(report)) return { passed: 0, failed: 0, skipped: 0 };
  const { expected, unexpected, flaky, skipped } = JSON.parse(readFileSync(report, 'utf8')).stats;
  return { passed: expected, failed: unexpected + flaky, skipped };
}

/** Prints the table and the closing line; returns the exit code. */
export function summary(results) {
  say('\n━━ summary');
  for (const { name, passed, failed, skipped, took } of results) {
    const mark = failed > 0 ? '✗' : '✓';
    say(
      `${mark} ${name.padEnd(12)} ${String(passed).padStart(5)} passed ${String(failed).padStart(4)} failed` +
        `${skipped > 0 ? ` ${String(skipped).padStart(4)} skipped` : ''}   ${duration(took)}`,
    );
  }
  const sum = (key) => results.reduce((total, result) => total + result[key], 0);
  const skipped = sum('skipped') > 0 ? `, ${sum('skipped')} skipped` : '';
  say(`\n${sum('passed')} passed, ${sum('failed')} failed${skipped}`);
  return sum('failed') > 0 || results.length === 0 ? 1 : 0;
}
