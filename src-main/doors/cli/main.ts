/** `aegis`: the command line. Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 no running instance. */
import { Command, CommanderError } from 'commander';
import { AegisError } from '../../core/base/errors.ts';
import { VERSION } from '../../core/base/version.ts';
import { asCommandError } from './client.ts';
import { addAgent } from './commands/agent.ts';
import { addApprove } from './commands/approve.ts';
import { addConfig } from './commands/config.ts';
import { addLedger } from './commands/ledger.ts';
import { addServe } from './commands/serve.ts';
import { addSession, addStart } from './commands/session.ts';
import { addVault } from './commands/vault.ts';
import { CommandError, EXIT } from './exit.ts';
import { visible } from './output.ts';

function buildProgram(): Command {
  const program = new Command('aegis')
    .description('One control plane for AI coding agents: sessions, approvals, vault, Gate and ledger.')
    .version(VERSION)
    .option('--json', 'print JSON')
    .option('--state-dir <folder>', 'state folder (default: ~/.aegis)')
    .option('--config <file>', 'configuration file')
    .enablePositionalOptions(false)
    .showHelpAfterError(false)
    .exitOverride();
  addServe(program);
  addStart(program);
  addSession(program);
  addApprove(program);
  addVault(program);
  addAgent(program);
  addLedger(program);
  addConfig(program);
  inheritExitOverride(program);
  return program;
}

/** Subcommands report usage errors the way the program does; shared options are accepted on each of them. */
function inheritExitOverride(command: Command): void {
  for (const child of command.commands) {
    child.exitOverride();
    if (child.commands.length === 0) {
      if (!child.options.some((option) => option.long === '--json')) child.option('--json', 'print JSON');
      child.option('--state-dir <folder>', 'state folder');
      child.option('--config <file>', 'configuration file');
    }
    inheritExitOverride(child);
  }
}

async function main(argv: readonly string[]): Promise<number> {
  try {
    await buildProgram().parseAsync([...argv]);
    return EXIT.done;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    report(toCommandError(error), argv.includes('--json'));
    return toCommandError(error).exitCode;
  }
}

function toCommandError(error: unknown): CommandError {
  if (error instanceof AegisError) {
    return new CommandError(error.code === 'INVALID_INPUT' ? EXIT.usage : EXIT.failed, error.message, {
      errorCode: error.code,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
    });
  }
  return asCommandError(error);
}

function report(error: CommandError, json: boolean): void {
  if (json) {
    process.stderr.write(
      `${JSON.stringify({ error: { code: error.errorCode, detail: error.message, hint: error.hint } })}\n`,
    );
    return;
  }
  process.stderr.write(`aegis: ${visible(error.message)}\n`);
  if (error.hint !== undefined) process.stderr.write(`       ${visible(error.hint)}\n`);
}

void main(process.argv).then((code) => {
  process.exitCode = code;
  // Sockets kept alive by the HTTP client must not hold the process.
  setImmediate(() => process.exit());
});
