import { actorOf, type Services } from './context.ts';
import type { Os } from './index.ts';
import { page } from './page.ts';

export function agentsRoutes(os: Os, { identity, vault }: Services) {
  const vaultName = (name: string | undefined): string => name ?? vault.info().name;
  return {
    list: os.agents.list.handler(({ input }) => page(identity.list(), input, (agent) => agent.id)),
    create: os.agents.create.handler(({ input, context }) => identity.create(input.name, actorOf(context))),
    get: os.agents.get.handler(({ input }) => identity.get(input.id)),
    revoke: os.agents.revoke.handler(({ input, context }) => identity.revoke(input.id, actorOf(context))),
    regenerate: os.agents.regenerate.handler(({ input, context }) =>
      identity.regenerate(input.id, actorOf(context)),
    ),
    grant: os.agents.grant.handler(({ input, context }) =>
      identity.grant(input.id, input.credential, vaultName(input.vault), actorOf(context)),
    ),
    ungrant: os.agents.ungrant.handler(({ input, context }) =>
      identity.ungrant(input.id, input.credential, vaultName(input.vault), actorOf(context)),
    ),
  };
}
