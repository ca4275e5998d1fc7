import type { AuditDetails, AuditEvent } from '#contract';
import { AegisError, messageOf } from '../base/errors.ts';
import type { LedgerPort } from '../base/ledger-port.ts';
import type { Actor } from '../base/principal.ts';

/** Writes the vault's part of the ledger: who did what through which door. Never sees a secret. */
export class Journal {
  readonly #ledger: LedgerPort;
  readonly #vault: string;

  constructor(ledger: LedgerPort, vault: string) {
    this.#ledger = ledger;
    this.#vault = vault;
  }

  /** Resolves once the entry is durable. @throws LEDGER_UNAVAILABLE */
  async write(
    action: AuditEvent['action'],
    actor: Actor,
    event: Partial<AuditEvent> = {},
    details: AuditDetails = {},
  ): Promise<void> {
    await this.#ledger.append({
      outcome: 'allowed',
      target: this.#vault,
      ...event,
      action,
      actor: actor.name,
      details: { vault: this.#vault, via: actor.via, ...details },
    });
  }

  /** Does what the ledger already says; if that fails, the ledger learns it. @throws INTERNAL */
  async perform(action: AuditEvent['action'], actor: Actor, target: string, work: () => void): Promise<void> {
    try {
      work();
    } catch (error) {
      const reason = `It was not carried out: ${messageOf(error)}`;
      await this.write(action, actor, { outcome: 'error', code: 'INTERNAL', reason, target });
      throw new AegisError('INTERNAL', `The vault file could not be written: ${messageOf(error)}`, {
        hint: 'Check that the disk has space and that the state folder is writable. Nothing was changed.',
        cause: error,
      });
    }
  }
}
