/** The real Claude Code under Aegis: its model calls, its questions, and where its key never is. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import type { Approval, AuditEntry, Session, VerifyResult } from '#contract';
import { ApprovalDialog } from '../pages/approval.ts';
import { Frame } from '../pages/frame.ts';
import { Sessions, SessionView } from '../pages/sessions.ts';
import { Vault } from '../pages/vault.ts';
import { pathWithClaude, quietClaude, settleClaude } from '../support/claude-home.ts';
import type { Host } from '../support/host.ts';
import { expect, test } from '../support/journey.ts';
import { countFiles, filesWith, heapOf, pageContent, processFacts, processTree } from '../support/leaks.ts';
import { type ModelServer, startModelServer } from '../support/model-server.ts';
import { keepScreenshot } from '../support/screenshots.ts';
import { waitFor } from '../support/wait.ts';

test.use({ hostOptions: { env: { ...quietClaude, PATH: pathWithClaude() } } });

const REASON = 'This file is not wanted here; leave it out.';

const bash = (command: string, description: string) => ({
  text: `${description}.`,
  tools: [{ name: 'Bash', input: { command, description } }],
});

/** Stores the key by hand, the way a person does: for one service, one host, in one header. */
async function storeKey(page: Page, secret: string, modelUrl: string): Promise<void> {
  const vault = new Vault(page);
  const { dialog } = vault;
  await new Frame(page).go('Vault');
  await vault.add();
  await dialog.choose('What is it for', /^Anthropic/);
  await dialog.field('Allowed hosts').fill(new URL(modelUrl).host);
  await expect(dialog.field('Header')).toHaveValue('x-api-key');
  await dialog.dialog.getByRole('button', { name: 'More rules' }).click();
  await dialog.dialog.getByRole('textbox', { name: /^Upstream address/ }).fill(modelUrl);
  await dialog.dialog.getByText('Allow plain HTTP and private addresses').click();
  await dialog.field('Secret').focus();
  await page.keyboard.insertText(secret);
  await dialog.store.click();
  await expect(dialog.dialog).toBeHidden();
  await expect(vault.row('anthropic')).toBeVisible();
}

const approvalsIn = async (host: Host, state: Approval['state']): Promise<Approval[]> =>
  (await host.call<{ items: Approval[] }>('GET', `/v1/approvals?state=${state}`)).items;

/** Whether the model was told something in the last request of the conversation. */
const modelHeard = (model: ModelServer, text: string): boolean =>
  JSON.stringify(model.conversation().at(-1)?.body?.messages ?? []).includes(text);

test('asks through Aegis, obeys each answer, and never holds the key', async ({ host }) => {
  test.setTimeout(180_000);
  const { page } = host;
  const project = join(host.home, 'shop');
  mkdirSync(project);
  settleClaude(host.home, project);
  const key = `sk-ant-e2e-${randomBytes(32).toString('hex')}`;
  const model = await startModelServer([
    bash('touch made.txt', 'I make the first file'),
    bash('touch never.txt', 'I make the second file'),
    bash('touch third.txt', 'I make the third file'),
    { text: 'Two of the three files are there.' },
  ]);
  try {
    await storeKey(page, key, model.url);
    await new Frame(page).go('Sessions');
    const sessions = new Sessions(page);
    await page.getByRole('button', { name: 'New session' }).first().click();
    await sessions.newSession.fill({
      agent: 'claude-code',
      folder: project,
      name: 'shop',
      prompt: 'Make three files',
    });
    await expect(sessions.newSession.dialog.getByRole('checkbox', { name: 'anthropic' })).toBeChecked();
    await keepScreenshot(page, 'new-session');
    await sessions.newSession.start.click();
    const claude = new SessionView(page, 'shop');
    await expect(claude.terminal).toBeVisible();
    // The terminal of a session one has just started has the focus: its questions do not take it.
    const approval = new ApprovalDialog(page);
    await waitFor('the first question', async () => (await approvalsIn(host, 'pending'))[0]);
    await claude.see(/Do you want to proceed/);
    await keepScreenshot(page, 'claude-asks');
    await page.keyboard.press('ControlOrMeta+Shift+A');
    await expect(approval.agentWords).toContainText('touch made.txt');
    await keepScreenshot(page, 'claude-dialog');
    expect(existsSync(join(project, 'made.txt'))).toBe(false);
    await approval.allowOnce.click();
    await waitFor('the allowed file', () => existsSync(join(project, 'made.txt')));

    // Denied with words, which the model is told.
    const second = await waitFor('the second question', async () => (await approvalsIn(host, 'pending'))[0]);
    expect(second.input).toMatchObject({ command: 'touch never.txt' });
    await expect(new Frame(page).statusItem(/^1 request waits/).or(approval.dialog)).toBeVisible();
    if (await approval.dialog.isHidden()) await page.keyboard.press('ControlOrMeta+Shift+A');
    await expect(approval.agentWords).toContainText('touch never.txt');
    await approval.denyWith(REASON);
    await waitFor('the model to hear the reason', () => modelHeard(model, REASON));
    expect(existsSync(join(project, 'never.txt'))).toBe(false);

    // Answered in the terminal first: the question in the app retires by itself.
    const third = await waitFor('the third question', async () => (await approvalsIn(host, 'pending'))[0]);
    expect(third.input).toMatchObject({ command: 'touch third.txt' });
    await claude.see(/touch third\.txt[\s\S]*Do you want to proceed/);
    if (await approval.dialog.isVisible()) await page.keyboard.press('Escape');
    await expect(approval.dialog).toBeHidden();
    await claude.focus();
    // Its dialog ignores keys in its first moments.
    await expect(async () => {
      if (!existsSync(join(project, 'third.txt'))) await page.keyboard.press('1');
      await waitFor('the third file', () => existsSync(join(project, 'third.txt')), { timeoutMs: 1500 });
    }).toPass({ timeout: 20_000 });
    await waitFor('the question to retire', async () => (await approvalsIn(host, 'pending')).length === 0);
    const retired = await host.call<Approval>('GET', `/v1/approvals/${third.id}`);
    expect(retired).toMatchObject({ state: 'superseded', decided_via: 'terminal' });
    await claude.see(/Two of the three files are there/);
    await expect(claude.state('Waiting for input')).toBeVisible();
    await keepScreenshot(page, 'claude-done');

    // The model's side saw the vault's key and nothing else that would let anybody in.
    const session = (await host.call<{ items: Session[] }>('GET', '/v1/sessions')).items[0] as Session;
    const tree = processTree(session.pid ?? 0);
    const facts = tree.map(processFacts).join('\n');
    const token = /AEGIS_AGENT_TOKEN=([^\0]+)/.exec(facts)?.[1] ?? '';
    expect(token).toMatch(/^aegis_agt_/);
    const asked = model.seen.filter(({ path }) => path.startsWith('/v1/'));
    expect(asked.length).toBeGreaterThan(3);
    expect([...new Set(asked.map(({ headers }) => headers['x-api-key']))]).toEqual([key]);
    for (const { headers } of model.seen) {
      expect(headers.authorization).toBeUndefined();
      expect(JSON.stringify(headers)).not.toContain(token);
      expect(JSON.stringify(headers)).not.toMatch(/aegis/i);
    }

    // And the key is nowhere the agent, the page, a log or a file could give it away.
    expect(facts).toContain(`ANTHROPIC_AUTH_TOKEN=${token}`);
    expect(facts).not.toContain(key);
    expect(
      filesWith(host.home, 'touch made.txt').length,
      'the transcript is among the files',
    ).toBeGreaterThan(0);
    expect(filesWith(host.home, key)).toEqual([]);
    expect(await pageContent(page)).not.toContain(key);
    expect(await heapOf(page)).not.toContain(key);
    expect(host.output()).not.toContain(key);
    expect(countFiles(host.stateDir)).toBeGreaterThan(5);
    expect(filesWith(host.stateDir, key)).toEqual([]);
    expect(
      filesWith(host.stateDir, 'touch third.txt').length,
      'the search reads the databases',
    ).toBeGreaterThan(0);

    await showsInLedger(host, session);
    await claude.end();
    // With the session its token ends: the Gate knows it no more.
    const late = await fetch(`${host.gate}/anthropic/v1/models`, {
      headers: { authorization: `Bearer ${token}` },
    });
    expect(late.status).toBe(401);
    expect(filesWith(host.stateDir, key)).toEqual([]);
    // Nothing of ours was written into the agent's own configuration.
    for (const file of ['.claude/settings.json', '.claude.json']) {
      expect(readFileSync(join(host.home, file), 'utf8')).not.toMatch(/"hooks"|AEGIS_|127\.0\.0\.1/);
    }
  } finally {
    await model.close();
  }
});

/** The ledger tells the same story in the same order, and verifies. */
async function showsInLedger(host: Host, session: Session): Promise<void> {
  const { items } = await host.call<{ items: AuditEntry[] }>(
    'GET',
    `/v1/audit?session_id=${session.id}&limit=200`,
  );
  const story = items
    .reverse()
    .filter(({ action }) => /^(session\.|approval\.)/.test(action))
    .map(({ action, outcome }) => `${action} ${outcome}`);
  expect(story).toEqual([
    'session.started allowed',
    'session.prompt info',
    'approval.requested asked',
    'approval.decided allowed',
    'approval.requested asked',
    'approval.decided denied',
    'approval.requested asked',
    'approval.superseded info',
  ]);
  const requests = items.filter(({ action }) => action === 'gate.request');
  expect(requests.length).toBeGreaterThan(3);
  expect([...new Set(requests.map(({ outcome }) => outcome))]).toEqual(['allowed']);
  expect(await host.call<VerifyResult>('POST', '/v1/audit/verify', {})).toMatchObject({ valid: true });
  await new Frame(host.page).go('Ledger');
  await keepScreenshot(host.page, 'claude-ledger');
  await new Frame(host.page).go('Sessions');
}
