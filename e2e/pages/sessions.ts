import { expect, type Locator, type Page } from '@playwright/test';
import type { AgentKind } from '#contract';

const AGENT_LABELS: Record<AgentKind, string> = {
  'claude-code': 'Claude Code',
  shell: 'Shell or command',
  demo: 'Demo agent',
};

export interface NewSession {
  readonly agent: AgentKind;
  readonly folder: string;
  readonly name: string;
  readonly prompt?: string;
  readonly command?: string;
}

export class NewSessionDialog {
  readonly page: Page;
  readonly dialog: Locator;

  constructor(page: Page) {
    this.page = page;
    this.dialog = page.getByRole('dialog', { name: 'New session' });
  }

  async choose(agent: AgentKind): Promise<void> {
    await this.dialog.getByText(AGENT_LABELS[agent], { exact: true }).click();
  }

  field(label: string): Locator {
    return this.dialog.getByRole('textbox', { name: new RegExp(`^${label}`) });
  }
  get folder(): Locator {
    return this.dialog.getByRole('combobox', { name: 'Folder' });
  }
  get start(): Locator {
    return this.dialog.getByRole('button', { name: 'Start session' });
  }

  async fill({ agent, folder, name, prompt, command }: NewSession): Promise<void> {
    await this.choose(agent);
    await this.folder.fill(folder);
    await this.field('Name').fill(name);
    if (prompt !== undefined) await this.field('First prompt').fill(prompt);
    if (command !== undefined) await this.field('Command').fill(command);
  }
}

/** The screen with the list on the left and the open sessions on the right. */
export class Sessions {
  readonly page: Page;
  readonly list: Locator;
  readonly tabs: Locator;
  readonly newSession: NewSessionDialog;

  constructor(page: Page) {
    this.page = page;
    this.list = page.getByRole('tree', { name: 'Sessions' });
    this.tabs = page.getByRole('navigation', { name: 'Open sessions' });
    this.newSession = new NewSessionDialog(page);
  }

  card(name: string): Locator {
    return this.list.getByRole('treeitem').filter({ has: this.page.getByText(name, { exact: true }) });
  }

  /** Opens the dialog from wherever one is, fills it in and starts. */
  async start(session: NewSession): Promise<SessionView> {
    await this.page
      .getByRole('button', { name: /^(New session|Start a session)$/ })
      .first()
      .click();
    await this.newSession.fill(session);
    await this.newSession.start.click();
    await expect(this.newSession.dialog).toBeHidden();
    const view = new SessionView(this.page, session.name);
    await expect(view.terminal).toBeVisible();
    return view;
  }
}

/** One open session: toolbar, terminal, side panel. */
export class SessionView {
  readonly page: Page;
  readonly name: string;
  readonly toolbar: Locator;
  readonly terminal: Locator;
  readonly panel: Locator;

  constructor(page: Page, name: string) {
    this.page = page;
    this.name = name;
    this.toolbar = page.getByRole('toolbar', { name: `Session ${name}` });
    // Behind a dialog it is still there, but hidden from assistive technology.
    this.terminal = page.getByRole('region', { name: `Terminal of ${name}`, includeHidden: true });
    this.panel = page.getByRole('tablist', { name: 'About this session' });
  }

  /** The terminal's own element for keys; it has the focus of who types. */
  get input(): Locator {
    return this.terminal.getByRole('textbox', { name: 'Terminal input' });
  }

  /** What the page draws of the terminal, line by line. */
  async rows(): Promise<string> {
    const rows = await this.terminal.locator('.xterm-rows > div').allTextContents();
    return rows
      .map((row) => row.replaceAll('\u00a0', ' ').trimEnd())
      .join('\n')
      .trimEnd();
  }

  /** Waits until the page draws it. */
  async see(text: string | RegExp, timeout = 20_000): Promise<void> {
    await expect.poll(() => this.rows(), { timeout, message: `terminal of ${this.name}` }).toMatch(text);
  }

  async focus(): Promise<void> {
    await this.terminal.locator('.xterm-screen').click();
    await expect(this.input).toBeFocused();
  }

  /** Types a line and presses Enter, as a person does. */
  async type(line: string): Promise<void> {
    await this.focus();
    await this.page.keyboard.type(line);
    await this.page.keyboard.press('Enter');
  }

  state(word: string): Locator {
    return this.toolbar.getByText(word, { exact: true });
  }

  async tab(name: 'Approvals' | 'Ledger' | 'Details'): Promise<Locator> {
    const tab = this.panel.getByRole('tab', { name: new RegExp(`^${name}`) });
    await tab.click();
    return this.page.getByRole('tabpanel', { name: new RegExp(`^${name}`) });
  }

  /** Ends the session and answers the question. */
  async end(): Promise<void> {
    await this.toolbar.getByRole('button', { name: /^End/ }).click();
    const question = this.page.getByRole('dialog', { name: `End ${this.name}?` });
    await question.getByRole('button', { name: 'End session' }).click();
    await expect(question).toBeHidden();
  }
}
