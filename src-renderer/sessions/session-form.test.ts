import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AgentProgram, Credential } from '#contract';
import {
  chosenCredentials,
  completionBase,
  credentialWarning,
  formErrors,
  rememberFolder,
  type SessionForm,
  splitCommand,
  toInput,
} from './session-form.ts';

const NOW = Date.parse('2026-06-01T00:00:00.000Z');
const claude: AgentProgram = {
  agent: 'claude-code',
  label: 'Claude Code',
  description: '',
  installed: true,
  version: '2.1.0',
  path: '/usr/bin/claude',
  install_hint: null,
  service: 'anthropic',
  limits: [],
};
const credential = (name: string, service: string, expires: string | null = null) =>
  ({ name, service, expires_at: expires }) as Credential;
const form = (more: Partial<SessionForm> = {}): SessionForm => ({
  agent: 'claude-code',
  workDir: '/work/app',
  name: '',
  prompt: '',
  command: '',
  credentials: null,
  ...more,
});

describe('session form', () => {
  it('preselects what the agent speaks and what still works, until somebody chooses', () => {
    const all = [
      credential('mine', 'anthropic'),
      credential('old', 'anthropic', '2026-01-01T00:00:00.000Z'),
      credential('gh', 'github'),
    ];
    expect(chosenCredentials(form(), claude, all, NOW)).toEqual(['mine']);
    expect(chosenCredentials(form({ credentials: [] }), claude, all, NOW)).toEqual([]);
    expect(chosenCredentials(form(), { ...claude, service: null }, all, NOW)).toEqual([]);
  });

  it('warns plainly when the agent cannot reach its model', () => {
    expect(credentialWarning(claude, [], [])).toContain('No credential for anthropic is in the vault.');
    expect(credentialWarning(claude, [credential('mine', 'anthropic')], [])).toContain('is granted');
    expect(credentialWarning(claude, [credential('mine', 'anthropic')], ['mine'])).toBeNull();
    expect(credentialWarning({ ...claude, service: null }, [], [])).toBeNull();
    expect(credentialWarning({ ...claude, agent: 'demo', service: 'demo' }, [], [])).toBeNull();
  });

  it('names what is wrong', () => {
    expect(formErrors(form(), claude, true)).toEqual({});
    expect(formErrors(form({ workDir: ' ' }), claude, null)).toEqual({ workDir: 'Name a folder.' });
    expect(formErrors(form(), { ...claude, installed: false }, false)).toEqual({
      agent: 'Claude Code is not installed on this machine.',
      workDir: 'This folder does not exist.',
    });
    expect(formErrors(form({ agent: 'shell', command: 'echo "x' }), undefined, true)).toEqual({
      command: 'A quote is not closed.',
    });
  });

  it('sends only what was filled in', () => {
    expect(toInput(form({ prompt: ' hi ', name: ' n ', credentials: ['mine'] }), ['mine'])).toEqual({
      agent: 'claude-code',
      work_dir: '/work/app',
      name: 'n',
      prompt: 'hi',
      credentials: ['mine'],
    });
    expect(toInput(form({ agent: 'shell', prompt: 'x', command: 'npm run "a b"' }), [])).toEqual({
      agent: 'shell',
      work_dir: '/work/app',
      command: ['npm', 'run', 'a b'],
    });
    expect(toInput(form({ credentials: [] }), [])).toMatchObject({ credentials: [] });
  });

  it('splits a command line as a shell does, without expanding anything', () => {
    expect(splitCommand(`a 'b c' "d \\"e" f\\ g ""`)).toEqual(['a', 'b c', 'd "e', 'f g', '']);
    expect(splitCommand('echo $HOME *')).toEqual(['echo', '$HOME', '*']);
    expect(splitCommand('  ')).toEqual([]);
    for (const open of ["'", '"a', 'a\\']) expect(splitCommand(open)).toBeNull();
  });

  it('gives back any words that were quoted', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (words) => {
        const line = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
        expect(splitCommand(line)).toEqual(words);
      }),
    );
  });

  it('completes folders and remembers recent ones', () => {
    expect(completionBase('/home/me/pro')).toEqual({ folder: '/home/me', prefix: 'pro' });
    expect(completionBase('/ho')).toEqual({ folder: '/', prefix: 'ho' });
    expect(completionBase('pro')).toEqual({ folder: '', prefix: 'pro' });
    expect(rememberFolder(['a', 'b'], 'b')).toEqual(['b', 'a']);
  });
});
