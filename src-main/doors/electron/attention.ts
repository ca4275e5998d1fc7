import { join } from 'node:path';
import { app, Menu, Notification, nativeImage, nativeTheme, Tray } from 'electron';
import type { Approval } from '#contract';
import type { Log } from '../../core/base/log.ts';
import type { Services } from '../../core/router/index.ts';

/** More entries make a menu nobody reads; the inbox shows them all. */
const MAX_MENU_ENTRIES = 8;

export interface AttentionOptions {
  readonly services: Services;
  readonly iconsDir: string;
  readonly isFocused: () => boolean;
  readonly show: () => void;
  /** Runs a command of the page's registry, such as opening one approval. */
  readonly command: (command: string, argument: string | null) => void;
  readonly quit: () => void;
}

type TrayState = 'idle' | 'waiting' | 'locked' | 'error';

/** Calls the human: notification, tray icon with menu, badge. It only points; answers are given in the app. */
export class Attention {
  readonly #options: AttentionOptions;
  readonly #log: Log;
  readonly #notifications = new Map<string, Notification>();
  readonly #unsubscribe: () => void;
  #tray: Tray | null = null;
  #shown = '';

  constructor(options: AttentionOptions) {
    this.#options = options;
    this.#log = options.services.log;
    try {
      this.#tray = new Tray(this.#icon('idle'));
      this.#tray.setToolTip('Aegis Control Center');
      this.#tray.on('click', () => options.show());
    } catch (error) {
      // No tray on this desktop: notifications, the badge and the window remain.
      this.#log.warn({ err: error }, 'no system tray');
    }
    this.#unsubscribe = options.services.live.subscribe((event) => {
      if (event.type === 'approval.changed') this.#onApproval(event.approval);
      if (
        event.type === 'approval.changed' ||
        event.type === 'vault.changed' ||
        event.type === 'status.changed'
      ) {
        this.#refresh();
      }
    });
    nativeTheme.on('updated', this.#onTheme);
    this.#refresh();
  }

  get hasTray(): boolean {
    return this.#tray !== null;
  }

  dispose(): void {
    this.#unsubscribe();
    nativeTheme.off('updated', this.#onTheme);
    for (const notification of this.#notifications.values()) notification.close();
    this.#notifications.clear();
    this.#tray?.destroy();
    this.#tray = null;
  }

  readonly #onTheme = (): void => {
    this.#shown = '';
    this.#refresh();
  };

  #onApproval(approval: Approval): void {
    const open = this.#notifications.get(approval.id);
    if (approval.state !== 'pending') {
      open?.close();
      this.#notifications.delete(approval.id);
      return;
    }
    if (open || this.#options.isFocused() || !Notification.isSupported()) return;
    const notification = new Notification({
      title: `${approval.session_name} asks for permission`,
      // Our own sentence, not the agent's text: that is read in the dialog, with hidden characters shown.
      body: approval.summary,
      urgency: approval.risk.level === 'high' ? 'critical' : 'normal',
      silent: false,
    });
    notification.on('click', () => {
      this.#options.show();
      this.#options.command('approvals.open', approval.id);
    });
    notification.on('close', () => this.#notifications.delete(approval.id));
    this.#notifications.set(approval.id, notification);
    notification.show();
  }

  #refresh(): void {
    const { approvals, vault } = this.#options.services;
    const pending = approvals.list({ state: 'pending', limit: 100 }).items;
    const status = this.#options.services.status();
    const broken =
      status.ledger.state === 'down' || status.gate.state === 'down' || status.pty_host.state === 'down';
    const locked = vault.info().state !== 'open';
    const state: TrayState = broken ? 'error' : pending.length > 0 ? 'waiting' : locked ? 'locked' : 'idle';
    const key = JSON.stringify([state, pending.map((approval) => approval.id), locked]);
    if (key === this.#shown) return;
    this.#shown = key;
    app.setBadgeCount(pending.length);
    this.#tray?.setImage(this.#icon(state));
    this.#tray?.setToolTip(
      pending.length === 0 ? 'Aegis Control Center' : `Aegis: ${pending.length} waiting for your answer`,
    );
    // On Linux the menu must be set anew after each change.
    this.#tray?.setContextMenu(this.#menu(pending, locked));
  }

  #menu(pending: readonly Approval[], locked: boolean): Menu {
    const { show, command, quit } = this.#options;
    const open = (name: string, argument: string | null) => () => {
      show();
      command(name, argument);
    };
    return Menu.buildFromTemplate([
      ...pending.slice(0, MAX_MENU_ENTRIES).map((approval) => ({
        label: `${approval.session_name}: ${approval.summary}`.slice(0, 80),
        click: open('approvals.open', approval.id),
      })),
      ...(pending.length > MAX_MENU_ENTRIES
        ? [{ label: `${pending.length - MAX_MENU_ENTRIES} more…`, click: open('go.approvals', null) }]
        : []),
      ...(pending.length > 0 ? [{ type: 'separator' as const }] : []),
      { label: 'Open Aegis', click: show },
      { label: 'New session…', click: open('sessions.new', null) },
      locked
        ? { label: 'Unlock vault…', click: open('vault.unlock', null) }
        : { label: 'Lock vault', click: open('vault.lock', null) },
      { type: 'separator' },
      { label: 'Quit (sessions keep running)', click: quit },
    ]);
  }

  #icon(state: TrayState): Electron.NativeImage {
    const panel = nativeTheme.shouldUseDarkColors ? 'dark' : 'light';
    const image = nativeImage.createFromPath(join(this.#options.iconsDir, 'tray', `${state}-${panel}.png`));
    if (process.platform === 'darwin') image.setTemplateImage(state === 'idle');
    return image;
  }
}
