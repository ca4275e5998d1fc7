import { AegisError } from '../base/errors.ts';

const FREE_TRIES = 3;
const LONGEST_WAIT_MS = 300_000;

/**
 * Slows guessing down: the first three wrong passphrases are free, each further one doubles the wait, from one second to
 * five minutes. The right one clears it.
 */
export class Attempts {
  #wrong = 0;
  #notBefore = 0;
  readonly #now: () => number;

  /** @param now milliseconds that never go back */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** @throws RATE_LIMITED with `retry_after_seconds` while the wait lasts */
  check(): void {
    const left = this.#notBefore - this.#now();
    if (left <= 0) return;
    const seconds = Math.ceil(left / 1000);
    throw new AegisError('RATE_LIMITED', 'Too many wrong passphrases.', {
      hint: `Try again in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}.`,
      data: { retry_after_seconds: seconds, policy: 'passphrase', limit: FREE_TRIES },
    });
  }

  wrong(): void {
    this.#wrong += 1;
    if (this.#wrong < FREE_TRIES) return;
    const wait = Math.min(1000 * 2 ** (this.#wrong - FREE_TRIES), LONGEST_WAIT_MS);
    this.#notBefore = this.#now() + wait;
  }

  right(): void {
    this.#wrong = 0;
    this.#notBefore = 0;
  }
}
