import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ElectronApplication, Page } from '@playwright/test';
import { callApi } from './api.ts';
import { freshFolder } from './folders.ts';
import {
  Complaints,
  endSessions,
  endTerminalHost,
  type Host,
  type HostOptions,
  removeAll,
  seeFrame,
  TERMINAL_KEY,
  TEXT_TERMINALS,
} from './host.ts';
import { type LaunchedApp, launchApp } from './launch-electron.ts';
import { freePort } from './ports.ts';
import { waitFor } from './wait.ts';

/** The desktop app as a host of journeys. */
export class ElectronHost implements Host {
  readonly kind = 'electron';
  readonly stateDir = freshFolder('state');
  readonly home = freshFolder('home');
  readonly token = randomBytes(32).toString('hex');
  readonly #options: HostOptions;
  readonly #complaints = new Complaints();
  #ports = { api: 0, gate: 0 };
  #launched: LaunchedApp | undefined;
  #output = '';

  static async open(options: HostOptions = {}): Promise<ElectronHost> {
    const host = new ElectronHost(options);
    host.#ports = { api: await freePort(), gate: await freePort() };
    try {
      await host.#start();
    } catch (error) {
      await host.close();
      throw error;
    }
    return host;
  }

  private constructor(options: HostOptions) {
    this.#options = options;
  }

  get app(): ElectronApplication {
    return this.#running.app;
  }
  get page(): Page {
    return this.#running.page;
  }
  get api(): string {
    return `http://127.0.0.1:${this.#ports.api}`;
  }
  get gate(): string {
    return `http://127.0.0.1:${this.#ports.gate}`;
  }
  get pid(): number {
    return this.#running.app.process().pid ?? 0;
  }

  readonly call: Host['call'] = (method, path, body) => callApi(this.api, this.token, method, path, body);
  output = (): string => this.#output + (this.#launched?.output() ?? '');
  complaints = (): string[] => this.#complaints.found;

  /** The environment the app starts with, for a second instance of it. */
  environment(): Record<string, string> {
    return {
      AEGIS_AUTH_TOKEN: this.token,
      AEGIS_PORT: String(this.#ports.api),
      AEGIS_GATE_PORT: String(this.#ports.gate),
      ...this.#options.env,
    };
  }

  async restart(): Promise<void> {
    await this.#stop((app) => app.close());
    await this.#start();
  }

  async crash(): Promise<void> {
    await this.#stop((app) => app.kill9());
    await this.#start();
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await seeFrame(this.page);
  }

  async close(): Promise<void> {
    if (this.#launched) {
      await endSessions(this.call).catch(() => undefined);
      await this.#stop((app) => app.close());
    }
    await endTerminalHost(this.stateDir);
    removeAll(this.stateDir, this.home);
  }

  get #running(): LaunchedApp {
    if (!this.#launched) throw new Error('The app does not run.');
    return this.#launched;
  }

  async #start(): Promise<void> {
    const launched = await launchApp({
      stateDir: this.stateDir,
      home: this.home,
      env: this.environment(),
    });
    this.#launched = launched;
    this.#complaints.watch(launched.page);
    await seeFrame(launched.page);
    // The instance file appears when the doors are open.
    await waitFor('the app to announce itself', () => this.#announced() === this.pid);
    // Chromium may not have written its storage yet when the app was killed: asked each time.
    const changed = await launched.page.evaluate(
      ([key, value]) => {
        if (localStorage.getItem(key) === value) return false;
        localStorage.setItem(key, value);
        return true;
      },
      [TERMINAL_KEY, TEXT_TERMINALS] as const,
    );
    if (changed) await this.reload();
  }

  #announced(): number | undefined {
    const text = readFileSync(join(this.stateDir, 'run', 'instance.json'), 'utf8');
    return (JSON.parse(text) as { pid?: number }).pid;
  }

  async #stop(how: (app: LaunchedApp) => Promise<void>): Promise<void> {
    const app = this.#running;
    this.#output = this.output();
    this.#launched = undefined;
    await how(app);
  }
}
