/** Quitting, crashing and starting again: agents run on, questions wait, answers arrive. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Approval, Session, VerifyResult } from '#contract';
import { ApprovalDialog } from '../pages/approval.ts';
import { Frame } from '../pages/frame.ts';
import { Sessions, SessionView } from '../pages/sessions.ts';
import { type Host, terminalHostPid } from '../support/host.ts';
import { expect, test } from '../support/journey.ts';
import { keepScreenshot } from '../support/screenshots.ts';
import { isRunning, waitFor } from '../support/wait.ts';

const theSession = async (host: Host): Promise<Session> => {
  const { items } = await host.call<{ items: Session[] }>('GET', '/v1/sessions');
  const [session] = items;
  if (!session) throw new Error('There is no session.');
  return session;
};

const pending = async (host: Host): Promise<Approval> =>
  waitFor('a pending approval', async () => {
    const { items } = await host.call<{ items: Approval[] }>('GET', '/v1/approvals?state=pending');
    return items[0];
  });

test('a question asked before the app was quit is answered after it was opened again', async ({ host }) => {
  await host.page.getByRole('button', { name: 'Try it with the demo agent' }).click();
  const asked = await pending(host);
  const session = await theSession(host);
  const terminalHost = terminalHostPid(host.stateDir);

  await host.restart();
  const { page } = host;
  expect((await pending(host)).id).toBe(asked.id);
  const after = await theSession(host);
  expect(after.pid).toBe(session.pid);
  expect(after.state).toBe('waiting_permission');
  expect(isRunning(session.pid ?? 0)).toBe(true);
  expect(terminalHostPid(host.stateDir)).toBe(terminalHost);

  // What waited before is announced, not pushed into somebody's face.
  const approval = new ApprovalDialog(page);
  const frame = new Frame(page);
  await expect(frame.statusItem(/^1 request waits/)).toBeVisible();
  await expect(approval.dialog).toBeHidden();
  await keepScreenshot(page, 'after-restart');
  await page.keyboard.press('ControlOrMeta+Shift+A');
  await approval.allowOnce.click();
  const note = join(session.work_dir, 'aegis-demo.txt');
  await waitFor('the file of the allowed command', () => existsSync(note));

  // The second question survives a kill, which gives nobody a chance to put anything in order.
  const second = await waitFor('the second question', async () => {
    const next = await pending(host);
    return next.id !== asked.id && next;
  });
  await host.crash();
  expect((await pending(host)).id).toBe(second.id);
  const again = new SessionView(host.page, 'Demo');
  await new Frame(host.page).go('Sessions');
  await new Sessions(host.page).card('Demo').click();
  await again.see(/May I\?/);
  const dialog = new ApprovalDialog(host.page);
  await host.page
    .getByRole('button', { name: /^Review/ })
    .first()
    .click();
  await dialog.denyWith('Not after that crash.');
  await again.see(/Denied in Aegis: Not after that crash\./);
  expect(readFileSync(note, 'utf8')).toBe('Hello from the Aegis demo agent\n');
  expect((await theSession(host)).pid).toBe(session.pid);
  const verified = await host.call<VerifyResult>('POST', '/v1/audit/verify', {});
  expect(verified).toMatchObject({ valid: true });
});

test('a terminal is re-attached exactly after the control plane was killed', async ({ host }) => {
  const shell = await new Sessions(host.page).start({
    agent: 'shell',
    folder: host.home,
    name: 'survivor',
    command: 'bash',
  });
  await shell.type(
    'echo "before $((40 + 2))"; n=0; while [ $n -lt 400 ]; do n=$((n+1)); sleep 0.05; done; echo "all $n"',
  );
  await shell.see(/^before 42$/m);
  const { pid } = await theSession(host);
  await host.crash();
  expect((await theSession(host)).pid).toBe(pid);
  await new Frame(host.page).go('Sessions');
  await new Sessions(host.page).card('survivor').click();
  const again = new SessionView(host.page, 'survivor');
  await again.see(/^before 42$/m);
  await again.toolbar.getByRole('button', { name: 'Interrupt' }).click();
  await again.type('echo "after $((50 + 5))"');
  await again.see(/^after 55$/m);
  expect(await again.rows()).toMatch(/before 42[\s\S]*after 55/);
});
