import { ipcMain, type WebContents } from 'electron';
import { isTrustedSender } from './lockdown.ts';

/** Our page says hello once after each load. It may do so before the control plane is open, and is answered then. */
export class Hellos {
  readonly #waiting = new Set<WebContents>();
  #connect: ((contents: WebContents) => void) | undefined;

  constructor() {
    ipcMain.on('aegis:hello', (event) => {
      if (!isTrustedSender(event)) return;
      if (this.#connect) this.#connect(event.sender);
      else this.#waiting.add(event.sender);
    });
  }

  answer(connect: (contents: WebContents) => void): void {
    this.#connect = connect;
    for (const contents of this.#waiting) if (!contents.isDestroyed()) connect(contents);
    this.#waiting.clear();
  }

  dispose(): void {
    ipcMain.removeAllListeners('aegis:hello');
  }
}
