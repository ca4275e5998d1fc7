/** Everything by keyboard, and no key that answers a question by accident. */
import type { Approval } from '#contract';
import { ApprovalDialog, Inbox } from '../pages/approval.ts';
import { Frame } from '../pages/frame.ts';
import { Sessions } from '../pages/sessions.ts';
import type { Host } from '../support/host.ts';
import { expect, test } from '../support/journey.ts';
import { keepScreenshot } from '../support/screenshots.ts';
import { waitFor } from '../support/wait.ts';

/** Starts the demo agent from elsewhere, as a script would; resolves when it asks. */
async function demoAsks(host: Host, name: string): Promise<Approval> {
  const { id } = await host.call<{ id: string }>('POST', '/v1/sessions', {
    agent: 'demo',
    work_dir: host.home,
    name,
  });
  return waitFor(`${name} to ask`, async () => {
    const { items } = await host.call<{ items: Approval[] }>(
      'GET',
      `/v1/approvals?state=pending&session_id=${id}`,
    );
    return items[0];
  });
}

const stateOf = async (host: Host, { id }: Approval): Promise<string> =>
  (await host.call<Approval>('GET', `/v1/approvals/${id}`)).state;

test('palette, help sheet, places and themes are reached without a pointer', async ({ host }) => {
  const { page } = host;
  const frame = new Frame(page);
  const sessions = new Sessions(page);
  await sessions.start({ agent: 'shell', folder: host.home, name: 'tidy-up', command: 'sleep 1000' });
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await page.keyboard.press('g');
  await page.keyboard.press('v');
  await frame.at('Vault');

  await frame.openPalette();
  await keepScreenshot(page, 'palette');
  await page.keyboard.type('tidy');
  await expect(frame.palette.getByRole('option', { name: /tidy-up/ })).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(frame.palette).toBeHidden();
  await expect(sessions.card('tidy-up')).toHaveAttribute('aria-selected', 'true');

  await frame.go('Settings');
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await page.keyboard.press('?');
  await expect(frame.help).toBeVisible();
  await expect(frame.help.getByText('Go to Vault')).toBeVisible();
  await keepScreenshot(page, 'help-sheet');
  await page.keyboard.press('Escape');
  await expect(frame.help).toBeHidden();

  await frame.command('theme dark', /Theme: dark/);
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await host.reload();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
});

test('the question ignores keys in its first moments and focuses Deny', async ({ host }) => {
  const { page } = host;
  const approval = new ApprovalDialog(page);
  // Somebody presses keys all the while: none of them was meant for a question that is about to appear.
  let typing = true;
  const typed = (async () => {
    while (typing) {
      await page.keyboard.press('a');
      await page.keyboard.press('Enter');
    }
  })();
  const asked = await demoAsks(host, 'hasty');
  await expect(approval.dialog).toBeVisible();
  // Still typing: each early key starts the wait again.
  await expect(approval.deny).toHaveAttribute('aria-disabled', 'true');
  expect(await stateOf(host, asked)).toBe('pending');
  typing = false;
  await typed;
  expect(await stateOf(host, asked)).toBe('pending');
  await expect(approval.deny).toBeFocused();
  await expect(approval.deny).not.toHaveAttribute('aria-disabled', 'true');
  await page.keyboard.press('a');
  await waitFor('the answer', async () => (await stateOf(host, asked)) === 'allowed');
});

test('a question does not take the focus from a terminal in which somebody types', async ({ host }) => {
  const { page } = host;
  const approval = new ApprovalDialog(page);
  const shell = await new Sessions(page).start({
    agent: 'shell',
    folder: host.home,
    name: 'typing',
    command: 'bash',
  });
  await shell.see(/\$/);
  await shell.focus();
  await page.keyboard.type('echo half of a');
  const asked = await demoAsks(host, 'polite');
  await expect(new Frame(page).statusItem(/^1 request waits/)).toBeVisible();
  await expect(approval.dialog).toBeHidden();
  await expect(shell.input).toBeFocused();
  await page.keyboard.type(' sentence');
  await page.keyboard.press('Enter');
  await shell.see(/^half of a sentence$/m);
  expect(await stateOf(host, asked)).toBe('pending');
  await keepScreenshot(page, 'waiting-bar');
  // A shortcut that no program in a terminal can want opens it.
  await page.keyboard.press('ControlOrMeta+Shift+A');
  await expect(approval.dialog).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(approval.dialog).toBeHidden();
  expect(await stateOf(host, asked)).toBe('pending');
});

test('several questions wait in the inbox, each answered once', async ({ host }) => {
  const { page } = host;
  const frame = new Frame(page);
  const inbox = new Inbox(page);
  await frame.go('Approvals');
  const asked = [
    await demoAsks(host, 'first'),
    await demoAsks(host, 'second'),
    await demoAsks(host, 'third'),
  ];
  await expect(inbox.row(/first|second|third/)).toHaveCount(3);
  await expect(page.getByText('3 requests wait for you')).toBeVisible();
  await keepScreenshot(page, 'inbox');
  // Somebody else answers the second one: it is gone here, and a late answer is refused.
  const second = asked[1];
  if (!second) throw new Error('unreachable');
  await host.call('POST', `/v1/approvals/${second.id}/decide`, {
    decision: 'deny',
    message: 'From the API.',
  });
  await expect(page.getByText('2 requests wait for you')).toBeVisible();
  await expect(host.call('POST', `/v1/approvals/${second.id}/decide`, { decision: 'allow' })).rejects.toThrow(
    /409.*APPROVAL_SETTLED/s,
  );

  await inbox.row('first').click();
  await page
    .getByRole('main')
    .getByRole('button', { name: /^Allow once/ })
    .click();
  await waitFor('the first answer', async () => (await stateOf(host, asked[0] ?? second)) === 'allowed');
  await inbox.row('third').first().click();
  await page
    .getByRole('main')
    .getByRole('button', { name: /^Deny( D)?$/ })
    .click();
  await waitFor('the third answer', async () => (await stateOf(host, asked[2] ?? second)) === 'denied');
  expect(await stateOf(host, second)).toBe('denied');
});
