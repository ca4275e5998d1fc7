import { join } from 'node:path';
import type { AgentAdapter } from './adapter.ts';
import { ClaudeHookReader, encodeClaudeAnswer } from './claude-hooks.ts';

export interface DemoOptions {
  /** The folder `resources/` of the checkout or of the packaged app. */
  readonly resourcesDir: string;
  /** Node binary that runs the script. */
  readonly nodePath: string;
  /** What the binary needs before the script to act as Node, where it is not Node itself. */
  readonly nodeArgs?: readonly string[];
  /** Environment the binary needs to act as Node, where it is not Node itself. */
  readonly nodeEnv?: Readonly<Record<string, string>>;
}

/** A small agent of our own that needs no account: a script in a terminal like any other, speaking the same hooks. */
export const demo = ({ resourcesDir, nodePath, nodeArgs = [], nodeEnv = {} }: DemoOptions): AgentAdapter => ({
  kind: 'demo',
  label: 'Demo agent',
  description: 'Shows in a minute how Aegis works, without an account or a key',
  service: 'demo',
  install_hint: null,
  held_events: ['PermissionRequest'],

  probe: async () => ({
    installed: true,
    path: nodePath,
    version: null,
    limits: ['It follows a script; there is no model behind it.'],
  }),

  launch: ({ hook_url, prompt }) => ({
    file: nodePath,
    args: [
      ...nodeArgs,
      join(resourcesDir, 'demo-agent', 'demo-agent.mjs'),
      ...(prompt === undefined ? [] : ['--', prompt]),
    ],
    shown: ['demo-agent'],
    env: { ...nodeEnv, AEGIS_HOOK_URL: hook_url },
    data: null,
  }),

  reader: (workDir) => new ClaudeHookReader(workDir),
  encodeAnswer: encodeClaudeAnswer,
});
