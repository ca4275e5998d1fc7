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

  /** Calls back once the entry is durable, or cannot be. No promise of its own: this is the hot path. */
  intent(event: AuditEvent, durable: () => void, refused: () => void): void {
    this.flush();
    this.#ledger.append(event).then(
      () => {
        this.down = false;
        durable();
      },
      (error: unknown) => {
        this.#failed(error);
        refused();
      },
    );
  }

  /** Calls back when the entry is durable, and when it cannot be: what it tells of did not happen in either case. */
  refusal(event: AuditEvent, done: () => void = () => undefined): void {
    this.intent(event, done, done);
  }

  completion(event: AuditEvent): void {
    this.#completions.push(event);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.flush();
    }, COMPLETION_WAIT_MS);
  }

  flush(): void {
    if (this.#completions.length === 0) return;
    const events = this.#completions;
    this.#completions = [];
    for (const event of events) this.#ledger.append(event).catch((error: unknown) => this.#failed(error));
  }

  #failed(error: unknown): void {
    if (!this.down) this.#log.error({ reason: messageOf(error) }, 'the ledger refuses entries of the Gate');
    this.down = true;
  }
}
