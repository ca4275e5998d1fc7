/** Bad input and broken surroundings: a clear sentence each time, and nothing half done. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { AuditEntry, Session } from '#contract';
import { Frame } from '../pages/frame.ts';
import { Sessions } from '../pages/sessions.ts';
import { grant, makeAgent, storeCredential, throughGate } from '../support/gate.ts';
import { expect, test } from '../support/journey.ts';
import { freePort } from '../support/ports.ts';
import { keepScreenshot } from '../support/screenshots.ts';

test('a missing folder and a missing agent are told in the form, with what to do', async ({ host }) => {
  const { page } = host;
  const { newSession } = new Sessions(page);
  await page.getByRole('button', { name: 'Start a session' }).first().click();
  await newSession.choose('shell');
  await newSession.folder.fill(join(host.home, 'nowhere'));
  await expect(newSession.dialog.getByText('This folder does not exist.')).toBeVisible();
  await newSession.start.click();
  await expect(newSession.dialog).toBeVisible();

  // There is no Claude Code on this PATH: it says so, and how to get it.
  await newSession.folder.fill(host.home);
  await newSession.choose('claude-code');
  await expect(newSession.dialog.getByText('Not installed').first()).toBeVisible();
  await expect(newSession.dialog.getByText('npm install -g @anthropic-ai/claude-code')).toBeVisible();
  await newSession.start.click();
  await expect(
    newSession.dialog.getByText('Claude Code is not installed on this machine.').first(),
  ).toBeVisible();
  await keepScreenshot(page, 'agent-not-installed');
  await page.keyboard.press('Escape');

  // The same refusals for those who call without a form.
  await expect(
    host.call('POST', '/v1/sessions', { agent: 'shell', work_dir: '/nowhere/at/all' }),
  ).rejects.toThrow(/422.*FOLDER_MISSING/s);
  await expect(
    host.call('POST', '/v1/sessions', { agent: 'claude-code', work_dir: host.home }),
  ).rejects.toThrow(/422.*AGENT_NOT_INSTALLED.*npm install/s);
  await expect(
    host.call('POST', '/v1/sessions', { agent: 'shell', work_dir: host.home, command: ['no-such-program'] }),
  ).rejects.toThrow(/AGENT_NOT_INSTALLED/);
  expect((await host.call<{ items: Session[] }>('GET', '/v1/sessions')).items).toEqual([]);
});

test('the Gate refuses in words, writes each refusal down, and works again when the cause is gone', async ({
  host,
}) => {
  const { page } = host;
  const frame = new Frame(page);
  const seen: string[] = [];
  const upstream = createServer((request, response) => {
    seen.push(request.headers.authorization ?? '');
    response.end('{"hello":"there"}');
  });
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve));
  const { port } = upstream.address() as AddressInfo;
  const closed = await freePort();
  const agent = await makeAgent(host, 'script');
  const headers = { authorization: `Bearer ${agent.token}` };
  const local = (on: number) => ({
    domains: [`127.0.0.1:${on}`],
    upstream: `http://127.0.0.1:${on}`,
    allow_private: true,
  });
  await storeCredential(host, { name: 'local', secret: 'the-local-secret', ...local(port) });
  await storeCredential(host, { name: 'gone', secret: 'the-gone-secret', ...local(closed) });
  await storeCredential(host, { name: 'strict', secret: 'the-strict-secret' });
  for (const name of ['local', 'gone']) await grant(host, agent, name);

  try {
    expect(await throughGate(host, '/local/v1/things', headers)).toMatchObject({
      status: 200,
      text: '{"hello":"there"}',
    });
    expect(seen).toEqual(['Bearer the-local-secret']);

    const refusals: [string, string, Record<string, string>, number, string, RegExp][] = [
      ['no token', '/local/x', {}, 401, 'AGENT_AUTH_MISSING', /./],
      ['a wrong token', '/local/x', { authorization: 'Bearer nonsense' }, 401, 'AGENT_AUTH_INVALID', /./],
      ['an unknown service', '/unknown/x', headers, 404, 'NO_CREDENTIAL', /unknown/],
      ['no grant', '/strict/x', headers, 403, 'AGENT_SCOPE', /grant/i],
      [
        'a wrong host',
        '/local/x',
        { ...headers, 'x-target-host': 'evil.example' },
        403,
        'DOMAIN_GUARD',
        /evil\.example/,
      ],
      ['a service that is not there', '/gone/x', headers, 502, 'UPSTREAM_UNREACHABLE', /127\.0\.0\.1/],
    ];
    for (const [what, path, sent, status, code, sentence] of refusals) {
      const answer = await throughGate(host, path, sent);
      expect(answer, what).toMatchObject({ status, code });
      expect(answer.text, what).toMatch(sentence);
      expect(answer.hint, `${what}: what to do`).toMatch(/\w+.*\.$/);
    }

    // Locked from the status bar; the Gate says so, and the next unlock lets requests through again.
    await frame.statusItem(/^Vault open/).click();
    await expect(frame.statusItem(/^Vault locked/)).toBeVisible();
    expect(await throughGate(host, '/local/x', headers)).toMatchObject({ status: 503, code: 'VAULT_LOCKED' });
    await keepScreenshot(page, 'vault-locked');
    await frame.statusItem(/^Vault locked/).click();
    await expect(frame.statusItem(/^Vault open/)).toBeVisible();
    expect((await throughGate(host, '/local/x', headers)).status).toBe(200);
    expect(seen).toHaveLength(2);
  } finally {
    upstream.closeAllConnections();
    upstream.close();
  }

  const { items } = await host.call<{ items: AuditEntry[] }>(
    'GET',
    '/v1/audit?action=gate.request&limit=100',
  );
  const codes = items.map(({ outcome, code }) => (outcome === 'denied' ? code : outcome)).reverse();
  expect(codes).toEqual([
    'allowed',
    'AGENT_AUTH_MISSING',
    'AGENT_AUTH_INVALID',
    'NO_CREDENTIAL',
    'AGENT_SCOPE',
    'DOMAIN_GUARD',
    'allowed',
    'VAULT_LOCKED',
    'allowed',
  ]);
  // The unreachable service was tried, so its end carries the code.
  const ends = await host.call<{ items: AuditEntry[] }>('GET', '/v1/audit?action=gate.completed&limit=100');
  expect(ends.items.map(({ code }) => code).filter(Boolean)).toEqual(['UPSTREAM_UNREACHABLE']);
  await frame.statusItem(/^Gate/).click();
  await frame.at('Ledger');
  await expect(page.getByText('action:gate.request')).toBeVisible();
  await keepScreenshot(page, 'gate-requests');
});

test.describe('without a keychain', () => {
  test.use({
    hostOptions: {
      env: {
        AEGIS_MASTER_KEY: '',
        DBUS_SESSION_BUS_ADDRESS: 'unix:path=/nonexistent/bus',
        XDG_RUNTIME_DIR: '/nonexistent',
      },
    },
  });

  test('a passphrase guards the vault: set up, locked by a restart, refused when wrong, opened when right', async ({
    host,
  }) => {
    const { page } = host;
    const frame = new Frame(page);
    await frame.statusItem(/^Vault not set up/).click();
    const setUp = page.getByRole('dialog', { name: 'Set up the vault' });
    await setUp.getByLabel('Passphrase').fill('short');
    await expect(setUp.getByRole('alert')).toContainText(['Use at least 10 characters']);
    await setUp.getByLabel('Passphrase').fill('three quiet herons');
    await setUp.getByLabel('Once more').fill('three quiet heron');
    await expect(setUp.getByRole('alert')).toContainText(['The two are not the same.']);
    await keepScreenshot(page, 'passphrase-set-up');
    await setUp.getByLabel('Once more').fill('three quiet herons');
    await setUp.getByRole('button', { name: 'Set passphrase' }).click();
    await expect(setUp).toBeHidden();
    await expect(frame.statusItem(/^Vault open/)).toBeVisible();
    await storeCredential(host, { name: 'kept', secret: 'kept-secret-0123456789' });

    await host.restart();
    const again = new Frame(host.page);
    await again.statusItem(/^Vault locked/).click();
    const unlock = host.page.getByRole('dialog', { name: 'Unlock vault' });
    await unlock.getByLabel('Passphrase').fill('three loud herons');
    await unlock.getByRole('button', { name: 'Unlock vault' }).click();
    await expect(unlock.getByText('Wrong passphrase')).toBeVisible();
    await keepScreenshot(host.page, 'passphrase-wrong');
    await unlock.getByLabel('Passphrase').fill('three quiet herons');
    await unlock.getByRole('button', { name: 'Unlock vault' }).click();
    await expect(again.statusItem(/^Vault open/)).toBeVisible();
    const { items } = await host.call<{ items: { name: string }[] }>('GET', '/v1/vaults/default/credentials');
    expect(items.map(({ name }) => name)).toEqual(['kept']);
  });
});
