import { randomBytes } from 'node:crypto';
import { SYSTEM_ACTOR } from './base/principal.ts';
import { DEMO_SERVICE, DemoService } from './gate/index.ts';
import type { Vault } from './vault/index.ts';

/**
 * What the demo agent talks to: a service on loopback with a key like any other, made up for this run, kept in the
 * vault and injected by the Gate. Started with the first demo session.
 */
export class Demo {
  readonly #vault: Vault;
  #started: Promise<DemoService> | undefined;

  constructor(vault: Vault) {
    this.#vault = vault;
  }

  async ensure(): Promise<void> {
    this.#started ??= this.#start().catch((error: unknown) => {
      this.#started = undefined;
      throw error;
    });
    await this.#started;
  }

  async dispose(): Promise<void> {
    const service = await this.#started?.catch(() => undefined);
    await service?.dispose();
  }

  async #start(): Promise<DemoService> {
    const key = randomBytes(24).toString('base64url');
    const service = await DemoService.start(key);
    try {
      // The one of an earlier run leads to a port that is gone.
      if (this.#vault.list().some((credential) => credential.name === DEMO_SERVICE)) {
        await this.#vault.remove(DEMO_SERVICE, SYSTEM_ACTOR);
      }
      await this.#vault.add(service.credential(key), SYSTEM_ACTOR);
      return service;
    } catch (error) {
      await service.dispose();
      throw error;
    }
  }
}
