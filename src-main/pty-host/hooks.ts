import { createHash, randomUUID, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { nowIso } from '../core/base/time.ts';
import type { HookCall } from './protocol.ts';

const BODY_LIMIT = 4 * 1024 * 1024;
const ROUTE = /^\/v1\/hooks\/([a-z0-9-]{1,40})\/([A-Za-z0-9_-]{1,64})$/;
/** Open questions of one session; an agent asks one at a time, subagents a few. */
const HELD_PER_SESSION = 64;
/** And all of them together, kept here and by everybody who looks. */
const HELD_BYTES = 16 * 1024 * 1024;
/** Copies kept while no control plane listens. */
const COPIES = 500;
const COPY_BYTES = 8 * 1024 * 1024;

interface HookSession {
  readonly id: string;
  readonly hash: Buffer;
  readonly held: ReadonlySet<string>;
}

interface Held {
  readonly call: HookCall;
  readonly response: ServerResponse;
}

export interface HookRelayEvents {
  /** A control plane listens: calls go to it. Otherwise they are kept. */
  listening(): boolean;
  call(call: HookCall): void;
  closed(hookId: string, sessionId: string): void;
  dropped(count: number): void;
}

/**
 * The HTTP endpoint agents call. It lives here, not in the control plane, so that a question an agent has asked stays
 * open while the app restarts. Loopback only; a session proves itself with its own token, of which only the hash is
 * known here.
 */
export class HookRelay {
  readonly #server: Server;
  readonly #events: HookRelayEvents;
  readonly #sessions = new Map<string, HookSession>();
  readonly #held = new Map<string, Held>();
  #copies: HookCall[] = [];
  #copyBytes = 0;
  #droppedCopies = 0;

  constructor(events: HookRelayEvents) {
    this.#events = events;
    this.#server = createServer(
      // The body must come in time; the answer may take as long as a person takes.
      { requestTimeout: 60_000, headersTimeout: 10_000, keepAliveTimeout: 5_000 },
      (request, response) => void this.#handle(request, response),
    );
    this.#server.timeout = 0;
    this.#server.maxConnections = 1024;
  }

  /** @returns the port, the same as long as the host lives. */
  listen(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', () => resolve((this.#server.address() as AddressInfo).port));
    });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? 0;
  }

  admit(id: string, tokenHash: string, heldEvents: readonly string[]): void {
    this.#sessions.set(tokenHash, { id, hash: Buffer.from(tokenHash, 'hex'), held: new Set(heldEvents) });
  }

  /** The session ended: its token is worthless, its open calls are cut. */
  expel(id: string): void {
    for (const [key, session] of this.#sessions) if (session.id === id) this.#sessions.delete(key);
    for (const { call, response } of this.#held.values()) if (call.session_id === id) response.destroy();
  }

  /** @returns whether somebody still waited for it. */
  reply(hookId: string, status: number, body: string): boolean {
    const held = this.#held.get(hookId);
    if (!held) return false;
    this.#held.delete(hookId);
    answer(held.response, status, body);
    return true;
  }

  /** A control plane connected: everything that is open or was kept goes to it. */
  deliver(): void {
    if (this.#droppedCopies > 0) this.#events.dropped(this.#droppedCopies);
    this.#droppedCopies = 0;
    const copies = this.#copies;
    this.#copies = [];
    this.#copyBytes = 0;
    // In the order they came, so that a question is not told after the news that it was answered.
    const all = [...copies, ...[...this.#held.values()].map((held) => held.call)];
    all.sort((a, b) => (a.received_at < b.received_at ? -1 : a.received_at > b.received_at ? 1 : 0));
    for (const call of all) this.#events.call(call);
  }

  dispose(): void {
    for (const { response } of this.#held.values()) response.destroy();
    this.#held.clear();
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const refusal = this.#refusal(request);
    if (refusal) return refuse(response, ...refusal);
    const route = ROUTE.exec(request.url ?? '');
    if (!route) return refuse(response, 404, 'There is no such hook.');
    if (request.method !== 'POST') return refuse(response, 405, 'Hooks are delivered with POST.');
    const session = this.#authenticate(request.headers.authorization);
    if (!session) return refuse(response, 401, 'The hook token is missing or not valid any more.');
    let body: string | undefined;
    try {
      body = await readBody(request);
    } catch {
      response.destroy();
      return;
    }
    if (body === undefined) return refuse(response, 413, 'A hook body may have 4 MiB.');
    const [, agent = '', event = ''] = route;
    const held = session.held.has(event);
    const call: HookCall = {
      hook_id: `hok_${randomUUID().replaceAll('-', '')}`,
      session_id: session.id,
      agent,
      event,
      body,
      held,
      received_at: nowIso(),
    };
    if (held) this.#hold(call, response);
    else {
      answer(response, 200, '{}');
      this.#copy(call);
    }
  }

  /** Browsers can reach loopback, too: a page never calls a hook. */
  #refusal(request: IncomingMessage): [number, string] | undefined {
    const { host, origin } = request.headers;
    if (host !== `127.0.0.1:${this.port}` && host !== `localhost:${this.port}`) {
      return [403, 'The host name of this request is not ours.'];
    }
    return origin === undefined ? undefined : [403, 'Hooks are not called from web pages.'];
  }

  #authenticate(header: string | undefined): HookSession | undefined {
    const token = /^Bearer ([\x21-\x7e]{16,512})$/i.exec(header ?? '')?.[1];
    if (token === undefined) return undefined;
    const hash = createHash('sha256').update(token).digest();
    const session = this.#sessions.get(hash.toString('hex'));
    return session && timingSafeEqual(session.hash, hash) ? session : undefined;
  }

  #hold(call: HookCall, response: ServerResponse): void {
    const open = [...this.#held.values()].filter((held) => held.call.session_id === call.session_id);
    const bytes = open.reduce((sum, held) => sum + held.call.body.length, call.body.length);
    if (open.length >= HELD_PER_SESSION || bytes > HELD_BYTES) {
      refuse(response, 429, 'This session has too many open questions.');
      return;
    }
    this.#held.set(call.hook_id, { call, response });
    response.on('close', () => {
      // After an answer it is no longer in the map.
      if (this.#held.delete(call.hook_id)) this.#events.closed(call.hook_id, call.session_id);
    });
    if (this.#events.listening()) this.#events.call(call);
  }

  #copy(call: HookCall): void {
    if (this.#events.listening()) {
      this.#events.call(call);
      return;
    }
    this.#copies.push(call);
    this.#copyBytes += call.body.length;
    while (this.#copies.length > COPIES || this.#copyBytes > COPY_BYTES) {
      this.#copyBytes -= this.#copies.shift()?.body.length ?? 0;
      this.#droppedCopies += 1;
    }
  }
}

function answer(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  });
  response.end(body);
}

function refuse(response: ServerResponse, status: number, detail: string): void {
  response.setHeader('connection', 'close');
  answer(response, status, JSON.stringify({ status, detail }));
}

/** Undefined when it is too large; the rest is not read then. */
async function readBody(request: IncomingMessage): Promise<string | undefined> {
  if (Number(request.headers['content-length'] ?? 0) > BODY_LIMIT) return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    chunks.push(chunk as Buffer);
    size += (chunk as Buffer).length;
    if (size > BODY_LIMIT) return undefined;
  }
  return Buffer.concat(chunks).toString('utf8');
}
