import { type Browser, test as base, chromium, expect } from '@playwright/test';
import { ElectronHost } from './electron-host.ts';
import type { Host, HostOptions } from './host.ts';
import { WebHost } from './web-host.ts';

interface Fixtures {
  host: Host;
  /** How the product is started for the tests of a file or group. */
  hostOptions: HostOptions;
}

interface WorkerFixtures {
  /** The browser of the projects that use one; null in `electron`. */
  consoleBrowser: Browser | null;
}

/**
 * A test on a product of its own: the desktop app in the project `electron`, a browser and a server in the others. Fails when
 * the page complained, whatever else the test looked at.
 */
export const test = base.extend<Fixtures, WorkerFixtures>({
  hostOptions: [{}, { option: true }],
  consoleBrowser: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names from the pattern
    async ({}, use, { project }) => {
      const browser = project.name !== 'electron' ? await chromium.launch(project.use.launchOptions) : null;
      await use(browser);
      await browser?.close();
    },
    { scope: 'worker' },
  ],
  host: async ({ hostOptions, consoleBrowser }, use) => {
    const host = consoleBrowser
      ? await WebHost.open(consoleBrowser, hostOptions)
      : await ElectronHost.open(hostOptions);
    try {
      await use(host);
      expect(host.complaints(), 'messages of the page').toEqual([]);
    } finally {
      await host.close();
    }
  },
});

export { expect };
