import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { answerRefusal, endSocket } from './answers.ts';
import type { Counters } from './counters.ts';
import type { Diary } from './diary.ts';
import { Inquiry } from './inquiry.ts';
import { parserRefusal } from './reasons.ts';
import type { Refusal } from './refusal.ts';
import type { UnderWay } from './under-way.ts';

/** Says no: one entry, one count and one answer for each refused request, whatever state its connection is in. */
export class Refuser {
  readonly #diary: Diary;
  readonly #counters: Counters;
  readonly #underWay: UnderWay;
  /** Connections a refusal is being written to; `broken` ones cannot carry another request. */
  readonly #answering = new WeakMap<Duplex, 'whole' | 'broken'>();

  constructor(diary: Diary, counters: Counters, underWay: UnderWay) {
    this.#diary = diary;
    this.#counters = counters;
    this.#underWay = underWay;
  }

  /** The answer waits for the entry, so that who reads the ledger next finds it. */
  refuse(
    req: IncomingMessage,
    res: ServerResponse,
    inquiry: Inquiry,
    refusal: Refusal,
    outcome: 'denied' | 'error' = 'denied',
  ): void {
    const { socket } = req;
    this.#counters.refusal(refusal.code);
    this.#answering.set(socket, 'whole');
    this.#diary.refusal(inquiry.refused(refusal, outcome), () => {
      const close = refusal.close === true || this.#answering.get(socket) === 'broken';
      if (!close) this.#answering.delete(socket);
      answerRefusal(req, res, inquiry.id, { ...refusal, close });
    });
  }

  /** The same for what has no response object: CONNECT, and bytes the parser refused. */
  refuseSocket(socket: Duplex, inquiry: Inquiry, refusal: Refusal): void {
    socket.on('error', () => undefined);
    this.#counters.refusal(refusal.code);
    this.#answering.set(socket, 'broken');
    this.#diary.refusal(inquiry.refused(refusal), () => endSocket(socket, inquiry.id, refusal));
  }

  clientError(error: Error, socket: Duplex): void {
    if (this.#answering.has(socket)) {
      // Its one answer is on the way: what follows the refused bytes needs none of its own.
      this.#answering.set(socket, 'broken');
      return;
    }
    const refusal = parserRefusal(error);
    const current = this.#underWay.find((exchange) => exchange.req.socket === socket);
    if (current) {
      // The head was fine and the body is not: the request under way ends, and its last entry says why.
      this.#answering.set(socket, 'broken');
      current.fail(refusal);
      if (!refusal) socket.destroy();
      return;
    }
    const silent = !('bytesRead' in socket) || socket.bytesRead === 0;
    if (!refusal || !socket.writable || silent) socket.destroy();
    else this.refuseSocket(socket, new Inquiry('?', '?'), refusal);
  }
}
