import { randomBytes } from 'node:crypto';
import { createConnection, type Socket } from 'node:net';
import {
  FrameReader,
  KIND_JSON,
  KIND_VIEWER,
  MAX_FRAME,
  sendJson,
  sendViewerFrame,
} from '../../pty-host/framing.ts';
import {
  Challenge,
  FromHost,
  type HostEvent,
  OPERATIONS,
  type Operation,
  type OperationInput,
  type OperationOutput,
  PROTOCOL_VERSION,
  Welcome,
} from '../../pty-host/protocol.ts';
import { type HostFile, proof, sameProof } from '../../pty-host/run-files.ts';
import { AegisError, messageOf } from '../base/errors.ts';

const GREETING_TIMEOUT_MS = 5_000;
const CALL_TIMEOUT_MS = 15_000;

interface Waiting {
  op: Operation;
  resolve(output: unknown): void;
  reject(error: unknown): void;
  timer: NodeJS.Timeout;
}

export interface LinkListener {
  event(event: HostEvent): void;
  viewerFrame(viewer: number, frame: Uint8Array): void;
  /** Once, however the connection ends. */
  closed(): void;
}

export const unavailable = (detail: string, cause?: unknown): AegisError =>
  new AegisError('PTY_HOST_UNAVAILABLE', detail, {
    hint: 'Restart Aegis. If it stays so, look into run/pty-host.log in the state folder.',
    ...(cause === undefined ? {} : { cause }),
  });

/** One authenticated connection to a host. It never reconnects; PtyHostClient makes a new one. */
export class PtyHostLink {
  readonly welcome: Welcome;
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  #listener: LinkListener | undefined;
  #early: (() => void)[] = [];
  #next = 1;
  #closed = false;

  private constructor(socket: Socket, welcome: Welcome) {
    this.#socket = socket;
    this.welcome = welcome;
  }

  /**
   * Connects and proves, both ways, that the secret of `pty-host.json` is known.
   * @throws AegisError PTY_HOST_UNAVAILABLE when nobody listens, the peer does not know the secret or does not answer.
   */
  static connect(file: HostFile): Promise<PtyHostLink> {
    return new Promise((resolve, reject) => {
      const socket = createConnection(file.socket);
      const clientNonce = randomBytes(24).toString('hex');
      const reader = new FrameReader(MAX_FRAME);
      let hostNonce: string | undefined;
      let link: PtyHostLink | undefined;
      const timer = setTimeout(() => fail(new Error('no greeting within 5 seconds')), GREETING_TIMEOUT_MS);
      const fail = (error: unknown): void => {
        clearTimeout(timer);
        socket.destroy();
        if (link) link.#end();
        else reject(unavailable(`The terminal host cannot be reached: ${messageOf(error)}.`, error));
      };
      const greet = (message: unknown): void => {
        if (hostNonce === undefined) {
          hostNonce = Challenge.parse(message).nonce;
          sendJson(socket, {
            t: 'hello',
            protocol: PROTOCOL_VERSION,
            nonce: clientNonce,
            proof: proof(file.secret, 'client', hostNonce, clientNonce),
            pid: process.pid,
          });
          return;
        }
        const welcome = Welcome.parse(message);
        if (!sameProof(welcome.proof, proof(file.secret, 'host', hostNonce, clientNonce))) {
          throw new Error('it does not know the secret of this state folder');
        }
        clearTimeout(timer);
        link = new PtyHostLink(socket, welcome);
        resolve(link);
      };
      socket.on('data', (chunk) => {
        try {
          for (const frame of reader.push(chunk)) {
            if (link) link.#receive(frame.kind, frame.payload);
            else greet(JSON.parse(frame.payload.toString('utf8')));
          }
        } catch (error) {
          fail(error);
        }
      });
      socket.on('error', fail);
      socket.on('close', () => fail(new Error('the connection was closed')));
    });
  }

  /** Events that came before are delivered now. */
  listen(listener: LinkListener): void {
    this.#listener = listener;
    const early = this.#early;
    this.#early = [];
    for (const deliver of early) deliver();
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** @throws AegisError as the host says, or PTY_HOST_UNAVAILABLE when the connection ends first. */
  call<O extends Operation>(op: O, input: OperationInput<O>): Promise<OperationOutput<O>> {
    if (this.#closed) return Promise.reject(unavailable('The connection to the terminal host is gone.'));
    const n = this.#next++;
    return new Promise<OperationOutput<O>>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(n);
        reject(unavailable(`The terminal host did not answer "${op}" within 15 seconds.`));
      }, CALL_TIMEOUT_MS);
      this.#waiting.set(n, { op, resolve: resolve as (output: unknown) => void, reject, timer });
      sendJson(this.#socket, { t: 'request', n, op, input });
    });
  }

  sendViewer(viewer: number, frame: Uint8Array): void {
    if (!this.#closed) sendViewerFrame(this.#socket, viewer, frame);
  }

  close(): void {
    this.#socket.destroy();
    this.#end();
  }

  #receive(kind: number, payload: Buffer): void {
    if (kind === KIND_VIEWER) {
      const viewer = payload.readUInt32BE(0);
      // A copy of its own: passed on to a page, a view would take the whole chunk it was read in along.
      const frame = new Uint8Array(payload.subarray(4));
      this.#deliver(() => this.#listener?.viewerFrame(viewer, frame));
      return;
    }
    if (kind !== KIND_JSON) throw new Error(`it sent a frame of unknown kind ${kind}`);
    const message = FromHost.parse(JSON.parse(payload.toString('utf8')));
    if (message.t === 'event') {
      this.#deliver(() => this.#listener?.event(message));
      return;
    }
    const waiting = this.#waiting.get(message.n);
    if (!waiting) return;
    this.#waiting.delete(message.n);
    clearTimeout(waiting.timer);
    if (message.error) {
      const { code, detail, hint } = message.error;
      waiting.reject(new AegisError(code, detail, hint === undefined ? {} : { hint }));
      return;
    }
    const output = OPERATIONS[waiting.op][1].safeParse(message.output);
    if (output.success) waiting.resolve(output.data);
    else waiting.reject(unavailable(`The terminal host answered "${waiting.op}" in a form we do not know.`));
  }

  #deliver(deliver: () => void): void {
    if (this.#listener) deliver();
    else this.#early.push(deliver);
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const waiting of this.#waiting.values()) {
      clearTimeout(waiting.timer);
      waiting.reject(unavailable('The connection to the terminal host ended before it answered.'));
    }
    this.#waiting.clear();
    this.#deliver(() => this.#listener?.closed());
  }
}
