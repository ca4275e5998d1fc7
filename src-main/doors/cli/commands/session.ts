import { resolve } from 'node:path';
import type { Command } from 'commander';
import { AgentKind, type Session, SessionId } from '#contract';
import { attachTerminal } from '../attach.ts';
import { type CommandContext, contextOf } from '../context.ts';
import { CommandError, EXIT } from '../exit.ts';
import { fields, print, table } from '../output.ts';

interface StartOptions {
  agent?: string;
  demo?: boolean;
  dir?: string;
  name?: string;
  prompt?: string;
  credential?: string[];
  attach?: boolean;
}

export function addStart(program: Command): void {
  program
    .command('start')
    .description('start an agent in a terminal under Aegis')
    .argument('[command...]', 'for the shell agent: the program and its arguments, after --')
    .option('--agent <agent>', `one of ${AgentKind.options.join(', ')}`)
    .option('--demo', 'start the built-in demo agent: no key and no agent needed')
    .option('--dir <folder>', 'folder to work in (default: this one; the demo agent has its own)')
    .option('--name <name>', 'name of the session')
    .option('--prompt <text>', 'first prompt for the agent')
    .option('--credential <name...>', 'credentials the session may use')
    .option('--no-attach', 'start it and return, without showing the terminal')
    .addHelpText(
      'after',
      '\nExamples:\n  aegis start --demo\n  aegis start --agent claude-code --dir ~/project\n  aegis start -- npm test',
    )
    .action(async (command: string[], options: StartOptions, self: Command) => {
      const context = contextOf(self);
      const agent = chosenAgent(options, command);
      const connection = await context.connect();
      const session = await connection.client.sessions.create({
        agent,
        ...(agent === 'demo' && options.dir === undefined ? {} : { work_dir: resolve(options.dir ?? '.') }),
        ...(options.name === undefined ? {} : { name: options.name }),
        ...(options.prompt === undefined ? {} : { prompt: options.prompt }),
        ...(options.credential === undefined ? {} : { credentials: options.credential }),
        ...(command.length === 0 ? {} : { command }),
        ...(process.stdout.isTTY ? { cols: process.stdout.columns, rows: process.stdout.rows } : {}),
      });
      if (options.attach !== false && process.stdin.isTTY && process.stdout.isTTY && !context.output.json) {
        await attachTerminal(connection, session);
      } else {
        print(context.output, session, () => `Started ${session.name}: ${session.id}`);
      }
    });
}

function chosenAgent(options: StartOptions, command: readonly string[]): AgentKind {
  if (options.demo) return 'demo';
  const parsed = AgentKind.safeParse(options.agent ?? (command.length > 0 ? 'shell' : undefined));
  if (parsed.success) return parsed.data;
  throw new CommandError(
    EXIT.usage,
    options.agent === undefined ? 'Name an agent.' : `There is no agent "${options.agent}".`,
    {
      hint: `Use --agent with one of ${AgentKind.options.join(', ')}, or --demo.`,
    },
  );
}

export function addSession(program: Command): void {
  const session = program.command('session').description('see and steer sessions');
  session
    .command('list')
    .description('list sessions')
    .addHelpText('after', '\nExample:\n  aegis session list --json')
    .action(async (_options: unknown, self: Command) => {
      const context = contextOf(self);
      const { client } = await context.connect();
      const { items } = await client.sessions.list({});
      print(context.output, { items }, () =>
        table(
          ['ID', 'AGENT', 'NAME', 'STATE', 'WHY', 'FOLDER'],
          items.map((s) => [s.id, s.agent, s.name, s.state, s.state_reason, s.work_dir]),
          'No sessions. Start one: aegis start --demo',
        ),
      );
    });
  single(session, 'show', 'show one session', async (context, id) => {
    const { client } = await context.connect();
    const found = await client.sessions.get({ id });
    print(context.output, found, () => asFields(found));
  });
  single(session, 'screen', 'print the visible screen', async (context, id) => {
    const { client } = await context.connect();
    const screen = await client.sessions.screen({ id });
    print(context.output, screen, () => screen.text);
  });
  single(session, 'attach', 'show the terminal here; Ctrl+] leaves it running', async (context, id) => {
    if (!process.stdin.isTTY || !process.stdout.isTTY) {
      throw new CommandError(EXIT.usage, 'Attaching needs a terminal.', {
        hint: 'Use "aegis session screen <id>".',
      });
    }
    const connection = await context.connect();
    await attachTerminal(connection, await connection.client.sessions.get({ id }));
  });
  single(session, 'interrupt', 'press Ctrl+C', async (context, id) => {
    const { client } = await context.connect();
    const result = await client.sessions.interrupt({ id });
    print(context.output, result, () => 'Interrupted.');
  });
  single(session, 'kill', 'end the session and revoke its token', async (context, id) => {
    const { client } = await context.connect();
    const killed = await client.sessions.kill({ id });
    print(context.output, killed, () => `Ended ${killed.name}.`);
  });
  single(session, 'remove', 'end the session if it runs, and take it off the list', async (context, id) => {
    const { client } = await context.connect();
    const removed = await client.sessions.remove({ id });
    print(context.output, removed, () => `Removed ${removed.name}.`);
  });
  session
    .command('send')
    .description('type text into a session and press Enter')
    .argument('<id>', 'session')
    .argument('<text...>', 'what to type')
    .addHelpText('after', '\nExample:\n  aegis session send ses_… "run the tests"')
    .action(async (id: string, text: string[], _options: unknown, self: Command) => {
      const context = contextOf(self);
      const { client } = await context.connect();
      const result = await client.sessions.send({ id: parseId(id), text: text.join(' ') });
      print(context.output, result, () => `Sent ${result.bytes} bytes.`);
    });
}

function single(
  noun: Command,
  verb: string,
  description: string,
  run: (context: CommandContext, id: SessionId) => Promise<void>,
): void {
  noun
    .command(verb)
    .description(description)
    .argument('<id>', 'session')
    .addHelpText('after', `\nExample:\n  aegis session ${verb} ses_…`)
    .action((id: string, _options: unknown, self: Command) => run(contextOf(self), parseId(id)));
}

function parseId(text: string): SessionId {
  const parsed = SessionId.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new CommandError(EXIT.usage, `"${text}" is not a session id.`, {
    hint: 'List them: aegis session list',
  });
}

const asFields = (s: Session): string =>
  fields([
    ['id', s.id],
    ['name', s.name],
    ['agent', s.agent],
    ['state', s.state],
    ['why', s.state_reason],
    ['folder', s.work_dir],
    ['command', s.command.join(' ')],
    ['pid', s.pid],
    ['credentials', s.credentials.join(', ') || 'none'],
    ['waiting for you', s.pending_approvals],
    ['started', s.created_at],
    ['ended', s.ended_at],
    ['exit code', s.exit_code],
  ]);
