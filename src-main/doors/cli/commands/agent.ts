import type { Command } from 'commander';
import { AgentId } from '#contract';
import { contextOf } from '../context.ts';
import { CommandError, EXIT } from '../exit.ts';
import { print, table } from '../output.ts';

export function addAgent(program: Command): void {
  const agent = program.command('agent').description('identities at the Gate and their grants');
  agent
    .command('list')
    .description('list agent identities')
    .addHelpText('after', '\nExample:\n  aegis agent list')
    .action(async (_options: unknown, self: Command) => {
      const context = contextOf(self);
      const { client } = await context.connect();
      const { items } = await client.agents.list({});
      print(context.output, { items }, () =>
        table(
          ['ID', 'NAME', 'STATE', 'GRANTS', 'LAST USED'],
          items.map((a) => [
            a.id,
            a.name,
            a.revoked_at ? 'revoked' : 'active',
            a.grants.map((g) => g.credential).join(', ') || 'none',
            a.last_used_at ?? 'never',
          ]),
          'No agents. Sessions make their own; for another program: aegis agent add <name>',
        ),
      );
    });
  agent
    .command('add')
    .description('create an identity; its token is shown once')
    .argument('<name>', 'name of the agent')
    .addHelpText('after', '\nExample:\n  aegis agent add ci-bot')
    .action(async (name: string, _options: unknown, self: Command) => {
      const context = contextOf(self);
      const { client } = await context.connect();
      const created = await client.agents.create({ name });
      print(context.output, created, () => `${created.id}\nToken (shown once): ${created.token}`);
    });
  for (const [verb, description] of [
    ['grant', 'allow the agent to use a credential'],
    ['ungrant', 'take the use of a credential away'],
  ] as const) {
    agent
      .command(verb)
      .description(description)
      .argument('<id>', 'agent')
      .argument('<credential>', 'credential')
      .addHelpText('after', `\nExample:\n  aegis agent ${verb} agt_… anthropic`)
      .action(async (id: string, credential: string, _options: unknown, self: Command) => {
        const context = contextOf(self);
        const { client } = await context.connect();
        const changed = await client.agents[verb]({ id: parseId(id), credential });
        print(
          context.output,
          changed,
          () => `${changed.name} may use: ${changed.grants.map((g) => g.credential).join(', ') || 'nothing'}`,
        );
      });
  }
  agent
    .command('remove')
    .description('revoke the agent: its token stops working at once')
    .argument('<id>', 'agent')
    .addHelpText('after', '\nExample:\n  aegis agent remove agt_…')
    .action(async (id: string, _options: unknown, self: Command) => {
      const context = contextOf(self);
      const { client } = await context.connect();
      const revoked = await client.agents.revoke({ id: parseId(id) });
      print(context.output, revoked, () => `Revoked ${revoked.name}.`);
    });
}

function parseId(text: string): AgentId {
  const parsed = AgentId.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new CommandError(EXIT.usage, `"${text}" is not an agent id.`, {
    hint: 'List them: aegis agent list',
  });
}
