import { randomBytes } from 'node:crypto';
import type { Browser, BrowserContext, BrowserContextOptions, Page } from '@playwright/test';
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
import { freePort } from './ports.ts';
import { type Server, startServer } from './serve.ts';

export interface WebHostOptions extends HostOptions {
  readonly context?: BrowserContextOptions;
}

/** A browser in front of `aegis serve` as a host of journeys. */
export class WebHost implements Host {
  readonly kind = 'web';
  readonly stateDir = freshFolder('state');
  readonly home = freshFolder('home');
  readonly token = randomBytes(32).toString('hex');
  readonly masterKey = randomBytes(32).toString('hex');
  readonly #browser: Browser;
  readonly #options: WebHostOptions;
  readonly #complaints = new Complaints();
  #ports = { api: 0, gate: 0 };
  #server: Server | undefined;
  #context: BrowserContext | undefined;
  #page: Page | undefined;
  #output = '';

  static async open(browser: Browser, options: WebHostOptions = {}): Promise<WebHost> {
    const host = new WebHost(browser, options);
    host.#ports = { api: await freePort(), gate: await freePort() };
    try {
      await host.#start();
      await host.#browse();
    } catch (error) {
      await host.close();
      throw error;
    }
    return host;
  }

  private constructor(browser: Browser, options: WebHostOptions) {
    this.#browser = browser;
    this.#options = options;
  }

  get page(): Page {
    if (!this.#page) throw new Error('No page is open.');
    return this.#page;
  }
  get api(): string {
    return `http://127.0.0.1:${this.#ports.api}`;
  }
  get gate(): string {
    return `http://127.0.0.1:${this.#ports.gate}`;
  }
  get pid(): number {
    return this.#running.pid;
  }

  readonly call: Host['call'] = (method, path, body) => callApi(this.api, this.token, method, path, body);
  output = (): string => this.#output + (this.#server?.output() ?? '');
  complaints = (): string[] => this.#complaints.found;

  async restart(): Promise<void> {
    await this.#again((server) => server.stop());
  }

  async crash(): Promise<void> {
    await this.#again((server) => server.kill9());
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await seeFrame(this.page);
  }

  async close(): Promise<void> {
    await this.#context?.close();
    if (this.#server) {
      await endSessions(this.call).catch(() => undefined);
      await this.#server.stop();
    }
    await endTerminalHost(this.stateDir);
    removeAll(this.stateDir, this.home);
  }

  get #running(): Server {
    if (!this.#server) throw new Error('The server does not run.');
    return this.#server;
  }

  async #start(): Promise<void> {
    this.#server = await startServer({
      stateDir: this.stateDir,
      home: this.home,
      token: this.token,
      masterKey: this.masterKey,
      env: {
        AEGIS_PORT: String(this.#ports.api),
        AEGIS_GATE_PORT: String(this.#ports.gate),
        ...this.#options.env,
      },
    });
  }

  async #browse(): Promise<void> {
    const context = await this.#browser.newContext({
      viewport: { width: 1280, height: 800 },
      ...this.#options.context,
    });
    this.#context = context;
    await context.addInitScript(
      ([key, value]) => {
        if (localStorage.getItem(key) === null) localStorage.setItem(key, value);
      },
      [TERMINAL_KEY, TEXT_TERMINALS] as const,
    );
    this.#page = await context.newPage();
    this.#complaints.watch(this.#page);
    await this.#page.goto(await this.#running.signInLink());
    await seeFrame(this.#page);
  }

  /**
   * Stops the server and starts it again. The page that was open notices that its sign-in ended with the server and goes
   * on after a new one; then it is opened afresh, as the desktop app's is.
   */
  async #again(stop: (server: Server) => Promise<unknown>): Promise<void> {
    const server = this.#running;
    await stop(server);
    this.#output = this.output();
    this.#server = undefined;
    await this.#start();
    await this.page.getByLabel('Token').fill(this.token, { timeout: 30_000 });
    await this.page.getByRole('button', { name: 'Sign in' }).click();
    await seeFrame(this.page);
    await this.reload();
  }
}
