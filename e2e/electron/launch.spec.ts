import { expect, test } from '@playwright/test';
import { freshFolder, removeFolder } from '../support/folders.ts';
import { endTerminalHost } from '../support/host.ts';
import { launchApp } from '../support/launch-electron.ts';
import { keepScreenshot } from '../support/screenshots.ts';

test('the app opens its window in a sandbox, from its own scheme', async () => {
  const stateDir = freshFolder('state');
  const { app, page, close } = await launchApp({ stateDir });
  try {
    await expect(page).toHaveTitle(/Aegis/);
    expect(new URL(page.url()).protocol).toBe('app:');
    const facts = await app.evaluate(({ app: electronApp, BrowserWindow }) => ({
      unsandboxed: electronApp.commandLine.hasSwitch('no-sandbox'),
      windows: BrowserWindow.getAllWindows().length,
    }));
    expect(facts).toEqual({ unsandboxed: false, windows: 1 });
    // A page without Node: neither its globals nor a way to load modules.
    expect(
      await page.evaluate(() => [typeof globalThis.process, typeof Reflect.get(globalThis, 'require')]),
    ).toEqual(['undefined', 'undefined']);
    await keepScreenshot(page, 'launch');
  } finally {
    await close();
    await endTerminalHost(stateDir);
    removeFolder(stateDir);
  }
});
