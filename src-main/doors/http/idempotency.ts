import { createHash } from 'node:crypto';
import { AegisError } from '../../core/base/errors.ts';

/** Long enough for a client to notice a lost answer and ask again. */
const KEEP_MS = 60 * 60 * 1000;
const MAX_KEPT = 1000;
const KEY = /^[\x21-\x7e]{1,255}$/;

/** What a handler answers, as far as this needs to know. */
interface Outcome {
  readonly matched: boolean;
  readonly response:
    | { readonly status: number; readonly headers: object; readonly body: unknown }
    | undefined;
}

interface Kept {
  readonly fingerprint: string;
  readonly outcome: Promise<Outcome>;
  readonly at: number;
}

/**
 * `Idempotency-Key` (draft-ietf-httpapi-idempotency-key-header): a POST sent again with its key is not carried out again
 * but gets the first one's answer, also when that one is still under way. Kept in memory for an hour, per caller and route.
 * Only what was done is kept: a request that was refused may be tried again.
 */
export class Idempotency {
  readonly #kept = new Map<string, Kept>();
  readonly #now: () => number;

  /** @param now milliseconds; for tests */
  constructor(now: () => number = Date.now) {
    this.#now = now;
  }

  /**
   * @param scope who calls what; a key of one scope is nothing to another
   * @throws INVALID_INPUT for a key that is no visible ASCII, IDEMPOTENCY_KEY_REUSED when it came with another body
   */
  async run<T extends Outcome>(
    scope: string,
    key: string,
    body: unknown,
    work: () => Promise<T>,
  ): Promise<{ outcome: T; again: boolean }> {
    if (!KEY.test(key)) {
      throw new AegisError('INVALID_INPUT', 'Idempotency-Key must be 1 to 255 visible ASCII characters.');
    }
    this.#dropOld();
    const id = hash([scope, key]);
    const fingerprint = hash(body ?? null);
    const known = this.#kept.get(id);
    if (known) {
      if (known.fingerprint === fingerprint) return { outcome: (await known.outcome) as T, again: true };
      throw new AegisError('IDEMPOTENCY_KEY_REUSED', 'This key came with another request before.', {
        hint: 'Use a new key for each new request.',
      });
    }
    const running = work();
    this.#kept.set(id, { fingerprint, outcome: running, at: this.#now() });
    const forget = () => this.#kept.delete(id);
    try {
      const outcome = await running;
      if (!isKept(outcome)) forget();
      return { outcome, again: false };
    } catch (error) {
      forget();
      throw error;
    }
  }

  #dropOld(): void {
    const oldest = this.#now() - KEEP_MS;
    for (const [id, { at }] of this.#kept) {
      if (at > oldest && this.#kept.size < MAX_KEPT) return;
      this.#kept.delete(id);
    }
  }
}

/** Plain JSON can be sent twice; a stream cannot. */
function isKept({ matched, response }: Outcome): boolean {
  if (!matched || response === undefined || response.status >= 400) return false;
  const { body } = response;
  return typeof body !== 'object' || body === null || !(Symbol.asyncIterator in body || 'stream' in body);
}

const hash = (value: unknown): string => createHash('sha256').update(JSON.stringify(value)).digest('hex');
