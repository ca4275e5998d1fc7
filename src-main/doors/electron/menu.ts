import { Menu, type MenuItemConstructorOptions } from 'electron';
import type { PageCommands } from './commands.ts';

/** The application menu. Entries that are ours name a command of the page's registry; the rest are the system's roles. */
export function installMenu(commands: PageCommands, quit: () => void): void {
  const run = (label: string, command: string, accelerator?: string): MenuItemConstructorOptions => ({
    label,
    click: () => commands.send(command, null),
    // Shown, not registered: the page's own registry handles the keys, also in the browser.
    ...(accelerator === undefined ? {} : { accelerator, registerAccelerator: false }),
  });
  const isMac = process.platform === 'darwin';
  const template: MenuItemConstructorOptions[] = [
    ...(isMac ? [{ role: 'appMenu' as const }] : []),
    {
      label: '&File',
      submenu: [
        run('New session…', 'sessions.new'),
        run('Store a credential…', 'vault.add'),
        { type: 'separator' },
        run('Lock vault', 'vault.lock'),
        { type: 'separator' },
        { label: 'Quit (sessions keep running)', accelerator: 'CmdOrCtrl+Q', click: quit },
      ],
    },
    {
      label: '&Edit',
      submenu: [
        { role: 'undo' },
        { role: 'redo' },
        { type: 'separator' },
        { role: 'cut' },
        { role: 'copy' },
        { role: 'paste' },
        // Terminals need Ctrl+V for themselves.
        ...(isMac
          ? []
          : [{ role: 'paste' as const, label: 'Paste into terminal', accelerator: 'Ctrl+Shift+V' }]),
        { role: 'selectAll' },
      ],
    },
    {
      label: '&View',
      submenu: [
        run('Command palette…', 'palette.open', 'CmdOrCtrl+K'),
        { type: 'separator' },
        { role: 'resetZoom' },
        { role: 'zoomIn' },
        { role: 'zoomOut' },
        { role: 'togglefullscreen' },
      ],
    },
    { label: '&Help', submenu: [run('Keyboard shortcuts', 'help.open')] },
  ];
  Menu.setApplicationMenu(Menu.buildFromTemplate(template));
}
