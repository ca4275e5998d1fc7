import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { silentLog } from '../base/log.ts';
import { checkUserEnvironment, inheritedEnvironment, sessionEnvironment } from './environment.ts';
import { LoginEnvironment } from './login-shell.ts';
import { pasted } from './typing.ts';

const build = (login: Record<string, string>, user: Record<string, string> = {}) =>
  sessionEnvironment({
    login,
    user,
    agent: {},
    gate: { ANTHROPIC_BASE_URL: 'http://127.0.0.1:1/anthropic', ANTHROPIC_AUTH_TOKEN: 'token' },
    aegis: { AEGIS_SESSION_ID: 'ses_1' },
  });

test('keys, loaders and traces of the terminal Aegis runs in are not inherited', () => {
  const env = build({
    PATH: '/bin',
    HOME: '/home/x',
    EDITOR: 'vim',
    LANG: 'en_GB.UTF-8',
    AEGIS_MASTER_KEY: 'k',
    MANUS_AUTH_TOKEN: 'k',
    ANTHROPIC_API_KEY: 'k',
    OPENAI_API_KEY: 'k',
    AWS_SECRET_ACCESS_KEY: 'k',
    NODE_OPTIONS: '--require x',
    ELECTRON_RUN_AS_NODE: '1',
    npm_config_x: 'y',
    TMUX: 'x',
    TERM: 'dumb',
    CLAUDECODE: '1',
  });
  expect(env).toEqual({
    PATH: '/bin',
    HOME: '/home/x',
    EDITOR: 'vim',
    LANG: 'en_GB.UTF-8',
    ANTHROPIC_BASE_URL: 'http://127.0.0.1:1/anthropic',
    ANTHROPIC_AUTH_TOKEN: 'token',
    AEGIS_SESSION_ID: 'ses_1',
    TERM: 'xterm-256color',
    COLORTERM: 'truecolor',
    TERM_PROGRAM: 'aegis',
  });
});

test('what Aegis says about Gate and session cannot be overridden', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.constantFrom('AEGIS_SESSION_ID', 'ANTHROPIC_BASE_URL', 'X'), fc.string()),
      (login) => {
        const env = build(login);
        expect(env.AEGIS_SESSION_ID).toBe('ses_1');
        expect(env.ANTHROPIC_BASE_URL).toBe('http://127.0.0.1:1/anthropic');
        expect(Object.keys(inheritedEnvironment(login)).every((name) => name === 'X')).toBe(true);
      },
    ),
  );
});

test('a proxy of the user does not stand between the agent and this machine', () => {
  const env = build({ HTTPS_PROXY: 'http://proxy:3128', NO_PROXY: 'intra,127.0.0.1', LANG: 'C.UTF-8' });
  expect(env.NO_PROXY).toBe('intra,127.0.0.1,localhost,::1');
  expect(env.no_proxy).toBe('127.0.0.1,localhost,::1');
  expect(build({}).NO_PROXY).toBeUndefined();
});

test.each([
  'ANTHROPIC_BASE_URL',
  'anthropic_base_url',
  'OPENAI_API_KEY',
  'LD_PRELOAD',
  'DYLD_INSERT_LIBRARIES',
  'NODE_OPTIONS',
  'NODE_EXTRA_CA_CERTS',
  'AEGIS_HOOK_TOKEN',
  'BASH_ENV',
  'https_proxy',
  'CLAUDE_CODE_USE_BEDROCK',
  'ELECTRON_RUN_AS_NODE',
])('%s cannot be set for a session', (name) => {
  expect(() => checkUserEnvironment({ FINE: '1', [name]: 'x' })).toThrow(name);
  expect(() => checkUserEnvironment({ FINE: '1', PATH: '/bin', EDITOR: 'vi' })).not.toThrow();
});

test('the login shell tells its environment, whatever its start files print', async () => {
  const home = mkdtempSync(join(tmpdir(), 'aegis-login-'));
  try {
    writeFileSync(
      join(home, '.bash_profile'),
      'echo hello; export FROM_PROFILE="two\nlines"; export PATH="/opt/mine:$PATH"\n',
    );
    const base = { HOME: home, SHELL: '/bin/bash', PATH: '/usr/bin:/bin:/only/here' };
    const env = await new LoginEnvironment({ base, log: silentLog() }).get();
    expect(env.FROM_PROFILE).toBe('two\nlines');
    expect(env.PATH?.split(':')[0]).toBe('/opt/mine');
    expect(env.PATH?.split(':')).toContain('/only/here');
  } finally {
    rmSync(home, { recursive: true });
  }
});

test('a shell that fails leaves the environment Aegis has', async () => {
  const home = mkdtempSync(join(tmpdir(), 'aegis-login-'));
  try {
    const shell = join(home, 'badsh');
    writeFileSync(shell, '#!/bin/sh\necho nothing useful\n');
    chmodSync(shell, 0o755);
    const base = { HOME: home, SHELL: shell, PATH: '/usr/bin' };
    expect(await new LoginEnvironment({ base, log: silentLog() }).get()).toMatchObject({ PATH: '/usr/bin' });
    const gone = { ...base, SHELL: '/no/such/shell' };
    expect(await new LoginEnvironment({ base: gone, log: silentLog() }).get()).toMatchObject({
      PATH: '/usr/bin',
    });
  } finally {
    rmSync(home, { recursive: true });
  }
});

const PASTE_START = '\x1b[200~';
const PASTE_END = '\x1b[201~';

test('text is typed as text: no keys, no early end of a paste', () => {
  expect(pasted('hello')).toBe('hello');
  expect(pasted('a\nb')).toBe('\x1b[200~a\rb\x1b[201~');
  expect(pasted('a\r\nb')).toBe('\x1b[200~a\rb\x1b[201~');
  expect(pasted('x\x1b[201~\x03y')).toBe('x[201~y');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const typed = pasted(text).replaceAll(PASTE_START, '').replaceAll(PASTE_END, '').replaceAll('\r', '');
      expect(typed).not.toMatch(/[^\P{Cc}\t]/u);
    }),
  );
});
