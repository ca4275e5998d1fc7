/** From launch to a usable window, idle CPU and main-process memory, beside an empty Electron window. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { _electron, type ElectronApplication } from '@playwright/test';
import { type BenchOptions, type BenchTable, median } from './types.ts';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const IDLE_MS = 5000;
/** Linux counts CPU time in hundredths of a second (USER_HZ). */
const TICKS_PER_SECOND = 100;

interface Round {
  readonly interactiveMs: number;
  readonly idleCpuPercent: number;
  readonly mainMiB: number;
}

export async function run({ quick }: BenchOptions): Promise<BenchTable> {
  const rounds = quick ? 1 : 7;
  const empty: Round[] = [];
  const aegis: Round[] = [];
  const emptyApp = writeEmptyApp();
  try {
    // One round of each that does not count: files come into the cache.
    await measure(emptyApp, 'body');
    await measureAegis();
    for (let round = 0; round < rounds; round += 1) {
      empty.push(await measure(emptyApp, 'body'));
      aegis.push(await measureAegis());
    }
  } finally {
    rmSync(emptyApp, { recursive: true, force: true });
  }
  return table(empty, aegis);
}

async function measureAegis(): Promise<Round> {
  const stateDir = mkdtempSync(join(tmpdir(), 'aegis-bench-'));
  try {
    return await measure(ROOT, 'text=Try it with the demo agent', {
      AEGIS_STATE_DIR: stateDir,
      AEGIS_PORT: '0',
      AEGIS_GATE_PORT: '0',
      AEGIS_LOG_LEVEL: 'error',
    });
  } finally {
    rmSync(stateDir, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
  }
}

/** Interactive: the window shows what a person can act on. */
async function measure(app: string, selector: string, env: Record<string, string> = {}): Promise<Round> {
  const started = performance.now();
  const electron = await _electron.launch({
    executablePath: electronPath(),
    args: ['--force-device-scale-factor=1', app],
    chromiumSandbox: true,
    env: { ...(process.env as Record<string, string>), ...env },
  });
  try {
    const page = await electron.firstWindow();
    await page.locator(selector).first().waitFor();
    const interactiveMs = performance.now() - started;
    // The first second belongs to start-up.
    await new Promise((done) => setTimeout(done, 1500));
    const pids = await processes(electron);
    const before = cpuTicks(pids);
    await new Promise((done) => setTimeout(done, IDLE_MS));
    const used = (cpuTicks(pids) - before) / TICKS_PER_SECOND;
    return {
      interactiveMs,
      idleCpuPercent: (100 * used * 1000) / IDLE_MS,
      mainMiB: privateMiB(electron.process().pid ?? 0),
    };
  } finally {
    await electron.close();
  }
}

const processes = (electron: ElectronApplication): Promise<number[]> =>
  electron.evaluate(({ app }) => app.getAppMetrics().map((metric) => metric.pid));

function cpuTicks(pids: readonly number[]): number {
  let sum = 0;
  for (const pid of pids) {
    // Fields after the command name, which may hold spaces: utime and stime are the 14th and 15th of proc(5).
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    sum += Number(fields[11]) + Number(fields[12]);
  }
  return sum;
}

/** Memory that is this process's alone: shared libraries are counted for nobody. */
function privateMiB(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kib = [...rollup.matchAll(/^Private_(?:Clean|Dirty): +(\d+) kB$/gm)].reduce(
    (sum, match) => sum + Number(match[1]),
    0,
  );
  return kib / 1024;
}

function writeEmptyApp(): string {
  const dir = mkdtempSync(join(tmpdir(), 'aegis-empty-'));
  writeFileSync(
    join(dir, 'package.json'),
    JSON.stringify({ name: 'empty', version: '1.0.0', main: 'main.cjs' }),
  );
  writeFileSync(join(dir, 'index.html'), '<!doctype html><title>empty</title><body>empty</body>');
  writeFileSync(
    join(dir, 'main.cjs'),
    `const { app, BrowserWindow } = require('electron');
     app.enableSandbox();
     app.setPath('userData', require('node:path').join(__dirname, 'data'));
     app.whenReady().then(() => new BrowserWindow({ width: 1280, height: 800 }).loadFile('index.html'));`,
  );
  return dir;
}

function electronPath(): string {
  const named = process.env.AEGIS_E2E_ELECTRON;
  if (named) return named;
  const path: unknown = createRequire(import.meta.url)('electron');
  if (typeof path === 'string') return path;
  throw new Error('No Electron found. Run this with: npm run bench -- startup');
}

function table(empty: readonly Round[], aegis: readonly Round[]): BenchTable {
  const of = (rounds: readonly Round[], key: keyof Round): number =>
    median(rounds.map((round) => round[key]));
  const ratio = of(aegis, 'interactiveMs') / of(empty, 'interactiveMs');
  const growth = of(aegis, 'mainMiB') - of(empty, 'mainMiB');
  const idle = of(aegis, 'idleCpuPercent');
  return {
    name: 'startup',
    rows: [
      { label: 'empty window, interactive', value: of(empty, 'interactiveMs'), unit: 'ms' },
      {
        label: 'Aegis, interactive',
        value: of(aegis, 'interactiveMs'),
        unit: 'ms',
        ratio,
        baseline: 'empty window',
        budget: 'at most 1.3',
        ok: ratio <= 1.3,
      },
      { label: 'empty window, idle CPU', value: of(empty, 'idleCpuPercent'), unit: '%' },
      { label: 'Aegis, idle CPU', value: idle, unit: '%', budget: 'under 1 %', ok: idle < 1 },
      { label: 'empty window, main process', value: of(empty, 'mainMiB'), unit: 'MiB' },
      {
        label: 'Aegis, main process',
        value: of(aegis, 'mainMiB'),
        unit: 'MiB',
        baseline: `empty window, growth ${growth.toFixed(0)} MiB`,
        budget: 'growth under 60 MB',
        ok: growth < 57.2,
      },
    ],
    notes: [`median of ${aegis.length} rounds, alternating; launch through Playwright in both cases`],
  };
}
