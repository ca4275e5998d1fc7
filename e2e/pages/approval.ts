import { expect, type Locator, type Page } from '@playwright/test';

/** A permission request in its dialog, or in the pane of the inbox. */
export class ApprovalDialog {
  readonly page: Page;
  readonly dialog: Locator;
  readonly waitingBar: Locator;

  constructor(page: Page) {
    this.page = page;
    this.dialog = page.getByRole('dialog', { name: /Permission request|Request, already answered/ });
    this.waitingBar = page.getByRole('complementary', { name: 'Requests waiting' });
  }

  button(name: string | RegExp): Locator {
    return this.dialog.getByRole('button', { name });
  }

  get deny(): Locator {
    return this.button(/^Deny( D)?$/);
  }
  get allowOnce(): Locator {
    return this.button(/^Allow once/);
  }
  get allowForSession(): Locator {
    return this.button(/^Allow for this session/);
  }

  /** Everything the agent sent, as shown. */
  get agentWords(): Locator {
    return this.dialog.getByRole('region', { name: 'What the agent sent' });
  }

  async shows(summary: string | RegExp): Promise<void> {
    await expect(this.dialog.getByText(summary).first()).toBeVisible();
  }

  /** Opens the request that waits longest, from the bar at the top. */
  async review(): Promise<void> {
    await this.waitingBar.getByRole('button', { name: /^Review/ }).click();
    await expect(this.dialog).toBeVisible();
  }

  /** Writes a reason and denies with it. */
  async denyWith(reason: string): Promise<void> {
    await this.button(/^Deny with message/).click();
    await this.dialog.getByLabel('Why not').fill(reason);
    await this.button('Deny with this message').click();
  }
}

/** The inbox with its list and the pane beside it. */
export class Inbox {
  readonly page: Page;
  readonly list: Locator;

  constructor(page: Page) {
    this.page = page;
    this.list = page.getByRole('grid', { name: 'Requests' });
  }

  row(text: string | RegExp): Locator {
    return this.list.getByRole('row').filter({ hasText: text });
  }
}
