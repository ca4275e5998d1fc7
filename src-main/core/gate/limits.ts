/** All times in milliseconds. */
export interface GateLimits {
  /** From the first byte to the end of the head. */
  readonly headMs: number;
  /** Longest pause in an agent's body. */
  readonly uploadIdleMs: number;
  /** Longest time an agent may leave an answer unread. */
  readonly readIdleMs: number;
  readonly connectMs: number;
  /** Until the service's head; models think for minutes. */
  readonly answerMs: number;
  /** Longest pause in a service's body. */
  readonly answerIdleMs: number;
  /** How long requests under way may go on when the Gate closes. */
  readonly drainMs: number;
  readonly inFlightPerAgent: number;
  /** Agents' sockets, all together. */
  readonly connections: number;
  readonly connectionsPerService: number;
  /** Request line and headers together, in bytes. */
  readonly headBytes: number;
}

export const DEFAULT_LIMITS: GateLimits = {
  headMs: 10_000,
  uploadIdleMs: 30_000,
  readIdleMs: 300_000,
  connectMs: 10_000,
  answerMs: 600_000,
  answerIdleMs: 300_000,
  drainMs: 5_000,
  inFlightPerAgent: 256,
  connections: 4_096,
  connectionsPerService: 512,
  headBytes: 32 * 1024,
};
