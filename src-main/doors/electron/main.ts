/** The desktop app: starts the control plane in this process and shows it. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { app, type BrowserWindow, dialog, session } from 'electron';
import { AegisError, messageOf } from '../../core/base/errors.ts';
import { createLog, type Log } from '../../core/base/log.ts';
import { privateFolder } from '../../core/base/secure-files.ts';
import { type LoadedConfig, loadConfig } from '../../core/config/index.ts';
import { registerAppScheme, serveApp } from './app-protocol.ts';
import { PageCommands } from './commands.ts';
import type { DesktopService } from './desktop-service.ts';
import { Hellos } from './hellos.ts';
import { denyPermissions, lockPages } from './lockdown.ts';
import { installMenu } from './menu.ts';
import { desktopShell } from './shell.ts';
import { builtPaths, createMainWindow } from './window.ts';

/** `out/` in a checkout, the same inside the packaged archive. */
const OUT_DIR = join(__dirname, '..');
const RESOURCES_DIR = app.isPackaged
  ? join(process.resourcesPath, 'resources')
  : join(OUT_DIR, '..', 'resources');

/** The packaged app plays its own pty-host: Node is not shipped, and running as plain Node is fused off. */
const PTY_HOST_SWITCH = '--aegis-pty-host';
/** It outlives the screen that the app was shown on, so it must not hold on to one. */
const PTY_HOST_ARGS = [
  PTY_HOST_SWITCH,
  ...(process.platform === 'linux' ? ['--ozone-platform=headless'] : []),
];

/** The demo agent of the packaged app: this one script, no other. A switch that ran any script would undo the fuse. */
const DEMO_SWITCH = '--aegis-demo-agent';

if (process.argv.includes(PTY_HOST_SWITCH)) {
  app.dock?.hide();
  app.disableHardwareAcceleration();
  // Loaded only here: the app itself needs neither node-pty nor the terminal model.
  void import('../../pty-host/main.ts').then(({ runPtyHost }) => runPtyHost());
} else if (process.argv.includes(DEMO_SWITCH)) {
  app.dock?.hide();
  // From inside the archive, whose integrity is checked where the system can; not from the folder beside it.
  void import(pathToFileURL(join(OUT_DIR, '..', 'resources', 'demo-agent', 'demo-agent.mjs')).href);
} else {
  startDesktop();
}

function startDesktop(): void {
  // Everything that must happen before `ready`.
  registerAppScheme();
  app.enableSandbox();
  let loaded: LoadedConfig;
  try {
    loaded = loadConfig({ env: process.env });
  } catch (error) {
    dialog.showErrorBox('Aegis cannot start', messageOf(error));
    app.exit(1);
    return;
  }
  // One running app per state folder: the lock lives in this folder.
  app.setPath('userData', join(loaded.config.state_dir, 'electron'));
  if (!app.requestSingleInstanceLock()) {
    app.exit(0);
    return;
  }
  void app.whenReady().then(() => run(loaded).catch(fail));
}

/** Where `node` is in a checkout. */
function checkoutNode(): string {
  const name = process.platform === 'win32' ? 'node.exe' : 'node';
  const path = join(OUT_DIR, '..', 'node_modules', 'node', 'bin', name);
  return existsSync(path) ? path : name;
}

async function run(loaded: LoadedConfig): Promise<void> {
  const { renderer, preload } = builtPaths(OUT_DIR);
  const log = createLog(loaded.config.log_level);
  let window: BrowserWindow | null = null;
  let service: DesktopService | undefined;
  let quitting = false;
  const quit = (): void => {
    quitting = true;
    app.quit();
  };
  lockPages(log);
  denyPermissions(session.defaultSession);
  const pageFetched = serveApp(renderer);
  const hellos = new Hellos();
  const commands = new PageCommands();
  const openWindow = (): BrowserWindow => {
    const created = createMainWindow({
      preload,
      icon: join(RESOURCES_DIR, 'icons', 'app.png'),
      stateFile: join(loaded.config.state_dir, 'window.json'),
      log,
      hidesOnClose: () => !quitting && ((service?.hasTray ?? false) || process.platform === 'darwin'),
    });
    created.on('closed', () => {
      window = null;
    });
    return created;
  };
  const show = (): void => {
    window ??= openWindow();
    if (window.isMinimized()) window.restore();
    window.show();
    window.focus();
  };
  privateFolder(loaded.config.state_dir);
  window = openWindow();
  installMenu(commands, quit);

  app.on('second-instance', show);
  app.on('activate', show);
  app.on('window-all-closed', () => {
    if (process.platform !== 'darwin') quit();
  });
  app.on('before-quit', () => {
    quitting = true;
  });
  closeInOrder(() => service, log);

  await pageFetched;
  const { openDesktopService } = await import('./desktop-service.ts');
  service = await openDesktopService({
    loaded,
    rendererDir: renderer,
    resourcesDir: RESOURCES_DIR,
    ptyHost: app.isPackaged
      ? { file: process.execPath, args: PTY_HOST_ARGS }
      : { file: checkoutNode(), args: [join(__dirname, 'pty-host.cjs')] },
    node: app.isPackaged
      ? { nodePath: process.execPath, nodeArgs: [DEMO_SWITCH] }
      : { nodePath: checkoutNode() },
    hellos,
    commands,
    shell: desktopShell(() => window, commands),
    isFocused: () => window?.isFocused() ?? false,
    show,
    quit,
  });
}

/** What this process holds is closed before it leaves; agents live on in the pty-host. */
function closeInOrder(service: () => DesktopService | undefined, log: Log): void {
  let closing = false;
  app.on('will-quit', (event) => {
    const open = service();
    if (open === undefined) return;
    event.preventDefault();
    // Whoever quits twice must not cut the closing short.
    if (closing) return;
    closing = true;
    void open
      .dispose()
      .catch((error: unknown) => log.error({ err: error }, 'closing failed'))
      .finally(() => app.exit(0));
  });
}

/** The app cannot serve: say what happened and what to do, then leave. */
function fail(error: unknown): void {
  const hint = error instanceof AegisError && error.hint !== undefined ? `\n\n${error.hint}` : '';
  console.error(error);
  dialog.showErrorBox('Aegis cannot start', `${messageOf(error)}${hint}`);
  app.exit(1);
}
