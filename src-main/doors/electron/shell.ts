import { type BrowserWindow, dialog, nativeTheme, shell } from 'electron';
import type { DesktopShell } from '../../core/router/index.ts';
import type { PageCommands } from './commands.ts';

/** The native things our page may ask for. */
export function desktopShell(window: () => BrowserWindow | null, commands: PageCommands): DesktopShell {
  return {
    async pickFolder(start) {
      const options = {
        properties: ['openDirectory' as const, 'createDirectory' as const],
        ...(start === undefined ? {} : { defaultPath: start }),
      };
      const parent = window();
      const { canceled, filePaths } = parent
        ? await dialog.showOpenDialog(parent, options)
        : await dialog.showOpenDialog(options);
      return canceled ? null : (filePaths[0] ?? null);
    },
    /** The address is shown as it is opened, so that a link's text cannot mislead. */
    async openExternal(url) {
      const parsed = new URL(url);
      if (parsed.protocol !== 'https:') return false;
      const options = {
        type: 'question' as const,
        message: `Open ${parsed.host} in your browser?`,
        detail: parsed.href.slice(0, 500),
        buttons: ['Cancel', 'Open'],
        defaultId: 0,
        cancelId: 0,
      };
      const parent = window();
      const { response } = parent
        ? await dialog.showMessageBox(parent, options)
        : await dialog.showMessageBox(options);
      if (response !== 1) return false;
      await shell.openExternal(parsed.href);
      return true;
    },
    setTheme(theme) {
      nativeTheme.themeSource = theme;
    },
    commands: (signal) => commands.watch(signal),
  };
}
