import type { Command } from 'commander';
import { type LoadedConfig, loadConfig } from '../../core/config/index.ts';
import { type Connection, connect } from './client.ts';
import type { Output } from './output.ts';

/** What every command gets: how to print, and how to reach the control plane. */
export interface CommandContext {
  readonly output: Output;
  readonly loaded: LoadedConfig;
  connect(): Promise<Connection>;
}

interface GlobalOptions {
  json?: boolean;
  stateDir?: string;
  config?: string;
}

/** Options may stand before or after the verb: they are read from the whole chain of commands. */
export function contextOf(
  command: Command,
  flags: Readonly<Record<string, string | undefined>> = {},
): CommandContext {
  const global = command.optsWithGlobals<GlobalOptions>();
  const given = { state_dir: global.stateDir, config: global.config, ...flags };
  const loaded = loadConfig({
    env: process.env,
    flags: Object.fromEntries(
      Object.entries(given).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
  });
  return { output: { json: global.json ?? false }, loaded, connect: () => connect(loaded) };
}
