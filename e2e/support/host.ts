import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import type { Session } from '#contract';
import { removeFolder } from './folders.ts';
import { isRunning, waitFor } from './wait.ts';

/** What every journey runs on: the desktop app, or a browser in front of `aegis serve`. */
export interface Host {
  readonly kind: 'electron' | 'web';
  /** The page a person looks at; another one after `restart` and `crash` in the desktop app. */
  readonly page: Page;
  readonly api: string;
  readonly gate: string;
  /** Admin bearer token for the control API. */
  readonly token: string;
  readonly stateDir: string;
  /** Home folder of the product and its agents. */
  readonly home: string;
  /** Process id of the control plane. */
  readonly pid: number;
  /** What the product wrote on stdout and stderr so far, over all its runs. */
  output(): string;
  /** Messages of the page that ought not to be: exceptions, refusals of the content policy, errors of React. */
  complaints(): string[];
  /** Calls the control API; throws with the answer's text unless it is 2xx. */
  call<T>(method: string, path: string, body?: unknown): Promise<T>;
  /** Quits in order and opens again on the same state. */
  restart(): Promise<void>;
  /** Ends the control plane with SIGKILL and opens again on the same state. */
  crash(): Promise<void>;
  /** Reloads the page and waits until it shows the frame. */
  reload(): Promise<void>;
  /** Ends every session, then the product and its terminal host, and removes what they left. */
  close(): Promise<void>;
}

export interface HostOptions {
  /** More environment; an empty string takes a variable away. */
  readonly env?: Readonly<Record<string, string>>;
}

/** The rows of terminals as text: drawn by WebGL they are pixels. */
export const TEXT_TERMINALS = JSON.stringify({ fontSize: 13, screenReader: false, renderer: 'dom' });
export const TERMINAL_KEY = 'aegis.terminal';

/** The frame is drawn and connected; a dialog may be open above it. */
export async function seeFrame(page: Page): Promise<void> {
  await page
    .getByRole('region', { name: 'Status', includeHidden: true })
    .getByRole('button', { name: /^Gate/, includeHidden: true })
    .waitFor({ timeout: 30_000 });
}

/** Complaints of pages, collected from now on. */
export class Complaints {
  readonly found: string[] = [];

  watch(page: Page): void {
    page.on('pageerror', (error) => this.found.push(`exception: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() !== 'error') return;
      const text = message.text();
      // What a browser says by itself about a server that is gone, and about answers that refuse.
      if (/^Failed to load resource|^WebSocket connection to/.test(text)) return;
      this.found.push(`${message.type()}: ${text}`);
    });
  }
}

/** Sessions outlive the product, so they are ended one by one. */
export async function endSessions(call: Host['call']): Promise<void> {
  const { items } = await call<{ items: Session[] }>('GET', '/v1/sessions');
  for (const { id, ended_at } of items) if (ended_at === null) await call('POST', `/v1/sessions/${id}/kill`);
}

/** Ends the terminal host of a state folder, which would otherwise wait some time for the next start. */
export async function endTerminalHost(stateDir: string): Promise<void> {
  const pid = terminalHostPid(stateDir);
  if (pid === undefined || !isRunning(pid)) return;
  process.kill(pid, 'SIGTERM');
  await waitFor('the terminal host to end', () => !isRunning(pid)).catch(() => process.kill(pid, 'SIGKILL'));
}

export function terminalHostPid(stateDir: string): number | undefined {
  try {
    const { pid } = JSON.parse(readFileSync(join(stateDir, 'run', 'pty-host.json'), 'utf8')) as {
      pid?: number;
    };
    return pid;
  } catch {
    return undefined;
  }
}

export function removeAll(...folders: string[]): void {
  for (const folder of folders) removeFolder(folder);
}
