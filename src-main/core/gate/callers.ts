import type { Socket } from 'node:net';
import type { GateAgent, GateIdentity } from './ports.ts';

/** What was found out about a connection by its earlier requests. */
interface Known {
  /** A Host header that names us. */
  host: string | undefined;
  token: string;
  agent: GateAgent | undefined;
  /** Revocations seen when the token was verified. */
  epoch: number;
}

/**
 * Remembers, per connection, the Host header that was good and the token that was verified, so that a kept-alive
 * connection costs two string comparisons instead of a parse and a hash. A token is compared only with the one the same
 * client has shown before, so the time it takes tells nobody anything new; any revocation forgets them all.
 */
export class Callers {
  readonly #identity: GateIdentity;
  readonly #known = new WeakMap<Socket, Known>();
  #epoch = 0;

  constructor(identity: GateIdentity) {
    this.#identity = identity;
  }

  /** Some token stopped working: every one is verified anew. */
  forget(): void {
    this.#epoch += 1;
  }

  authenticate(socket: Socket, token: string): GateAgent | undefined {
    const known = this.#of(socket);
    if (known.agent && known.epoch === this.#epoch && known.token === token) return known.agent;
    known.agent = this.#identity.authenticate(token);
    known.token = known.agent ? token : '';
    known.epoch = this.#epoch;
    return known.agent;
  }

  isKnownHost(socket: Socket, host: string): boolean {
    return this.#known.get(socket)?.host === host;
  }

  knowHost(socket: Socket, host: string): void {
    this.#of(socket).host = host;
  }

  #of(socket: Socket): Known {
    const known = this.#known.get(socket);
    if (known) return known;
    const fresh: Known = { host: undefined, token: '', agent: undefined, epoch: this.#epoch };
    this.#known.set(socket, fresh);
    return fresh;
  }
}
