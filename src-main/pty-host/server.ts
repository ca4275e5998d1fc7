import { randomBytes } from 'node:crypto';
import { chmodSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { HostError } from './errors.ts';
import {
  FrameReader,
  KIND_JSON,
  KIND_VIEWER,
  MAX_FRAME,
  MAX_GREETING,
  sendJson,
  sendViewerFrame,
} from './framing.ts';
import type { Host, Outlet } from './host.ts';
import type { HostLog } from './host-log.ts';
import {
  Hello,
  type HostEvent,
  OPERATIONS,
  type Operation,
  type OperationInput,
  PROTOCOL_VERSION,
  Request,
} from './protocol.ts';
import { proof, sameProof } from './run-files.ts';

const GREETING_MS = 5_000;
const MAX_STRANGERS = 16;
/** A control plane that does not read: it is cut off, and sessions go on without it. */
const MAX_UNSENT = 64 * 1024 * 1024;
/** What another version may still ask for. */
const STABLE_OPERATIONS: readonly string[] = ['shutdown', 'list', 'ping'];

export interface HostServerOptions {
  readonly secret: string;
  readonly instance: string;
  readonly hookPort: () => number;
  readonly log: HostLog;
}

/** The local socket: lets in one control plane at a time, after both sides proved that they know the secret. */
export class HostServer implements Outlet {
  readonly #options: HostServerOptions;
  readonly #server: Server;
  readonly #strangers = new Set<Socket>();
  #host: Host | undefined;
  #client: Socket | undefined;

  constructor(options: HostServerOptions) {
    this.#options = options;
    this.#server = createServer((socket) => this.#meet(socket));
  }

  serve(host: Host): void {
    this.#host = host;
  }

  get connected(): boolean {
    return this.#client !== undefined;
  }

  listen(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(path, () => {
        if (process.platform !== 'win32') chmodSync(path, 0o600);
        resolve();
      });
    });
  }

  event(event: HostEvent): void {
    if (this.#client) this.#guard(this.#client, sendJson(this.#client, event));
  }

  viewerFrame(viewer: number, frame: Uint8Array): void {
    if (this.#client) this.#guard(this.#client, sendViewerFrame(this.#client, viewer, frame));
  }

  dispose(): void {
    this.#server.close();
    for (const socket of this.#strangers) socket.destroy();
    // What was written last, such as the answer to "shutdown", still goes out.
    this.#client?.end();
  }

  #guard(socket: Socket, free: boolean): void {
    if (free || socket.writableLength < MAX_UNSENT) return;
    this.#options.log.write('control plane does not read; connection cut');
    socket.destroy();
  }

  #meet(socket: Socket): void {
    if (this.#strangers.size >= MAX_STRANGERS) {
      socket.destroy();
      return;
    }
    this.#strangers.add(socket);
    const reader = new FrameReader(MAX_GREETING);
    const nonce = randomBytes(24).toString('hex');
    const timer = setTimeout(() => socket.destroy(), GREETING_MS);
    let known: { compatible: boolean } | undefined;
    socket.on('data', (chunk) => {
      try {
        for (const frame of reader.push(chunk)) {
          if (known) this.#receive(socket, frame.kind, frame.payload, known.compatible);
          else {
            known = this.#admit(socket, nonce, JSON.parse(frame.payload.toString('utf8')));
            clearTimeout(timer);
            reader.limit = MAX_FRAME;
          }
        }
      } catch {
        this.#options.log.write('connection refused: it does not keep to the protocol or know the secret');
        socket.destroy();
      }
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      clearTimeout(timer);
      this.#strangers.delete(socket);
      if (this.#client === socket) this.#left();
    });
    sendJson(socket, { t: 'challenge', protocol: PROTOCOL_VERSION, nonce });
  }

  /** @throws when the proof is wrong. */
  #admit(socket: Socket, nonce: string, message: unknown): { compatible: boolean } {
    const hello = Hello.parse(message);
    const { secret, instance, hookPort, log } = this.#options;
    if (!sameProof(hello.proof, proof(secret, 'client', nonce, hello.nonce))) throw new Error('wrong proof');
    this.#strangers.delete(socket);
    sendJson(socket, {
      t: 'welcome',
      proof: proof(secret, 'host', nonce, hello.nonce),
      protocol: PROTOCOL_VERSION,
      instance,
      pid: process.pid,
      hook_port: hookPort(),
      live_sessions: this.#host?.liveSessions ?? 0,
    });
    const compatible = hello.protocol === PROTOCOL_VERSION;
    log.write('control plane connected', { client: hello.pid, compatible });
    if (compatible) this.#follow(socket);
    return { compatible };
  }

  /** The newest control plane is the one that counts. */
  #follow(socket: Socket): void {
    const old = this.#client;
    if (old) {
      sendJson(old, { t: 'event', event: 'replaced' } satisfies HostEvent);
      this.#host?.forgetViewers();
      old.end();
    }
    this.#client = socket;
    this.#host?.greet();
  }

  #left(): void {
    this.#client = undefined;
    this.#host?.forgetViewers();
    this.#options.log.write('control plane left');
  }

  #receive(socket: Socket, kind: number, payload: Buffer, compatible: boolean): void {
    if (kind === KIND_VIEWER) {
      if (this.#client === socket) this.#host?.viewerFrame(payload.readUInt32BE(0), payload.subarray(4));
      return;
    }
    if (kind !== KIND_JSON) throw new Error('unknown frame kind');
    const request = Request.parse(JSON.parse(payload.toString('utf8')));
    // One that was replaced has nothing to say any more.
    if (compatible && this.#client !== socket) return;
    sendJson(socket, { t: 'response', n: request.n, ...this.#answer(request.op, request.input, compatible) });
  }

  #answer(op: string, input: unknown, compatible: boolean): { output: unknown } | { error: unknown } {
    try {
      if (!Object.hasOwn(OPERATIONS, op) || (!compatible && !STABLE_OPERATIONS.includes(op))) {
        throw new HostError('INVALID_INPUT', `The terminal host knows no operation "${op}".`);
      }
      const operation = op as Operation;
      const parsed = OPERATIONS[operation][0].safeParse(input);
      if (!parsed.success) {
        const issue = parsed.error.issues[0];
        throw new HostError('INVALID_INPUT', `${operation}: ${issue?.path.join('.')} ${issue?.message}`);
      }
      const output = this.#host?.handle(operation, parsed.data as OperationInput<typeof operation>);
      return { output: output ?? {} };
    } catch (error) {
      if (error instanceof HostError) {
        const { code, message, hint } = error;
        return { error: { code, detail: message, ...(hint === undefined ? {} : { hint }) } };
      }
      const reason = error instanceof Error ? error.message : String(error);
      this.#options.log.write('an operation failed', { op, reason });
      return { error: { code: 'INTERNAL', detail: `The terminal host failed at "${op}": ${reason}.` } };
    }
  }
}
