import { expect, type Locator, type Page } from '@playwright/test';

export class Ledger {
  readonly page: Page;
  readonly list: Locator;
  readonly filter: Locator;

  constructor(page: Page) {
    this.page = page;
    this.list = page.getByRole('grid', { name: 'Ledger entries' });
    this.filter = page.getByRole('combobox', { name: 'Filter the ledger' });
  }

  row(text: string | RegExp): Locator {
    return this.list.getByRole('row').filter({ hasText: text });
  }

  /** Types into the filter line and applies it. */
  async show(words: string): Promise<void> {
    await this.filter.fill(words);
    await this.filter.press('Enter');
  }

  /** Verifies with the button of the screen and waits for the seal. */
  async verify(): Promise<void> {
    await this.page.getByRole('main').getByRole('button', { name: 'Verify' }).click();
    await expect(this.page.getByRole('main').getByText(/^Verified .* entries$/)).toBeVisible();
  }
}
