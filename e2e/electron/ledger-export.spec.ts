/** The desktop app's page has no network: an export comes over its port and is saved by the app. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@playwright/test';
import { Frame } from '../pages/frame.ts';
import { Ledger } from '../pages/ledger.ts';
import { freshFolder, removeFolder } from '../support/folders.ts';
import { launchApp } from '../support/launch-electron.ts';
import { waitFor } from '../support/wait.ts';

test('the ledger is exported to a file', async () => {
  const stateDir = freshFolder('state');
  const file = join(stateDir, 'export.jsonl');
  const { app, page, close } = await launchApp({ stateDir });
  try {
    await app.evaluate(({ session }, path) => {
      session.defaultSession.on('will-download', (_event, item) => item.setSavePath(path));
    }, file);
    await new Frame(page).go('Ledger');
    await expect(new Ledger(page).row('app.started')).toHaveCount(1);
    await page.keyboard.press('e');
    const dialog = page.getByRole('dialog', { name: 'Export entries' });
    await dialog.getByRole('combobox', { name: 'Format' }).click();
    await page.getByRole('option', { name: /^JSON Lines/ }).click();
    await dialog.getByRole('button', { name: 'Export entries' }).click();
    await expect(dialog).toBeHidden();
    const lines = await waitFor('the file to be saved', () => {
      const text = readFileSync(file, { encoding: 'utf8', flag: 'a+' });
      return text.endsWith('\n') ? text.trim().split('\n') : undefined;
    });
    const parsed = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(parsed.map(({ action }) => action)).toContain('app.started');
    // The export itself is in the ledger before the first entry leaves.
    expect(parsed.at(-2)).toMatchObject({ action: 'ledger.exported', details: { format: 'jsonl' } });
    expect(parsed.at(-1)?.checkpoint).toContain('aegis-ledger-');
  } finally {
    await close();
    removeFolder(stateDir);
  }
});
