import type { Command } from 'commander';
import { ApprovalId } from '#contract';
import { contextOf } from '../context.ts';
import { CommandError, EXIT } from '../exit.ts';
import { print, table, visible } from '../output.ts';

export function addApprove(program: Command): void {
  program
    .command('approve')
    .description('list what agents ask for, or answer one request')
    .argument('[id]', 'request; without it the pending ones are listed')
    .option('--deny', 'deny instead of allow')
    .option('--session', 'allow for the rest of the session')
    .option('--message <text>', 'reason the agent reads when denied')
    .addHelpText(
      'after',
      '\nExamples:\n  aegis approve\n  aegis approve apr_…\n  aegis approve apr_… --deny --message "use the staging table"',
    )
    .action(
      async (
        id: string | undefined,
        options: { deny?: boolean; session?: boolean; message?: string },
        self: Command,
      ) => {
        const context = contextOf(self);
        const { client } = await context.connect();
        if (id === undefined) {
          const { items } = await client.approvals.list({ state: 'pending' });
          print(context.output, { items }, () =>
            table(
              ['ID', 'SESSION', 'WHAT', 'RISK', 'INPUT'],
              items.map((a) => [a.id, a.session_name, a.summary, a.risk.level, JSON.stringify(a.input)]),
              'Nothing is waiting for you.',
            ),
          );
          return;
        }
        const parsed = ApprovalId.safeParse(id);
        if (!parsed.success)
          throw new CommandError(EXIT.usage, `"${id}" is not a request id.`, {
            hint: 'List them: aegis approve',
          });
        const decided = await client.approvals.decide({
          id: parsed.data,
          decision: options.deny ? 'deny' : 'allow',
          ...(options.deny ? {} : { scope: options.session ? ('session' as const) : ('once' as const) }),
          ...(options.message === undefined ? {} : { message: options.message }),
        });
        print(
          context.output,
          decided,
          () => `${decided.state === 'allowed' ? 'Allowed' : 'Denied'}: ${visible(decided.summary)}`,
        );
      },
    );
}
