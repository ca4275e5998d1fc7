import type { Command } from 'commander';
import type { AuditEntry, AuditFilter, VerifyResult } from '#contract';
import { AuditOutcome } from '#contract';
import { contextOf } from '../context.ts';
import { CommandError, EXIT } from '../exit.ts';
import { print, table } from '../output.ts';

interface ShowOptions {
  limit?: string;
  session?: string;
  agent?: string;
  service?: string;
  action?: string;
  outcome?: string;
  actor?: string;
  request?: string;
  approval?: string;
  tenant?: string;
  onBehalfOf?: string;
  code?: string;
  trace?: string;
  policy?: string;
  rule?: string;
  target?: string;
  since?: string;
  until?: string;
  query?: string;
}

export function addLedger(program: Command): void {
  const ledger = program.command('ledger').description('read the audit log and prove it was not altered');
  ledger
    .command('show')
    .description('show entries, newest last')
    .option('--limit <n>', 'how many', '20')
    .option('--session <id>', 'of one session')
    .option('--agent <name>', 'of one agent')
    .option('--service <name>', 'of one service')
    .option('--action <action>', 'of one kind, such as gate.request')
    .option('--outcome <outcome>', `one of ${AuditOutcome.options.join(', ')}`)
    .option('--actor <name>', 'done by this actor')
    .option('--request <id>', 'of one request')
    .option('--approval <id>', 'of one approval')
    .option('--tenant <name>', 'of one tenant')
    .option('--on-behalf-of <name>', 'done on behalf of somebody')
    .option('--code <code>', 'with this reason code, such as GRANT_MISSING')
    .option('--trace <id>', 'of one trace')
    .option('--policy <name>', 'decided by this policy')
    .option('--rule <rule>', 'decided by this rule')
    .option('--target <target>', 'done to exactly this')
    .option('--since <time>', 'from this time on (ISO 8601)')
    .option('--until <time>', 'up to this time (ISO 8601)')
    .option('--query <text>', 'containing this text')
    .addHelpText('after', '\nExample:\n  aegis ledger show --outcome denied --limit 50')
    .action(async (options: ShowOptions, self: Command) => {
      const context = contextOf(self);
      const { client } = await context.connect();
      const { items } = await client.audit.list({ ...filterOf(options), limit: Number(options.limit) });
      const entries = items.reverse();
      print(context.output, { items: entries }, () =>
        table(
          ['SEQ', 'TIME', 'ACTION', 'OUTCOME', 'ACTOR', 'TARGET', 'WHY'],
          entries.map(row),
          'No entries match.',
        ),
      );
    });
  ledger
    .command('verify')
    .description('check that no entry was changed, moved or removed')
    .addHelpText('after', '\nExample:\n  aegis ledger verify --json')
    .action(async (_options: unknown, self: Command) => {
      const context = contextOf(self);
      const { client } = await context.connect();
      const result = await client.audit.verify({});
      print(context.output, result, () => verdict(result));
      if (!result.valid)
        throw new CommandError(EXIT.failed, 'The ledger is not intact.', { errorCode: 'LEDGER_BROKEN' });
    });
}

function filterOf(options: ShowOptions): AuditFilter {
  const outcome = AuditOutcome.optional().safeParse(options.outcome);
  if (!outcome.success) {
    throw new CommandError(EXIT.usage, `There is no outcome "${options.outcome}".`, {
      hint: `Use one of ${AuditOutcome.options.join(', ')}.`,
    });
  }
  const filter = {
    session_id: options.session,
    agent: options.agent,
    service: options.service,
    action: options.action,
    outcome: outcome.data,
    actor: options.actor,
    request_id: options.request,
    approval_id: options.approval,
    tenant: options.tenant,
    on_behalf_of: options.onBehalfOf,
    code: options.code,
    trace_id: options.trace,
    policy: options.policy,
    rule: options.rule,
    target: options.target,
    since: options.since,
    until: options.until,
    q: options.query,
  };
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}

const row = (entry: AuditEntry): string[] => [
  String(entry.seq),
  entry.time,
  entry.action,
  entry.outcome,
  entry.actor,
  entry.target ?? '',
  entry.code ?? entry.reason ?? '',
];

const verdict = (result: VerifyResult): string =>
  result.valid
    ? `Intact: ${result.entries} entries, root ${result.root}.`
    : `Broken at entry ${result.first_bad?.seq ?? '?'}: ${result.first_bad?.problem ?? 'unknown problem'}`;
