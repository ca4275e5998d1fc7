import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { RPCHandler } from '@orpc/server/ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { SessionId } from '#contract';
import { isInputFrame } from '#contract/terminal-frames.ts';
import { AegisError } from '../../core/base/errors.ts';
import { newId } from '../../core/base/ids.ts';
import { may, type Principal } from '../../core/base/principal.ts';
import type { ControlPlane } from '../../core/control-plane.ts';
import type { AegisRouter, RouterContext } from '../../core/router/index.ts';
import type { OriginGuard } from './origin-guard.ts';
import { splitPagePath } from './page-path.ts';
import { problem } from './problem.ts';
import { endWith } from './raw-answer.ts';
import type { Shown, SignIns } from './sign-in.ts';

/** Prompts and pasted text fit; nothing larger belongs in one message. */
const MAX_MESSAGE = 4 * 1024 * 1024;
const PING_MS = 30_000;
/** Connections at once; a console uses one plus one for each visible terminal. */
const MAX_SOCKETS = 200;
/** Closing codes of RFC 6455, section 7.4.1 and the private range. */
const GOING_AWAY = 1001;
const POLICY = 1008;
const SIGNED_OUT = 4401;

interface SocketDoorOptions {
  readonly plane: ControlPlane;
  readonly router: AegisRouter;
  readonly signIns: SignIns;
}

/** The WebSockets of the HTTP door: `/rpc` carries the contract, `/v1/sessions/{id}/terminal` terminal bytes. */
export class SocketDoor {
  readonly #options: SocketDoorOptions;
  readonly #rpc: RPCHandler<RouterContext>;
  readonly #server = new WebSocketServer({
    noServer: true,
    maxPayload: MAX_MESSAGE,
    perMessageDeflate: false,
  });
  readonly #alive = new WeakSet<WebSocket>();
  /** Connections the HTTP server gave away: it neither counts nor closes them. */
  readonly #given = new Set<Duplex>();
  readonly #ping: NodeJS.Timeout;

  constructor(options: SocketDoorOptions) {
    this.#options = options;
    this.#rpc = new RPCHandler(options.router);
    this.#ping = setInterval(() => this.#dropSilent(), PING_MS);
    this.#ping.unref();
  }

  serve(server: Server, guard: OriginGuard): void {
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#given.add(socket);
      socket.on('close', () => this.#given.delete(socket));
      this.#upgrade(request, socket, head, guard).catch((error: unknown) => refuse(socket, error));
    });
  }

  dispose(): void {
    clearInterval(this.#ping);
    for (const client of this.#server.clients) client.terminate();
    for (const socket of this.#given) socket.destroy();
    this.#server.close();
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, guard: OriginGuard): Promise<void> {
    socket.on('error', () => socket.destroy());
    guard.check(request, { navigation: false });
    const principal = await this.#options.signIns.identify(shownBy(request));
    if (principal === null) throw new AegisError('UNAUTHENTICATED', 'This connection needs a sign-in.');
    if (principal.kind === 'session') {
      throw new AegisError('PERMISSION_MISSING', 'A session token opens no WebSocket.');
    }
    if (this.#server.clients.size >= MAX_SOCKETS) {
      throw new AegisError('RATE_LIMITED', 'Too many open connections.', {
        data: { policy: 'connections', limit: MAX_SOCKETS },
      });
    }
    const path = splitPagePath(request.url ?? '').target.split('?')[0] ?? '';
    const connect = this.#handlerFor(path, principal, request);
    this.#server.handleUpgrade(request, socket, head, (ws) => {
      this.#watch(ws, request);
      connect(ws);
    });
  }

  #handlerFor(path: string, principal: Principal, request: IncomingMessage): (ws: WebSocket) => void {
    if (path === '/rpc')
      return (ws) => void this.#rpc.upgrade(ws, { context: rpcContext(principal, request) });
    const session = SessionId.safeParse(/^\/v1\/sessions\/([^/]+)\/terminal$/.exec(path)?.[1]);
    if (!session.success) throw new AegisError('NOT_FOUND', `There is no WebSocket at ${path}.`);
    if (!may(principal, 'sessions:read')) {
      throw new AegisError('PERMISSION_MISSING', 'Watching a terminal needs the permission sessions:read.');
    }
    const { sessions } = this.#options.plane.services;
    sessions.get(session.data);
    return (ws) => this.#terminal(ws, session.data, may(principal, 'sessions:write'));
  }

  #terminal(ws: WebSocket, id: SessionId, mayType: boolean): void {
    const viewer = this.#options.plane.services.sessions.attach(id, {
      send: (frame) => ws.send(frame, { binary: true }),
      closed: (reason) => ws.close(GOING_AWAY, reason.slice(0, 120)),
    });
    ws.on('message', (data, isBinary) => {
      if (!isBinary || !Buffer.isBuffer(data)) ws.close(POLICY, 'binary frames only');
      else if (mayType || !isInputFrame(data)) viewer.receive(data);
    });
    ws.on('close', () => viewer.dispose());
  }

  /** A sign-in that ends takes its connections with it; one that went away silently is noticed by ping. */
  #watch(ws: WebSocket, request: IncomingMessage): void {
    const stop = this.#options.signIns.onEnd(shownBy(request), () => ws.close(SIGNED_OUT, 'signed out'));
    this.#alive.add(ws);
    ws.on('pong', () => this.#alive.add(ws));
    ws.on('close', stop);
    ws.on('error', () => ws.terminate());
  }

  #dropSilent(): void {
    for (const ws of this.#server.clients) {
      if (!this.#alive.has(ws)) ws.terminate();
      this.#alive.delete(ws);
      ws.ping();
    }
  }
}

const rpcContext = (principal: Principal, request: IncomingMessage): RouterContext => ({
  principal,
  via: principal.kind === 'console' ? 'console' : 'api',
  request_id: newId('req'),
  // A console that reconnects has missed events: its first one is `reset`.
  last_event_id: request.url?.includes('resume=1') ? 'resume' : undefined,
  openTerminal: (id) => ({ kind: 'websocket', path: `/v1/sessions/${id}/terminal` }),
});

const shownBy = (request: IncomingMessage): Shown => ({
  headers: request.headers,
  url: request.url ?? '',
  address: request.socket.remoteAddress ?? '',
});

/** Before the upgrade an error is still an HTTP answer. */
function refuse(socket: Duplex, error: unknown): void {
  const known = error instanceof AegisError ? error : new AegisError('INTERNAL', 'unexpected error');
  const { code, status, message, hint, data } = known;
  const request_id = newId('req');
  const extra = { ...(hint === undefined ? {} : { hint }), ...data };
  const body = JSON.stringify(problem({ code, status, detail: message, request_id, data: extra }));
  endWith(socket, `${status} ${STATUS_CODES[status] ?? 'Refused'}`, request_id, body);
}
