import { expect, type Locator, type Page } from '@playwright/test';

export class CredentialDialog {
  readonly page: Page;
  readonly dialog: Locator;

  constructor(page: Page) {
    this.page = page;
    this.dialog = page.getByRole('dialog', { name: 'Store a key' });
  }

  field(label: string): Locator {
    return this.dialog.getByLabel(label, { exact: true });
  }
  get store(): Locator {
    return this.dialog.getByRole('button', { name: 'Store key' });
  }
  /** The inline errors on show. */
  get errors(): Locator {
    return this.dialog.getByRole('alert');
  }

  async choose(label: 'What is it for' | 'Sent as' | 'May be used to', option: RegExp): Promise<void> {
    await this.dialog.getByRole('combobox', { name: label }).click();
    await this.page.getByRole('option', { name: option }).click();
  }
}

export class Vault {
  readonly page: Page;
  readonly list: Locator;
  readonly dialog: CredentialDialog;

  constructor(page: Page) {
    this.page = page;
    this.list = page.getByRole('grid', { name: 'Credentials' });
    this.dialog = new CredentialDialog(page);
  }

  row(name: string): Locator {
    return this.list.getByRole('row').filter({ hasText: name });
  }

  async add(): Promise<void> {
    await this.page.getByRole('button', { name: 'Store a key' }).first().click();
    await expect(this.dialog.dialog).toBeVisible();
  }

  deleteQuestion(name: string): Locator {
    return this.page.getByRole('dialog', { name: `Delete ${name}` });
  }
}
