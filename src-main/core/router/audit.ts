import { actorOf, type Services } from './context.ts';
import type { Os } from './index.ts';

export function auditRoutes(os: Os, { ledger, live, status }: Services) {
  return {
    list: os.audit.list.handler(({ input: { limit, cursor, ...filter } }) =>
      ledger.list({
        ...filter,
        ...(limit === undefined ? {} : { limit }),
        ...(cursor === undefined ? {} : { cursor }),
      }),
    ),
    get: os.audit.get.handler(({ input }) => ledger.get(input.id)),
    verify: os.audit.verify.handler(async ({ context }) => {
      const result = await ledger.verify();
      await ledger.append({
        action: 'ledger.verified',
        outcome: result.valid ? 'info' : 'error',
        actor: actorOf(context).name,
        reason: result.valid ? null : (result.first_bad?.problem ?? 'not valid'),
        details: { entries: result.entries, root: result.root },
      });
      live.publish({ type: 'status.changed', status: status() });
      return result;
    }),
  };
}
