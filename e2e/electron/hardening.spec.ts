/** The posture of the desktop app, asked of the running app itself. */

import type { ElectronHost } from '../support/electron-host.ts';
import { expect, test } from '../support/journey.ts';
import { launchApp } from '../support/launch-electron.ts';
import { isRunning, waitFor } from '../support/wait.ts';

test('the window is sandboxed, isolated and without Node, and exposes one marker alone', async ({ host }) => {
  const { app, page } = host as ElectronHost;
  const preferences = await app.evaluate(({ BrowserWindow }) => {
    const [window] = BrowserWindow.getAllWindows();
    // Not part of the typed API, but the only way to see what is in force.
    const contents = window?.webContents as unknown as { getLastWebPreferences(): Record<string, unknown> };
    return contents.getLastWebPreferences();
  });
  expect(preferences).toMatchObject({
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    webSecurity: true,
    webviewTag: false,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
  });
  expect(preferences.nodeIntegrationInWorker).not.toBe(true);
  expect(preferences.nodeIntegrationInSubFrames).not.toBe(true);
  const exposed = await page.evaluate(() => {
    const frame = document.createElement('iframe');
    document.body.append(frame);
    const plain = new Set(Object.getOwnPropertyNames(frame.contentWindow ?? {}));
    frame.remove();
    return {
      own: Object.getOwnPropertyNames(globalThis).filter(
        (name) => !plain.has(name) && /aegis|electron|ipc|require|process|module|Buffer/i.test(name),
      ),
      desktop: JSON.stringify(Reflect.get(globalThis, 'aegisDesktop')),
    };
  });
  expect(exposed).toEqual({ own: ['aegisDesktop'], desktop: '{"platform":"linux"}' });
});

test('the page cannot navigate, open windows, ask for permissions or leave its folder', async ({ host }) => {
  const { app, page } = host as ElectronHost;
  const before = page.url();
  const facts = await page.evaluate(async () => {
    const opened = window.open('https://example.com/', '_blank');
    const link = Object.assign(document.createElement('a'), {
      href: 'https://example.com/',
      target: '_blank',
    });
    document.body.append(link);
    link.click();
    link.remove();
    const status = async (url: string) => (await fetch(url)).status;
    const notifications = await Notification.requestPermission();
    const position = await new Promise((resolve) =>
      navigator.geolocation.getCurrentPosition(
        () => resolve('given'),
        () => resolve('denied'),
      ),
    );
    const camera = await navigator.mediaDevices?.getUserMedia({ video: true, audio: true }).then(
      () => 'given',
      (error: Error) => error.name,
    );
    const clipboard = await navigator.clipboard.readText().then(
      () => 'given',
      (error: Error) => error.name,
    );
    return {
      opened: opened === null,
      notifications,
      position,
      camera: camera !== 'given',
      clipboard: clipboard !== 'given',
      page: await status('app://aegis/index.html'),
      escapes: [
        await status('app://aegis/..%2f..%2f..%2fetc%2fpasswd.js'),
        await status('app://aegis/%2e%2e/%2e%2e/main/electron.cjs'),
        await status('app://aegis/..%5c..%5cpackage.json'),
        await status('app://aegis/assets/../../main/cli.js'),
        await status('app://aegis/no-such-file.js'),
      ],
    };
  });
  expect(facts).toEqual({
    opened: true,
    notifications: 'denied',
    position: 'denied',
    camera: true,
    clipboard: true,
    page: 200,
    escapes: [404, 404, 404, 404, 404],
  });
  await page.evaluate(() => {
    location.href = 'https://example.com/';
  });
  await page.evaluate(() => {
    location.href = 'file:///etc/passwd';
  });
  expect(page.url()).toBe(before);
  const windows = await app.evaluate(({ BrowserWindow }) =>
    BrowserWindow.getAllWindows().map((window) => window.webContents.getURL()),
  );
  expect(windows).toEqual([before]);
  host.complaints().splice(0);
});

test('a second start shows the first window and leaves', async ({ host }) => {
  const first = host as ElectronHost;
  await first.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.hide());
  const visible = () =>
    first.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.isVisible());
  expect(await visible()).toBe(false);
  await expect(
    launchApp({ stateDir: first.stateDir, home: first.home, env: first.environment() }),
  ).rejects.toThrow();
  await waitFor('the first window to be shown', visible);
  expect(isRunning(first.pid)).toBe(true);
  expect(await first.app.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().length)).toBe(1);
});
