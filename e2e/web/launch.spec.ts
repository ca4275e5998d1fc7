import { expect, test } from '@playwright/test';
import { freshFolder, removeFolder } from '../support/folders.ts';
import { endTerminalHost } from '../support/host.ts';
import { keepScreenshot } from '../support/screenshots.ts';
import { startServer } from '../support/serve.ts';

test('the console opens behind its one-time sign-in link, and the link works once', async ({
  page,
  browser,
}) => {
  const stateDir = freshFolder('state');
  const server = await startServer({ stateDir });
  try {
    const link = await server.signInLink();
    await page.goto(link);
    await expect(page).toHaveTitle(/Aegis/);
    await expect(page.getByRole('navigation').first()).toBeVisible();
    await keepScreenshot(page, 'signed-in');

    const second = await browser.newContext();
    const other = await second.newPage();
    await other.goto(link);
    await expect(other.getByText(/used already|expired/)).toBeVisible();
    await second.close();
    expect(await server.stop()).toBe(0);
  } finally {
    await server.kill9();
    await endTerminalHost(stateDir);
    removeFolder(stateDir);
  }
});
