import type { Command } from 'commander';
import { contextOf } from '../context.ts';
import { print, table } from '../output.ts';

const SECRET_KEYS: ReadonlySet<string> = new Set(['auth_token', 'master_key']);

export function addConfig(program: Command): void {
  program
    .command('config')
    .description('configuration')
    .command('show')
    .description('show every setting and where its value comes from')
    .addHelpText('after', '\nExample:\n  aegis config show --json')
    .action((_options: unknown, self: Command) => {
      const { output, loaded } = contextOf(self);
      const settings = Object.entries(loaded.config).map(([name, value]) => ({
        name,
        value: value === undefined ? null : SECRET_KEYS.has(name) ? 'set (hidden)' : value,
        source: loaded.sources[name as keyof typeof loaded.sources],
      }));
      print(output, { file: loaded.file, settings }, () =>
        table(
          ['SETTING', 'VALUE', 'FROM'],
          settings.map((s) => [s.name, String(s.value ?? '-'), s.source]),
          '',
        ),
      );
    });
}
