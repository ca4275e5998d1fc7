import { expect, type Locator, type Page } from '@playwright/test';

export type PlaceName = 'Overview' | 'Sessions' | 'Approvals' | 'Ledger' | 'Vault' | 'Agents' | 'Settings';

/** What is around every screen: rail, status bar, palette, help. */
export class Frame {
  readonly page: Page;
  readonly rail: Locator;
  readonly status: Locator;
  readonly palette: Locator;
  readonly help: Locator;

  constructor(page: Page) {
    this.page = page;
    this.rail = page.getByRole('navigation', { name: 'Main' });
    this.status = page.getByRole('region', { name: 'Status' });
    this.palette = page.getByRole('dialog', { name: 'Command palette' });
    this.help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  }

  /** Clicks a place in the rail and waits for its screen. */
  async go(place: PlaceName): Promise<void> {
    await this.rail.getByRole('button', { name: new RegExp(`^${place}`) }).click();
    await this.at(place);
  }

  async at(place: PlaceName): Promise<void> {
    await expect(this.page.getByRole('heading', { level: 1, name: place }).or(this.startPage)).toBeVisible();
  }

  /** What Sessions shows while there is none. */
  get startPage(): Locator {
    return this.page.getByText('Run an agent under your eyes');
  }

  statusItem(name: RegExp): Locator {
    return this.status.getByRole('button', { name });
  }

  async openPalette(): Promise<void> {
    await this.page.keyboard.press('ControlOrMeta+K');
    await expect(this.palette).toBeVisible();
  }

  /** Types into the palette and takes the first result that has the name. */
  async command(words: string, option: string | RegExp): Promise<void> {
    await this.openPalette();
    await this.page.keyboard.type(words);
    await this.palette.getByRole('option', { name: option }).first().click();
    await expect(this.palette).toBeHidden();
  }
}
