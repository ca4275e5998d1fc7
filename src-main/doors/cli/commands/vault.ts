import type { Command } from 'commander';
import { AuthType } from '#contract';
import { contextOf } from '../context.ts';
import { CommandError, EXIT } from '../exit.ts';
import { fields, print, table } from '../output.ts';
import { askHidden, readSecret, type SecretOptions } from '../prompt.ts';

const DEFAULT_VAULT = 'default';

interface AddOptions extends SecretOptions {
  service: string;
  domain: string[];
  authType?: string;
  headerName?: string;
  queryName?: string;
  upstream?: string;
  allowPrivate?: boolean;
  ttlDays?: string;
}

export function addVault(program: Command): void {
  const vault = program.command('vault').description('keep credentials that agents use and never see');
  addAdd(vault);
  vault
    .command('list')
    .description('list credentials, without their secrets')
    .addHelpText('after', '\nExample:\n  aegis vault list --json')
    .action(async (_options: unknown, self: Command) => {
      const context = contextOf(self);
      const { client } = await context.connect();
      const { items } = await client.vault.credentials({ vault: DEFAULT_VAULT });
      print(context.output, { items }, () =>
        table(
          ['NAME', 'SERVICE', 'TYPE', 'DOMAINS', 'EXPIRES', 'LAST USED'],
          items.map((c) => [
            c.name,
            c.service,
            c.auth_type,
            c.domains.join(', '),
            c.expires_at ?? 'never',
            c.last_used_at ?? 'never',
          ]),
          'No credentials. Store one: aegis vault add anthropic --service anthropic --domain api.anthropic.com',
        ),
      );
    });
  vault
    .command('remove')
    .description('delete a credential and its secret for good')
    .argument('<name>', 'credential')
    .addHelpText('after', '\nExample:\n  aegis vault remove anthropic')
    .action(async (name: string, _options: unknown, self: Command) => {
      const context = contextOf(self);
      const { client } = await context.connect();
      const removed = await client.vault.remove({ vault: DEFAULT_VAULT, name });
      print(context.output, removed, () => `Deleted ${removed.name}.`);
    });
  vault
    .command('status')
    .description('say whether the vault is open and what can open it')
    .addHelpText('after', '\nExample:\n  aegis vault status')
    .action(async (_options: unknown, self: Command) => {
      const context = contextOf(self);
      const { client } = await context.connect();
      const found = (await client.vault.list({})).items[0];
      if (!found) throw new CommandError(EXIT.failed, 'There is no vault.');
      print(context.output, found, () =>
        fields([
          ['vault', found.name],
          ['state', found.state],
          ['why', found.reason],
          ['next', found.hint],
          ['opened by', found.slots.join(', ') || 'nothing yet'],
          ['credentials', found.credentials],
        ]),
      );
    });
  vault
    .command('lock')
    .description('lock the vault: the Gate stops handing out credentials')
    .addHelpText('after', '\nExample:\n  aegis vault lock')
    .action(async (_options: unknown, self: Command) => {
      const context = contextOf(self);
      const { client } = await context.connect();
      const locked = await client.vault.lock({ vault: DEFAULT_VAULT });
      print(context.output, locked, () => 'Locked.');
    });
  vault
    .command('unlock')
    .description('unlock the vault')
    .option('--passphrase', 'ask for the passphrase instead of using the keychain')
    .option('--secret-stdin', 'read the passphrase from standard input')
    .addHelpText('after', '\nExample:\n  aegis vault unlock --passphrase')
    .action(async (options: { passphrase?: boolean; secretStdin?: boolean }, self: Command) => {
      const context = contextOf(self);
      const asks = options.passphrase || options.secretStdin;
      const passphrase = asks
        ? await readSecret('Passphrase: ', { secretStdin: options.secretStdin })
        : undefined;
      const { client } = await context.connect();
      const opened = await client.vault.unlock({
        vault: DEFAULT_VAULT,
        ...(passphrase === undefined ? {} : { passphrase }),
      });
      print(context.output, opened, () => 'Unlocked.');
    });
  vault
    .command('passphrase')
    .description('give the vault a passphrase that opens it where no keychain answers')
    .option('--secret-stdin', 'read the passphrase from standard input')
    .addHelpText('after', '\nExample:\n  aegis vault passphrase')
    .action(async (options: { secretStdin?: boolean }, self: Command) => {
      const context = contextOf(self);
      const passphrase = await readSecret('New passphrase (at least 10 characters): ', options);
      if (!options.secretStdin && (await askHidden('Again: ')) !== passphrase) {
        throw new CommandError(EXIT.usage, 'The two passphrases differ.');
      }
      const { client } = await context.connect();
      const changed = await client.vault.setUp({ vault: DEFAULT_VAULT, passphrase });
      print(context.output, changed, () => 'The passphrase now opens the vault.');
    });
}

function addAdd(vault: Command): void {
  vault
    .command('add')
    .description('store a credential; the secret is asked for, never taken from the command line')
    .argument('<name>', 'name of the credential')
    .requiredOption('--service <service>', 'first path segment at the Gate, such as anthropic')
    .requiredOption('--domain <domain...>', 'hosts the secret may be sent to')
    .option('--auth-type <type>', `how it is sent: ${AuthType.options.join(', ')}`, 'bearer')
    .option('--header-name <name>', 'header for the type header')
    .option('--query-name <name>', 'parameter for the type query')
    .option('--upstream <url>', 'base URL instead of https://<domain>')
    .option('--allow-private', 'allow plain HTTP and private addresses')
    .option('--ttl-days <days>', 'days until it expires')
    .option('--secret-stdin', 'read the secret from standard input')
    .option('--secret-env <name>', 'read the secret from an environment variable')
    .option('--secret <value>', 'not recommended: other programs can see it')
    .addHelpText(
      'after',
      '\nExample:\n  aegis vault add anthropic --service anthropic --domain api.anthropic.com --auth-type header --header-name x-api-key',
    )
    .action(async (name: string, options: AddOptions, self: Command) => {
      const context = contextOf(self);
      const type = AuthType.safeParse(options.authType);
      if (!type.success) {
        throw new CommandError(EXIT.usage, `There is no auth type "${options.authType}".`, {
          hint: `Use one of ${AuthType.options.join(', ')}.`,
        });
      }
      const secret = await readSecret(`Secret for ${name}: `, options);
      const { client } = await context.connect();
      const added = await client.vault.add({
        vault: DEFAULT_VAULT,
        name,
        secret,
        service: options.service,
        domains: options.domain,
        auth_type: type.data,
        ...(options.headerName === undefined ? {} : { header_name: options.headerName }),
        ...(options.queryName === undefined ? {} : { query_name: options.queryName }),
        ...(options.upstream === undefined ? {} : { upstream: options.upstream }),
        ...(options.allowPrivate ? { allow_private: true } : {}),
        ...(options.ttlDays === undefined ? {} : { ttl_days: Number(options.ttlDays) }),
      });
      print(context.output, added, () => `Stored ${added.name} for ${added.domains.join(', ')}.`);
    });
}
