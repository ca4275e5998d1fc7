/** Every screen and dialog, filled with something to show: accessible in both themes, and usable where it is narrow. */
import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import type { Approval } from '#contract';
import { ApprovalDialog } from '../pages/approval.ts';
import { Frame, type PlaceName } from '../pages/frame.ts';
import { Sessions } from '../pages/sessions.ts';
import { Vault } from '../pages/vault.ts';
import { grant, makeAgent, storeCredential, throughGate } from '../support/gate.ts';
import type { Host } from '../support/host.ts';
import { expect, test } from '../support/journey.ts';
import { keepScreenshot } from '../support/screenshots.ts';
import { waitFor } from '../support/wait.ts';

const PLACES: readonly PlaceName[] = [
  'Overview',
  'Sessions',
  'Approvals',
  'Ledger',
  'Vault',
  'Agents',
  'Settings',
];

/** Something on every screen: keys, an agent with grants, sessions in several states, a question, refusals. */
async function furnish(host: Host): Promise<void> {
  await storeCredential(host, {
    name: 'anthropic',
    secret: 'sk-ant-furnish',
    domains: ['api.anthropic.com'],
  });
  await storeCredential(host, { name: 'github', secret: 'ghp-furnish', domains: ['api.github.com'] });
  const agent = await makeAgent(host, 'nightly-report');
  await grant(host, agent, 'github');
  await throughGate(host, '/unknown/v1', { authorization: `Bearer ${agent.token}` });
  await throughGate(host, '/anthropic/v1', { authorization: `Bearer ${agent.token}` });
  const start = (body: object) => host.call('POST', '/v1/sessions', { work_dir: host.home, ...body });
  await start({ agent: 'shell', name: 'tests', command: ['sh', '-c', 'echo 12 passed; sleep 1000'] });
  await start({ agent: 'shell', name: 'broken-build', command: ['sh', '-c', 'echo no such file; exit 2'] });
  await start({ agent: 'demo', name: 'Demo' });
  await waitFor('a question', async () => {
    const { items } = await host.call<{ items: Approval[] }>('GET', '/v1/approvals?state=pending');
    return items[0];
  });
  await host.call('POST', '/v1/audit/verify', {});
}

/** Findings of axe that keep people out, with the places where they are. */
async function barriers(page: Page): Promise<string[]> {
  // Faint text of a program is faint because the program said so.
  const { violations } = await new AxeBuilder({ page }).exclude('.xterm-dim').analyze();
  const found = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => ({ id, target: String(target[0]), why: failureSummary })),
    );
  const kept: string[] = [];
  for (const { id, target, why } of found) {
    if (id !== 'scrollable-region-focusable' || !(await scrolledByItsGrid(page, target)))
      kept.push(`${id}: ${target}\n${why}`);
  }
  return kept;
}

/** The rows of a grid scroll by the keys of the grid around them, which has the focus. */
const scrolledByItsGrid = (page: Page, target: string): Promise<boolean> =>
  page
    .locator(target)
    .first()
    .evaluate((element) => element.closest('[role="grid"], [role="tree"]')?.getAttribute('tabindex') === '0');

/** Opens each dialog in turn, calls back, and closes it. */
async function eachDialog(page: Page, visit: (name: string) => Promise<void>): Promise<void> {
  const frame = new Frame(page);
  const vault = new Vault(page);
  const approval = new ApprovalDialog(page);
  const close = async () => {
    await page.keyboard.press('Escape');
    // Shortcuts work again when it is gone.
    await expect(page.getByRole('dialog')).toHaveCount(0);
  };
  await frame.openPalette();
  await visit('palette');
  await close();
  await frame.command('keyboard shortcuts', 'Keyboard shortcuts');
  await visit('help');
  await close();
  await frame.command('new session', /^New session/);
  await expect(new Sessions(page).newSession.start).toBeEnabled();
  await visit('new-session');
  await close();
  await frame.go('Vault');
  await vault.add();
  await visit('store-key');
  await close();
  await vault.row('github').click();
  await page.getByRole('main').getByRole('button', { name: 'Delete credential' }).click();
  await expect(vault.deleteQuestion('github')).toBeVisible();
  await visit('delete-key');
  await close();
  await frame.go('Agents');
  await page
    .getByRole('button', { name: /^(Create|New) .*(agent|identity)/ })
    .first()
    .click();
  await visit('create-agent');
  await close();
  await approval.review();
  await expect(approval.deny).not.toHaveAttribute('aria-disabled', 'true');
  await visit('approval');
  await close();
}

test('no screen or dialog keeps anybody out, in light and in dark', async ({ host }) => {
  test.setTimeout(180_000);
  const { page } = host;
  const frame = new Frame(page);
  await furnish(host);
  await host.reload();
  for (const theme of ['light', 'dark'] as const) {
    await frame.command(`theme ${theme}`, new RegExp(`Theme: ${theme}`));
    await expect(page.locator('html')).toHaveAttribute('data-theme', theme);
    for (const place of PLACES) {
      await frame.go(place);
      if (place === 'Sessions') await new Sessions(page).card('Demo').click();
      if (place === 'Sessions') await expect(page.getByText('May I?').first()).toBeVisible();
      await keepScreenshot(page, `${place.toLowerCase()}-${theme}`);
      expect.soft(await barriers(page), `${place}, ${theme}`).toEqual([]);
    }
    await eachDialog(page, async (name) => {
      await keepScreenshot(page, `dialog-${name}-${theme}`);
      expect.soft(await barriers(page), `${name}, ${theme}`).toEqual([]);
    });
  }
});

test('every screen works at 900 x 600, and what matters at 390', async ({ host }) => {
  const { page } = host;
  const frame = new Frame(page);
  await furnish(host);
  await page.setViewportSize({ width: 900, height: 600 });
  await host.reload();
  /** Nothing is cut off to the side: the page itself never scrolls there. */
  const sticksOut = () =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  for (const place of PLACES) {
    await frame.go(place);
    await keepScreenshot(page, `${place.toLowerCase()}-900`);
    expect(await sticksOut(), `${place} at 900`).toBe(0);
  }

  await page.setViewportSize({ width: 390, height: 800 });
  const bottomBar = page.getByRole('navigation', { name: 'Main' });
  for (const place of ['Overview', 'Sessions', 'Approvals', 'Ledger'] as const) {
    await bottomBar.getByRole('button', { name: place }).click();
    await keepScreenshot(page, `${place.toLowerCase()}-390`);
    expect(await sticksOut(), `${place} at 390`).toBe(0);
  }
  // A question is answered on a phone.
  const approval = new ApprovalDialog(page);
  await bottomBar.getByRole('button', { name: 'Approvals' }).click();
  await page
    .getByRole('grid', { name: 'Requests' })
    .getByRole('row')
    .filter({ hasText: 'Run a command' })
    .click();
  await expect(approval.dialog).toBeVisible();
  await keepScreenshot(page, 'approval-390');
  await approval.allowOnce.click();
  await waitFor('the answer', async () => {
    const { items } = await host.call<{ items: Approval[] }>('GET', '/v1/approvals?state=allowed');
    return items.length === 1;
  });
});

test('the page has no way to Node or to other hosts, and its policy holds', async ({ host }) => {
  const { page } = host;
  const facts = await page.evaluate(async () => {
    const violations: string[] = [];
    document.addEventListener('securitypolicyviolation', (event) =>
      violations.push(event.effectiveDirective),
    );
    const script = document.createElement('script');
    script.textContent = 'globalThis.ran = true';
    document.head.append(script);
    const elsewhere = await fetch('http://localhost:1/').then(
      () => 'answered',
      () => 'refused',
    );
    // In a task of its own: what a test evaluates is let through.
    const evaluated = await new Promise((resolve) =>
      setTimeout(() => {
        try {
          new Function('return 1')();
          resolve('ran');
        } catch {
          resolve('refused');
        }
      }),
    );
    return {
      globals: ['process', 'require', 'module', 'Buffer', 'global'].filter((name) => name in globalThis),
      inline: Reflect.get(globalThis, 'ran') === true,
      elsewhere,
      evaluated,
      violations,
    };
  });
  expect(facts).toMatchObject({
    globals: [],
    inline: false,
    elsewhere: 'refused',
    evaluated: 'refused',
  });
  expect(facts.violations).toEqual(expect.arrayContaining(['script-src-elem', 'connect-src']));
  // These were provoked; the browser notes each in its console.
  host.complaints().splice(0);
});
