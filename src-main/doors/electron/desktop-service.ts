/** The heavy half of the app: the control plane and its doors. Loaded after the window, which shows meanwhile. */
import { join } from 'node:path';
import { VERSION } from '../../core/base/version.ts';
import type { LoadedConfig } from '../../core/config/index.ts';
import { ControlPlane } from '../../core/control-plane.ts';
import type { DesktopShell } from '../../core/router/index.ts';
import { HttpDoor } from '../http/server.ts';
import { Attention } from './attention.ts';
import type { PageCommands } from './commands.ts';
import type { Hellos } from './hellos.ts';
import { PagePortsDoor } from './ports.ts';

export interface DesktopServiceOptions {
  readonly loaded: LoadedConfig;
  readonly rendererDir: string;
  readonly resourcesDir: string;
  /** The command that runs the pty-host. */
  readonly ptyHost: { readonly file: string; readonly args: readonly string[] };
  readonly node: { readonly nodePath: string; readonly nodeArgs?: readonly string[] };
  readonly hellos: Hellos;
  readonly commands: PageCommands;
  readonly shell: DesktopShell;
  readonly isFocused: () => boolean;
  readonly show: () => void;
  readonly quit: () => void;
}

export interface DesktopService {
  /** Closing the window may only hide it: the tray brings it back. */
  readonly hasTray: boolean;
  /** Closes in order; agents live on in the pty-host. Resolves when this process may end. */
  dispose(): Promise<void>;
}

export async function openDesktopService(options: DesktopServiceOptions): Promise<DesktopService> {
  const { commands, hellos, resourcesDir } = options;
  const plane = await ControlPlane.open({
    ...options.loaded,
    ...options.node,
    version: VERSION,
    resourcesDir,
    ptyHost: options.ptyHost,
  });
  const ports = new PagePortsDoor(plane, options.shell);
  hellos.answer((contents) => ports.connect(contents));
  // The page does not need it: it comes up while the first screen is read.
  const http = await HttpDoor.open({ plane, consoleDir: options.rendererDir }).catch(
    async (error: unknown) => {
      await plane.dispose();
      throw error;
    },
  );
  plane.announce(http.url);
  const attention = new Attention({
    services: plane.services,
    iconsDir: join(resourcesDir, 'icons'),
    isFocused: options.isFocused,
    show: options.show,
    command: (command, argument) => commands.send(command, argument),
    quit: options.quit,
  });
  return {
    hasTray: attention.hasTray,
    async dispose() {
      attention.dispose();
      ports.dispose();
      try {
        await http.dispose();
        await plane.dispose();
      } finally {
        // A thread that waits for the keychain would keep the process for as long as that hangs.
        if (plane.keychainStuck) process.kill(process.pid, 'SIGKILL');
      }
    },
  };
}
