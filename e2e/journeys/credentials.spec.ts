/** A key goes into the vault and never comes back out to the page. */
import { randomBytes } from 'node:crypto';
import type { Credential } from '#contract';
import { Frame } from '../pages/frame.ts';
import { Vault } from '../pages/vault.ts';
import { expect, test } from '../support/journey.ts';
import { countFiles, filesWith, heapOf, pageContent } from '../support/leaks.ts';
import { keepScreenshot } from '../support/screenshots.ts';
import { waitFor } from '../support/wait.ts';

test('a key is checked as one types, stored, listed without its secret, and deleted by typing its name', async ({
  host,
}) => {
  const { page } = host;
  const frame = new Frame(page);
  const vault = new Vault(page);
  const { dialog } = vault;
  const secret = `sk-e2e-${randomBytes(24).toString('hex')}`;

  await frame.go('Vault');
  await expect(page.getByText('No key is stored yet')).toBeVisible();
  await keepScreenshot(page, 'vault-empty');
  await vault.add();
  await dialog.choose('What is it for', /^Another service/);

  // Each field says what is wrong while it is being typed, and stops saying so when it is right.
  await dialog.field('Name').fill('two words');
  await expect(dialog.errors).toContainText([/May contain letters, digits/]);
  await dialog.field('Name').fill('billing');
  await expect(dialog.errors).toHaveCount(0);
  await dialog.field('Service').fill('Billing');
  await expect(dialog.errors).toContainText([/lower-case/]);
  await dialog.field('Service').fill('billing');
  await dialog.field('Allowed hosts').fill('https://api.example.com/v1');
  await expect(dialog.errors).toContainText([/Write the host alone/]);
  await keepScreenshot(page, 'credential-form-error');
  await dialog.field('Allowed hosts').fill('api.example.com');
  await dialog.store.click();
  await expect(dialog.errors).toHaveCount(1);
  await expect(dialog.field('Secret')).toHaveAccessibleDescription(/[Mm]ust not be empty/);

  // Typed key by key, as a person or a paste would: nothing but the field ever holds it.
  await dialog.field('Secret').focus();
  await page.keyboard.insertText(secret);
  await expect(dialog.errors).toHaveCount(0);
  await keepScreenshot(page, 'credential-form');
  await dialog.store.click();
  await expect(dialog.dialog).toBeHidden();
  await expect(vault.row('billing')).toContainText('api.example.com');
  await keepScreenshot(page, 'vault');

  const { items } = await host.call<{ items: Credential[] }>('GET', '/v1/vaults/default/credentials');
  expect(items.map(({ name, service, domains }) => ({ name, service, domains }))).toEqual([
    { name: 'billing', service: 'billing', domains: ['api.example.com'] },
  ]);
  expect(JSON.stringify(items)).not.toContain(secret);
  expect(await pageContent(page)).not.toContain(secret);
  expect(countFiles(host.stateDir)).toBeGreaterThan(3);
  expect(filesWith(host.stateDir, secret)).toEqual([]);
  expect(host.output()).not.toContain(secret);
  // Nothing in the memory of the page's scripts either, once what passed through is collected.
  await waitFor(
    'the secret to leave the page’s memory',
    async () => {
      const heap = await heapOf(page);
      // The search finds what is there.
      expect(heap).toContain(host.stateDir);
      return !heap.includes(secret);
    },
    { everyMs: 500 },
  );

  const question = vault.deleteQuestion('billing');
  await page.getByRole('main').getByRole('button', { name: 'Delete credential' }).click();
  const confirm = question.getByRole('button', { name: 'Delete credential' });
  await expect(confirm).toBeDisabled();
  await question.getByLabel('Type billing to confirm').fill('billin');
  await expect(confirm).toBeDisabled();
  await keepScreenshot(page, 'credential-delete');
  await question.getByLabel('Type billing to confirm').fill('billing');
  await confirm.click();
  await expect(question).toBeHidden();
  await expect(page.getByText('No key is stored yet')).toBeVisible();
  expect((await host.call<{ items: Credential[] }>('GET', '/v1/vaults/default/credentials')).items).toEqual(
    [],
  );
});

test('closing the form loses the secret alone, and asks before it does', async ({ host }) => {
  const { page } = host;
  const vault = new Vault(page);
  const { dialog } = vault;
  await new Frame(page).go('Vault');
  await vault.add();
  await dialog.choose('What is it for', /^GitHub/);
  await dialog.field('Name').fill('work-github');
  await dialog.field('Secret').fill('ghp_not_a_real_one');
  await page.keyboard.press('Escape');
  await expect(dialog.dialog.getByText('The secret you typed will be lost.')).toBeVisible();
  await dialog.dialog.getByRole('button', { name: 'Keep editing' }).click();
  await expect(dialog.field('Secret')).toHaveValue('ghp_not_a_real_one');
  await page.keyboard.press('Escape');
  await dialog.dialog.getByRole('button', { name: 'Discard' }).click();
  await expect(dialog.dialog).toBeHidden();
  await host.reload();
  await new Frame(page).go('Vault');
  await vault.add();
  await expect(dialog.field('Name')).toHaveValue('work-github');
  await expect(dialog.field('Secret')).toHaveValue('');
});
