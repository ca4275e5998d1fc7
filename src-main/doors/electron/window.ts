import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { app, BrowserWindow, type Rectangle, screen } from 'electron';
import type { Log } from '../../core/base/log.ts';
import { writePrivateFile } from '../../core/base/secure-files.ts';
import { APP_URL } from './app-path.ts';

const DEFAULT_SIZE = { width: 1280, height: 800 };
const MIN_SIZE = { minWidth: 900, minHeight: 600 };
/** Reloads after a crash of the page; a page that crashes again and again is left for the user to reopen. */
const MAX_RELOADS = 3;

export interface MainWindowOptions {
  readonly preload: string;
  readonly icon: string;
  /** Where the window's position is kept. */
  readonly stateFile: string;
  readonly log: Log;
  /** True while closing only hides, because the tray brings the window back. */
  readonly hidesOnClose: () => boolean;
}

/** The one window. Its preferences are the security posture of the page: sandboxed, isolated, without Node. */
export function createMainWindow(options: MainWindowOptions): BrowserWindow {
  const window = new BrowserWindow({
    ...DEFAULT_SIZE,
    ...MIN_SIZE,
    ...restoredBounds(options.stateFile),
    show: false,
    title: 'Aegis Control Center',
    icon: options.icon,
    backgroundColor: '#14171c',
    webPreferences: {
      preload: options.preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false,
      devTools: !app.isPackaged,
      v8CacheOptions: 'code',
    },
  });
  // `ready-to-show` may never come under Wayland; the load always ends.
  const show = (): void => {
    if (!window.isDestroyed() && !window.isVisible()) window.show();
  };
  window.once('ready-to-show', show);
  window.webContents.once('did-finish-load', show);
  rememberBounds(window, options.stateFile);
  reloadAfterCrash(window, options.log);
  window.on('close', (event) => {
    if (!options.hidesOnClose()) return;
    event.preventDefault();
    window.hide();
  });
  void window.loadURL(APP_URL);
  return window;
}

function rememberBounds(window: BrowserWindow, file: string): void {
  let timer: NodeJS.Timeout | undefined;
  const save = (): void => {
    clearTimeout(timer);
    if (!window.isDestroyed()) writePrivateFile(file, JSON.stringify(window.getNormalBounds()));
  };
  const later = (): void => {
    clearTimeout(timer);
    timer = setTimeout(save, 500);
  };
  window.on('resize', later);
  window.on('move', later);
  window.on('close', save);
}

/** Where the window was, if that is still on a display. */
function restoredBounds(file: string): Partial<Rectangle> {
  try {
    const saved: unknown = JSON.parse(readFileSync(file, 'utf8'));
    if (typeof saved !== 'object' || saved === null) return {};
    const [x, y, width, height] = ['x', 'y', 'width', 'height'].map((key) => Number(Reflect.get(saved, key)));
    if (x === undefined || y === undefined || width === undefined || height === undefined) return {};
    if (![x, y, width, height].every(Number.isFinite)) return {};
    const { workArea } = screen.getDisplayMatching({ x, y, width, height });
    const visible =
      x < workArea.x + workArea.width &&
      x + width > workArea.x &&
      y < workArea.y + workArea.height &&
      y + 40 > workArea.y;
    return visible ? { x, y, width, height } : {};
  } catch {
    return {};
  }
}

function reloadAfterCrash(window: BrowserWindow, log: Log): void {
  let reloads = 0;
  window.webContents.on('render-process-gone', (_event, details) => {
    log.error({ reason: details.reason }, 'the page crashed');
    if (details.reason === 'clean-exit' || reloads >= MAX_RELOADS) return;
    reloads += 1;
    window.webContents.reload();
  });
}

/** The window's preload and the page, as built beside this file. */
export const builtPaths = (outDir: string): { preload: string; renderer: string } => ({
  preload: join(outDir, 'preload', 'index.cjs'),
  renderer: join(outDir, 'renderer'),
});
