import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { _electron, type ElectronApplication, type Page } from '@playwright/test';
import { cleanEnvironment } from './environment.ts';
import { checkout } from './folders.ts';
import { isRunning, waitFor } from './wait.ts';

export interface LaunchOptions {
  /** The app's state folder; start again with the same one to see what survived. */
  readonly stateDir: string;
  /** Home folder of the app and its agents. */
  readonly home?: string;
  readonly env?: Record<string, string>;
  readonly args?: readonly string[];
}

export interface LaunchedApp {
  readonly app: ElectronApplication;
  /** The main window's page. */
  readonly page: Page;
  /** What the app wrote on stdout and stderr so far. */
  output(): string;
  /** Quits as a person would and waits until the process is gone. */
  close(): Promise<void>;
  /** Ends the main process with SIGKILL, as a crash or the system would, and waits until it is gone. */
  kill9(): Promise<void>;
}

/** Starts the built app in a real Electron, sandbox on, on free ports. */
export async function launchApp(options: LaunchOptions): Promise<LaunchedApp> {
  const app = await _electron.launch({
    executablePath: electronExecutable(),
    args: ['--force-device-scale-factor=1', checkout, ...(options.args ?? [])],
    cwd: checkout,
    chromiumSandbox: true,
    env: cleanEnvironment({
      AEGIS_STATE_DIR: options.stateDir,
      AEGIS_PORT: '0',
      AEGIS_GATE_PORT: '0',
      ...(options.home ? { HOME: options.home } : {}),
      ...options.env,
    }),
    timeout: 45_000,
  });
  const child = app.process();
  let output = '';
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-200_000);
  };
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  const gone = (): Promise<unknown> =>
    waitFor('the app to be gone', () => child.pid === undefined || !isRunning(child.pid), {
      timeoutMs: 30_000,
    });
  try {
    const page = await app.firstWindow({ timeout: 45_000 });
    await page.waitForLoadState('domcontentloaded');
    return {
      app,
      page,
      output: () => output,
      async close() {
        await app.close();
        await gone();
      },
      async kill9() {
        child.kill('SIGKILL');
        await gone();
      },
    };
  } catch (error) {
    child.kill('SIGKILL');
    throw new Error(`The app showed no window. It wrote:\n${output}`, { cause: error });
  }
}

/** Path of the Electron that `npm test -- electron` provided. */
export function electronExecutable(): string {
  if (process.getuid?.() === 0) {
    throw new Error('Electron’s sandbox refuses root. Run these tests with `npm test -- electron`.');
  }
  const named = process.env.AEGIS_E2E_ELECTRON;
  if (named && existsSync(named)) return named;
  const path: unknown = createRequire(join(checkout, 'package.json'))('electron');
  if (typeof path === 'string' && existsSync(path)) return path;
  throw new Error(
    'No Electron binary is here. Run these tests with `npm test -- electron`, which provides one.',
  );
}
