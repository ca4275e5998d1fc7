import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Transform } from 'node:stream';
import type { Dispatcher } from 'undici';
import { decoderFor } from './decoding.ts';
import { forwardableHeaders, responseHead, trailerLines } from './headers.ts';
import type { Completion, Inquiry } from './inquiry.ts';
import type { Admitted } from './judge.ts';
import type { Refusal } from './refusal.ts';
import type { ScrubStream } from './scrub.ts';
import { explainUpstream, isStaleSocket } from './upstream-errors.ts';

/** What an exchange tells the Gate. */
export interface ExchangeHost {
  /** Coarse time in milliseconds, advanced by the Gate's own tick. */
  readonly tick: number;
  /** Answers with a refusal; called only while nothing of the answer was sent. */
  answer(exchange: Exchange, refusal: Refusal): void;
  /** The exchange is over, in whatever way; called exactly once. */
  settled(exchange: Exchange, end: Completion): void;
}

/** With its head it still fits the buffer Node writes short strings from. */
const SMALL_BODY_BYTES = 8 * 1024;

/** The agent hung up. Not a fault, but the answer was not delivered. */
const CLIENT_GONE: Refusal = {
  code: 'REQUEST_TIMEOUT',
  detail: 'The agent closed the connection before the answer was complete.',
  hint: '',
};

/**
 * One forwarded request: the agent's request and response on one side, undici's dispatch callbacks on the other, and
 * nothing in between but the scrubber. Back-pressure runs both ways: undici pauses the agent's body when the service is
 * slow, and the service's socket is paused when the agent is.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly inquiry: Inquiry;
  readonly admitted: Admitted;
  readonly #host: ExchangeHost;
  readonly #hasBody: boolean;
  #abortUpstream: ((error?: Error) => void) | undefined;
  #resumeUpstream: (() => void) | undefined;
  #scrub: ScrubStream | undefined;
  #decoder: Transform | undefined;
  #status: number | null = null;
  /** Body bytes the service announced and that are still to come; undefined when it did not say. */
  #remaining: number | undefined;
  /** The agent can tell from the framing whether the answer is whole. */
  #framed = false;
  #bytesIn = 0;
  #bytesOut = 0;
  #retried = false;
  #waitingForDrain = false;
  #settled = false;
  /** Tick of the last body byte from the agent, and since when the agent has not read; for the Gate's sweep. */
  uploadedAt: number;
  blockedSince: number | undefined;
  #dispatched = false;
  /** Its entry was handed to the ledger. */
  recorded = false;

  constructor(
    host: ExchangeHost,
    req: IncomingMessage,
    res: ServerResponse,
    inquiry: Inquiry,
    admitted: Admitted,
  ) {
    this.#host = host;
    this.req = req;
    this.res = res;
    this.inquiry = inquiry;
    this.admitted = admitted;
    this.uploadedAt = host.tick;
    // From now on, so that its sockets are not given up while the address is checked or the entry written.
    admitted.upstream.inFlight += 1;
    const { headers } = req;
    this.#hasBody =
      headers['transfer-encoding'] !== undefined ||
      (headers['content-length'] !== undefined && headers['content-length'] !== '0');
    res.on('close', () => this.fail(undefined));
    // A body that breaks off is reported by `close`; without a listener it would be an unhandled error.
    if (this.#hasBody) req.on('error', () => undefined);
  }

  get isSettled(): boolean {
    return this.#settled;
  }

  /** Body bytes are still expected and the agent is not being held back. */
  get awaitsUpload(): boolean {
    return this.#dispatched && this.#hasBody && !this.req.complete && this.req.readableFlowing === true;
  }

  /** Sends the request on. Only after its ledger entry is durable. */
  dispatch(): void {
    const { admitted, req, inquiry } = this;
    this.#dispatched = true;
    const injected = admitted.opened.header;
    const headers = forwardableHeaders(req.rawHeaders, admitted.token, injected?.name);
    const length = req.headers['content-length'];
    if (this.#hasBody && length !== undefined) headers.push('content-length', length);
    // Last, so that nothing the agent sends can take its place.
    if (injected) headers.push(injected.name, injected.value);
    admitted.upstream.dispatch(
      { path: admitted.path, method: inquiry.method, headers, body: this.#hasBody ? req : null },
      this,
    );
  }

  /**
   * Ends the exchange before its time: upstream is cancelled, the agent gets the refusal if nothing was sent yet, and a
   * broken connection otherwise, never a clean end.
   * @param why undefined when the agent itself is gone
   */
  fail(why: Refusal | undefined): void {
    if (this.#settled) return;
    // With the rest of a body still to come, the connection cannot carry another request.
    const close = why?.close === true || (this.#hasBody && !this.req.complete);
    if (why && !this.res.headersSent) this.#host.answer(this, { ...why, close });
    else if (!this.res.destroyed) this.#truncate();
    const reason = why ?? CLIENT_GONE;
    this.#settle(why ? reason.code : 'CLIENT_GONE', reason.detail);
    this.#abortUpstream?.(new Error('aborted'));
    this.#decoder?.destroy();
  }

  /** Drops an exchange that never became one: its ledger entry could not be written. */
  discard(): void {
    this.#settled = true;
    this.admitted.upstream.inFlight -= 1;
  }

  // undici's handler. The older callback names give raw header lines and no objects per request.

  onConnect(abort: (error?: Error) => void): void {
    this.#abortUpstream = abort;
    if (this.#settled) abort(new Error('aborted'));
  }

  onHeaders(status: number, raw: Buffer[], resume: () => void, statusText: string): boolean {
    // 103 Early Hints and the like are for this hop.
    if (status < 200) return true;
    this.#status = status;
    this.#resumeUpstream = resume;
    const { scrubber, query } = this.admitted.opened;
    const { headers, length, encoding } = responseHead(raw, scrubber, query !== undefined);
    const bodiless = this.inquiry.method === 'HEAD' || status === 204 || status === 304;
    headers.push('x-aegis-request-id', this.inquiry.id);
    if (!bodiless && encoding !== undefined && !this.#decode(encoding)) return false;
    if (bodiless && encoding !== undefined) headers.push('content-encoding', encoding);
    if (!this.#decoder) {
      if (length !== undefined) headers.push('content-length', String(length));
      this.#framed = length !== undefined;
      if (!bodiless) this.#remaining = length;
    }
    this.#scrub = scrubber.stream();
    this.res.writeHead(status, scrubber.text(statusText), headers);
    // When the body's first bytes did not come along, the head goes out on its own: an SSE client waits for it.
    if (!bodiless) queueMicrotask(this.#flushHead);
    return true;
  }

  onData(chunk: Buffer): boolean {
    if (!this.#decoder) return this.#pass(chunk);
    if (this.#decoder.write(chunk)) return true;
    this.#decoder.once('drain', () => this.#resumeUpstream?.());
    return false;
  }

  onComplete(trailers: string[] | Buffer[] | null): void {
    if (this.#settled) return;
    if (this.#decoder) {
      this.#decoder.once('end', () => this.#finish(trailers));
      this.#decoder.end();
    } else {
      this.#finish(trailers);
    }
  }

  onError(error: Error): void {
    if (this.#settled) return;
    const gone = this.req.destroyed && this.res.socket?.destroyed !== false;
    const repeatable = !this.#hasBody && ['GET', 'HEAD', 'OPTIONS'].includes(this.inquiry.method);
    if (!gone && this.#status === null && repeatable && !this.#retried && isStaleSocket(error)) {
      // A kept-alive socket the service had closed meanwhile: nothing was answered, and asking twice changes nothing.
      this.#retried = true;
      this.dispatch();
    } else {
      this.fail(gone ? undefined : explainUpstream(error, this.admitted.upstream.authority));
    }
  }

  onBodySent(chunk: string | Uint8Array | number): void {
    this.#bytesIn += typeof chunk === 'number' ? chunk : chunk.length;
    this.uploadedAt = this.#host.tick;
  }

  readonly #flushHead = (): void => {
    if (this.#bytesOut === 0 && !this.#settled && !this.res.writableEnded) this.res.flushHeaders();
  };

  /** Masks and hands on; false asks undici to wait for the agent. */
  #pass(chunk: Buffer): boolean {
    if (this.#settled) return true;
    let out = this.#scrub?.push(chunk) ?? chunk;
    if (this.#remaining !== undefined) {
      this.#remaining -= chunk.length;
      if (this.#remaining <= 0) {
        const rest = this.#scrub?.flush();
        if (rest && rest.length > 0) out = Buffer.concat([out, rest]);
        this.#last(out);
        return true;
      }
    }
    if (out.length === 0) return true;
    this.#bytesOut += out.length;
    if (this.res.write(out)) return true;
    this.#waitForDrain();
    return false;
  }

  /** The last bytes of a body of known length. */
  #last(out: Buffer): void {
    const { res } = this;
    const { socket } = res;
    const whole = this.#bytesOut === 0;
    this.#bytesOut += out.length;
    if (!whole || !socket || out.length > SMALL_BODY_BYTES) {
      res.end(out);
      return;
    }
    // Head and body as one string in one write: Node's own way is a vector of three, at twice the cost.
    socket.cork();
    res.write(out.toString('latin1'), 'latin1');
    socket.uncork();
    res.end();
  }

  #waitForDrain(): void {
    if (this.#waitingForDrain) return;
    this.#waitingForDrain = true;
    this.blockedSince = this.#host.tick;
    this.res.once('drain', () => {
      this.#waitingForDrain = false;
      this.blockedSince = undefined;
      if (this.#decoder) this.#decoder.resume();
      else this.#resumeUpstream?.();
    });
  }

  /** Bodies are scrubbed as plain bytes: a service that compresses although it was asked not to is decoded here. */
  #decode(encoding: string): boolean {
    const decoder = decoderFor(encoding);
    if (!decoder) {
      this.fail({
        code: 'UPSTREAM_FAILED',
        detail: `${this.admitted.upstream.authority} answered in the encoding "${encoding.slice(0, 40)}", which cannot be searched for the key.`,
        hint: 'Ask the service for an uncompressed answer.',
      });
      return false;
    }
    this.#decoder = decoder;
    decoder.on('data', (chunk: Buffer) => {
      if (!this.#pass(chunk)) decoder.pause();
    });
    decoder.on('error', () =>
      this.fail({
        code: 'UPSTREAM_FAILED',
        detail: `The answer of ${this.admitted.upstream.authority} is not valid ${encoding}.`,
        hint: 'Try again; if it stays so, the service has a problem.',
      }),
    );
    return true;
  }

  #finish(trailers: readonly (string | Buffer)[] | null): void {
    if (this.#settled) return;
    const { res } = this;
    if (!res.writableEnded) {
      const rest = this.#scrub?.flush();
      if (trailers && trailers.length > 0 && res.chunkedEncoding) {
        res.addTrailers(trailerLines(trailers, this.admitted.opened.scrubber));
      }
      if (rest && rest.length > 0) {
        this.#bytesOut += rest.length;
        res.end(rest);
      } else {
        res.end();
      }
    }
    // An answer that came before the whole request: nobody reads the rest, so the connection cannot be used again.
    if (this.#hasBody && !this.req.complete) this.#closeSoon();
    this.#settle(null, null);
  }

  /** Gives the agent a moment to read the answer, then closes. */
  #closeSoon(): void {
    const { socket } = this.res;
    if (!socket) return;
    setTimeout(() => socket.destroy(), 1_000).unref();
  }

  /** Breaks the connection so that no client takes what it has for the whole. */
  #truncate(): void {
    const { socket } = this.res;
    // A body that only the close would end (HTTP/1.0) needs a reset: a plain close would look complete.
    if (socket && !this.#framed && !this.res.chunkedEncoding) socket.resetAndDestroy();
    else this.res.destroy();
  }

  #settle(code: string | null, reason: string | null): void {
    this.#settled = true;
    this.admitted.upstream.inFlight -= 1;
    this.#host.settled(this, {
      status: this.#status,
      code,
      reason,
      bytesIn: this.#bytesIn,
      bytesOut: this.#bytesOut,
      masked: this.#scrub?.hits ?? 0,
    });
  }
}
