import { AegisError } from '../base/errors.ts';
import { actorOf, type Services } from './context.ts';
import type { Os } from './index.ts';
import { page } from './page.ts';

export function vaultRoutes(os: Os, { vault }: Services) {
  const named = (name: string) => {
    if (name === vault.info().name) return vault;
    throw new AegisError('NOT_FOUND', `There is no vault named ${name}.`, {
      hint: `The vault here is called ${vault.info().name}.`,
    });
  };
  return {
    list: os.vault.list.handler(({ input }) => page([vault.info()], input, ({ name }) => name)),
    lock: os.vault.lock.handler(({ input, context }) => named(input.vault).lock(actorOf(context))),
    unlock: os.vault.unlock.handler(({ input, context }) =>
      named(input.vault).unlock({ passphrase: input.passphrase }, actorOf(context)),
    ),
    setUp: os.vault.setUp.handler(({ input, context }) =>
      named(input.vault).setPassphrase(input.passphrase, actorOf(context)),
    ),
    credentials: os.vault.credentials.handler(({ input: { vault: name, ...wanted } }) =>
      page(named(name).list(), wanted, (credential) => credential.name),
    ),
    add: os.vault.add.handler(({ input: { vault: name, ...credential }, context }) =>
      named(name).add(credential, actorOf(context)),
    ),
    get: os.vault.get.handler(({ input }) => named(input.vault).get(input.name)),
    remove: os.vault.remove.handler(({ input, context }) =>
      named(input.vault).remove(input.name, actorOf(context)),
    ),
  };
}
