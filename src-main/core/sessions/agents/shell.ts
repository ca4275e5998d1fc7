import { basename, isAbsolute, resolve } from 'node:path';
import type { JsonValue } from '#contract';
import { AegisError } from '../../base/errors.ts';
import { findProgram } from '../find-program.ts';
import { type AgentAdapter, field } from './adapter.ts';

const SHELLS = /^(sh|bash|zsh|fish|dash|ksh|tcsh|csh|nu|pwsh|powershell|cmd)(\.exe)?$/;

/** Any program, or the user's own shell. It asks for nothing; its state is what runs in front of the terminal. */
export const shell: AgentAdapter = {
  kind: 'shell',
  label: 'Shell or command',
  description: 'Your own shell, or any program you name',
  service: null,
  install_hint: null,
  held_events: [],

  probe: async (env) => ({
    installed: true,
    path: env.SHELL || (process.platform === 'win32' ? env.COMSPEC || 'cmd.exe' : '/bin/sh'),
    version: null,
    limits: ['Programs started here do not send their questions to Aegis.'],
  }),

  launch({ path, command, env, prompt, work_dir }) {
    if (prompt !== undefined) {
      throw new AegisError('INVALID_INPUT', 'A shell takes no first prompt.', {
        hint: 'Leave the prompt out, and type into the session once it runs.',
        data: { errors: [{ pointer: '/prompt', detail: 'not for this agent' }] },
      });
    }
    const [program, ...args] = command ?? [path, ...(process.platform === 'win32' ? [] : ['-l'])];
    const file = program === undefined ? null : findProgram(inFolder(program, work_dir), env, []);
    if (program === undefined || file === null) {
      throw new AegisError('AGENT_NOT_INSTALLED', `There is no program "${program ?? ''}" here.`, {
        hint: 'Check the spelling, or give its full path. It is looked for on the PATH of your login shell.',
      });
    }
    const isShell = SHELLS.test(basename(program)) && args.every((arg) => /^-[li]+$/.test(arg));
    return {
      file,
      args,
      shown: [program, ...args],
      env: {},
      data: { is_shell: isShell } satisfies JsonValue,
    };
  },

  foreground(foreground, data) {
    if (field(data, 'is_shell') !== true) return undefined;
    return foreground.is_shell
      ? { state: 'waiting_input', reason: 'the shell waits for a command' }
      : { state: 'working', reason: `runs ${foreground.name}` };
  },
};

/** `./run.sh` is meant from the session's folder. */
const inFolder = (program: string, folder: string): string =>
  /[/\\]/.test(program) && !isAbsolute(program) ? resolve(folder, program) : program;
