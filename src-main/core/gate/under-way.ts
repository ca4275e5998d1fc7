import type { AgentId } from '#contract';
import type { Exchange } from './exchange.ts';
import type { GateLimits } from './limits.ts';
import { ANSWER_UNREAD, UPLOAD_STALLED } from './reasons.ts';
import type { Refusal } from './refusal.ts';

/** The requests under way, counted per agent, so that they can be limited, hung up on and waited for. */
export class UnderWay {
  readonly #all = new Set<Exchange>();
  readonly #perAgent = new Map<AgentId, number>();

  get size(): number {
    return this.#all.size;
  }

  of(agent: AgentId): number {
    return this.#perAgent.get(agent) ?? 0;
  }

  add(exchange: Exchange): void {
    const { id } = exchange.admitted.agent;
    this.#all.add(exchange);
    this.#perAgent.set(id, this.of(id) + 1);
  }

  delete(exchange: Exchange): void {
    if (!this.#all.delete(exchange)) return;
    const { id } = exchange.admitted.agent;
    const left = this.of(id) - 1;
    if (left > 0) this.#perAgent.set(id, left);
    else this.#perAgent.delete(id);
  }

  find(which: (exchange: Exchange) => boolean): Exchange | undefined {
    for (const exchange of this.#all) if (which(exchange)) return exchange;
    return undefined;
  }

  hangUp(which: (exchange: Exchange) => boolean, why: Refusal): void {
    for (const exchange of [...this.#all]) if (which(exchange)) exchange.fail(why);
  }

  /** Ends what hangs. @param tick the Gate's coarse time, which the exchanges' marks are in */
  sweep(tick: number, limits: GateLimits): void {
    for (const exchange of [...this.#all]) {
      if (exchange.awaitsUpload && tick - exchange.uploadedAt > limits.uploadIdleMs) {
        exchange.fail(UPLOAD_STALLED);
      } else if (exchange.blockedSince !== undefined && tick - exchange.blockedSince > limits.readIdleMs) {
        exchange.fail(ANSWER_UNREAD);
      }
    }
  }

  /** Resolves when none is left or the time is over. */
  async drain(milliseconds: number): Promise<void> {
    const until = performance.now() + milliseconds;
    while (this.#all.size > 0 && performance.now() < until) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
