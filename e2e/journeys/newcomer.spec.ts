/** Somebody without any agent or key sees the whole story in a minute. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AuditEntry, Session } from '#contract';
import { ApprovalDialog } from '../pages/approval.ts';
import { Frame } from '../pages/frame.ts';
import { Ledger } from '../pages/ledger.ts';
import { Sessions, SessionView } from '../pages/sessions.ts';
import { expect, test } from '../support/journey.ts';
import { keepScreenshot } from '../support/screenshots.ts';

test('the demo agent asks, is allowed once, is denied with a reason, and all of it is in the ledger', async ({
  host,
}) => {
  const { page } = host;
  const frame = new Frame(page);
  const approval = new ApprovalDialog(page);
  const demo = new SessionView(page, 'Demo');
  await expect(page.getByRole('region', { name: 'First steps' })).toBeVisible();
  await expect(frame.statusItem(/^Nothing waits/)).toBeVisible();
  await keepScreenshot(page, 'overview-empty');
  await page.getByRole('button', { name: 'Try it with the demo agent' }).click();
  await expect(demo.terminal).toBeVisible();
  const { items: sessions } = await host.call<{ items: Session[] }>('GET', '/v1/sessions');
  const { id, work_dir } = sessions[0] as Session;
  const note = join(work_dir, 'aegis-demo.txt');

  // Nobody types, so the question opens by itself; it says exactly what would be done.
  await expect(approval.dialog).toBeVisible();
  await expect(approval.agentWords).toContainText('echo "Hello from the Aegis demo agent" > aegis-demo.txt');
  await expect(approval.dialog).toContainText(work_dir);
  await keepScreenshot(page, 'approval-dialog');
  expect(existsSync(note)).toBe(false);
  await approval.allowOnce.click();
  await demo.see(/Allowed in Aegis\..*aegis-demo\.txt/s);
  expect(readFileSync(note, 'utf8')).toBe('Hello from the Aegis demo agent\n');

  await expect(approval.dialog).toContainText('aegis-demo.txt');
  await keepScreenshot(page, 'approval-diff');
  await approval.denyWith('Leave that note as it is.');
  await expect(approval.dialog).toBeHidden();
  await demo.see(/Denied in Aegis: Leave that note as it is\./);
  await demo.see(/That is the whole story/);
  expect(readFileSync(note, 'utf8')).toBe('Hello from the Aegis demo agent\n');
  await expect(demo.state('Waiting for input')).toBeVisible();
  await keepScreenshot(page, 'session');

  // The thread beside the terminal, then the same in the ledger.
  const thread = await demo.tab('Ledger');
  for (const step of ['Session started', 'Asked for permission', /^Allowed by/, /^Denied by/]) {
    await expect(thread.getByText(step).first()).toBeVisible();
  }
  await keepScreenshot(page, 'session-thread');
  const { items } = await host.call<{ items: AuditEntry[] }>('GET', `/v1/audit?session_id=${id}&limit=100`);
  const actions = items.map(({ action, outcome }) => `${action} ${outcome}`).reverse();
  // A request's end is noted when its last byte left; the agent may be a step further by then.
  expect(actions).toContain('gate.completed info');
  expect(actions.filter((action) => /^(session|approval|gate\.request)/.test(action))).toEqual([
    'session.started allowed',
    'session.prompt info',
    'gate.request allowed',
    'approval.requested asked',
    'approval.decided allowed',
    'approval.requested asked',
    'approval.decided denied',
  ]);

  await frame.go('Ledger');
  const ledger = new Ledger(page);
  await expect(ledger.row('approval.decided')).toHaveCount(2);
  await ledger.verify();
  await expect(frame.statusItem(/^Ledger verified/)).toBeVisible();
  await keepScreenshot(page, 'ledger');
  await ledger.row('approval.decided').first().click();
  await expect(page.getByRole('heading', { name: /^Entry \d+/ })).toBeVisible();
  await keepScreenshot(page, 'ledger-entry');
});

test('started from the dialog, the demo agent reaches its service as well', async ({ host }) => {
  const { page } = host;
  const demo = await new Sessions(page).start({
    agent: 'demo',
    folder: host.home,
    name: 'by-hand',
    prompt: 'Say hello',
  });
  // The terminal has the focus, so the question waits beside it; a key in the terminal answers it.
  await demo.see(/It saw the real key; I never\s+did/);
  await demo.see(/May I\?/);
  await demo.focus();
  await page.keyboard.press('n');
  await demo.see(/Denied here in the terminal/);
  const { items } = await host.call<{ items: AuditEntry[] }>('GET', '/v1/audit?action=gate.request');
  expect(items.map(({ outcome }) => outcome)).toEqual(['allowed']);
});
