import type { AuditEvent } from '#contract';
import { messageOf } from '../base/errors.ts';
import type { LedgerPort } from '../base/ledger-port.ts';
import type { Log } from '../base/log.ts';

/** How long a completion may wait for company. */
const COMPLETION_WAIT_MS = 10;

/**
 * The Gate's way to the ledger. Intents and refusals are appended at once and waited for. Completions have left already,
 * so they wait a moment for the next intent and share its commit: alone they would make that intent wait for theirs.
 */
export class Diary {
  readonly #ledger: LedgerPort;
  readonly #log: Log;
  #completions: AuditEvent[] = [];
  #timer: NodeJS.Timeout | undefined;
  /** The last append failed: requests are being refused. */
  down = false;

  constructor(ledger: LedgerPort, log: Log) {
    this.#ledger = ledger;
    this.#log = log;
  }

  /** Resolves when durable. @throws LEDGER_UNAVAILABLE */
  async intent(event: AuditEvent): Promise<void> {
    this.flush();
    try {
      await this.#ledger.append(event);
      this.down = false;
    } catch (error) {
      this.#failed(error);
      throw error;
    }
  }

  /** Resolves when durable, or when it cannot be: what it tells of did not happen in either case. */
  async refusal(event: AuditEvent): Promise<void> {
    await this.intent(event).catch(() => undefined);
  }

  completion(event: AuditEvent): void {
    this.#completions.push(event);
    if (this.#timer) return;
    this.#timer = setTimeout(() => this.flush(), COMPLETION_WAIT_MS);
  }

  flush(): void {
    if (this.#timer === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const events = this.#completions;
    this.#completions = [];
    for (const event of events) this.#ledger.append(event).catch((error: unknown) => this.#failed(error));
  }

  #failed(error: unknown): void {
    if (!this.down) this.#log.error({ reason: messageOf(error) }, 'the ledger refuses entries of the Gate');
    this.down = true;
  }
}
