import { join } from 'node:path';
import { defineConfig, type PlaywrightTestOptions, type PlaywrightWorkerOptions } from '@playwright/test';

/** Reports, screenshots and traces. `npm test` moves them to artifacts/ where it runs as another user. */
const results = process.env.AEGIS_E2E_RESULTS ?? join(import.meta.dirname, '..', 'artifacts');
const report = process.env.AEGIS_E2E_REPORT;
const chromium = process.env.AEGIS_E2E_CHROMIUM;

const browser: Partial<PlaywrightTestOptions & PlaywrightWorkerOptions> = {
  browserName: 'chromium',
  viewport: { width: 1280, height: 800 },
  launchOptions: {
    ...(chromium ? { executablePath: chromium } : {}),
    // `npm test` runs this as an unprivileged user even when started as root, so the sandbox can stay on.
    chromiumSandbox: process.getuid?.() !== 0,
    args: ['--disable-gpu', '--disable-background-networking', '--disable-component-update'],
  },
};

export default defineConfig({
  testDir: import.meta.dirname,
  outputDir: join(results, 'traces'),
  // One journey at a time: windows share a screen and a keychain, and timings are of one app.
  workers: 1,
  fullyParallel: false,
  forbidOnly: Boolean(process.env.CI),
  // A test that passes at the second try is a broken test.
  retries: 0,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  globalTimeout: 20 * 60_000,
  reporter: [['list'], ...(report ? ([['json', { outputFile: report }]] as const) : [])],
  use: { trace: 'retain-on-failure', screenshot: 'only-on-failure', actionTimeout: 15_000 },
  projects: [
    { name: 'electron', testMatch: ['electron/**/*.spec.ts', 'journeys/**/*.spec.ts'] },
    {
      name: 'web',
      testMatch: ['web/**/*.spec.ts', 'journeys/**/*.spec.ts'],
      use: browser,
    },
    { name: 'agents', testMatch: ['agents/**/*.spec.ts'], use: browser },
  ],
});
