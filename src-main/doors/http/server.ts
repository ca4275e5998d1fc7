import type { AddressInfo } from 'node:net';
import fastifyStatic from '@fastify/static';
import { OpenAPIHandler } from '@orpc/openapi/fastify';
import type { ORPCError } from '@orpc/server';
import { experimental_ZodSmartCoercionPlugin as ZodSmartCoercionPlugin } from '@orpc/zod/zod4';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { SessionId } from '#contract';
import { AegisError, messageOf } from '../../core/base/errors.ts';
import { listenOnFreePort } from '../../core/base/free-port.ts';
import { newId } from '../../core/base/ids.ts';
import type { Principal } from '../../core/base/principal.ts';
import type { ControlPlane } from '../../core/control-plane.ts';
import { createRouter, type RouterContext } from '../../core/router/index.ts';
import { whoami } from '../../core/router/system.ts';
import { Idempotency } from './idempotency.ts';
import { openApiDocument } from './openapi.ts';
import { OriginGuard } from './origin-guard.ts';
import { splitPagePath } from './page-path.ts';
import { errorHeaders, problem } from './problem.ts';
import { answerBrokenRequest } from './raw-answer.ts';
import { assertMethodAllowed, readQuery } from './request-rules.ts';
import { type Shown, SignIns } from './sign-in.ts';
import { SocketDoor } from './sockets.ts';

/** Largest JSON body: a first prompt of 100,000 characters and a secret of 512 KiB fit, escaped. */
const BODY_LIMIT = 4 * 1024 * 1024;
/** A request must have arrived whole within this time; its answer may take longer. */
const REQUEST_MS = 60_000;
/** Sockets at once, streams among them. */
const MAX_CONNECTIONS = 1024;

/** The console loads only what it is served with: no inline scripts, no other hosts, never inside a frame. */
const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

export interface HttpDoorOptions {
  readonly plane: ControlPlane;
  /** Folder of the built console; null serves the API alone. */
  readonly consoleDir: string | null;
  /** Default: a minute. */
  readonly requestMs?: number;
}

/** REST, server-sent events, the web console and its WebSockets on one port. */
export class HttpDoor {
  readonly #plane: ControlPlane;
  readonly #app: FastifyInstance;
  readonly #signIns: SignIns;
  readonly #sockets: SocketDoor;
  #url: string | null = null;

  static async open(options: HttpDoorOptions): Promise<HttpDoor> {
    const door = new HttpDoor(options);
    await door.#listen();
    return door;
  }

  private constructor({ plane, consoleDir, requestMs = REQUEST_MS }: HttpDoorOptions) {
    this.#plane = plane;
    const { services, config } = plane;
    this.#signIns = new SignIns({
      identity: services.identity,
      sessions: services.sessions,
      ledger: services.ledger,
      authToken: config.auth_token,
      localToken: () => plane.localToken(),
    });
    this.#app = Fastify({
      bodyLimit: BODY_LIMIT,
      logger: false,
      genReqId: () => newId('req'),
      return503OnClosing: true,
      requestTimeout: requestMs,
      // Node looks at the whole request's time only when the head's is not longer.
      http: {
        headersTimeout: Math.min(10_000, requestMs),
        connectionsCheckingInterval: Math.min(10_000, requestMs),
      },
      // What cannot be routed at all never reaches the hooks.
      frameworkErrors: (error, request, reply) => {
        const body = JSON.stringify(this.#problemOf(error, request.id));
        reply.hijack();
        reply.raw
          .writeHead(statusOf(error), {
            'content-type': 'application/problem+json',
            'content-length': Buffer.byteLength(body),
            'x-request-id': request.id,
          })
          .end(body);
      },
      clientErrorHandler: answerBrokenRequest,
    });
    this.#app.server.maxConnections = MAX_CONNECTIONS;
    const router = createRouter(services);
    this.#sockets = new SocketDoor({ plane, router, signIns: this.#signIns });
    this.#guardEverything();
    this.#routes(router);
    if (consoleDir !== null) this.#console(consoleDir);
  }

  get url(): string {
    if (this.#url === null) throw new AegisError('INTERNAL', 'The HTTP door is not listening.');
    return this.#url;
  }

  /** Where the console opens signed in, once. */
  signInLink(): string {
    return `${this.url}/#/sign-in?code=${this.#signIns.createCode()}`;
  }

  async dispose(): Promise<void> {
    this.#sockets.dispose();
    this.#signIns.dispose();
    this.#app.server.closeAllConnections();
    await this.#app.close();
  }

  async #listen(): Promise<void> {
    const { config, sources, ports, services } = this.#plane;
    const port = await listenOnFreePort({
      what: 'The control API',
      host: config.host,
      port: config.port,
      isDefault: sources.port === 'default',
      last: ports.last('api'),
      listen: async (candidate) => {
        await this.#app.listen({ host: config.host, port: candidate });
        return (this.#app.server.address() as AddressInfo).port;
      },
      onMoved: (wanted, holder, got) =>
        services.log.warn(`port ${wanted} is held by ${holder}; the control API listens on ${got}`),
    });
    ports.remember('api', port);
    const shown = config.host.includes(':') ? `[${config.host}]` : config.host;
    this.#url = `http://${shown}:${port}`;
    const guard = new OriginGuard(config.host, port);
    this.#guard = guard;
    this.#sockets.serve(this.#app.server, guard);
  }

  #guard: OriginGuard | null = null;

  /** Runs before anything else looks at the request. Until the port is known nothing is let in. */
  #guardEverything(): void {
    this.#app.addHook('onRequest', async (request, reply) => {
      reply.header('x-request-id', request.id);
      reply.header('x-content-type-options', 'nosniff');
      if (this.#guard === null) throw new AegisError('SHUTTING_DOWN', 'The server is not ready yet.');
      this.#guard.check(request.raw, { navigation: request.method === 'GET' && !isApi(request.url) });
    });
    this.#app.addHook('onSend', async (request, reply, payload) => {
      const type = reply.getHeader('content-type');
      // Load balancers and scripts look at the status alone.
      if (request.url === '/ready' && typeof payload === 'string' && !payload.includes('"ready":true'))
        reply.code(503);
      else if (reply.statusCode >= 400 && typeof type === 'string' && type.startsWith('application/json')) {
        reply.header('content-type', 'application/problem+json');
        if (typeof payload === 'string') errorHeaders(reply, JSON.parse(payload) as Record<string, unknown>);
      }
      if (isApi(request.url)) reply.header('cache-control', 'no-store');
      return payload;
    });
    this.#app.setErrorHandler((error, request, reply) => {
      void reply.status(statusOf(error)).send(this.#problemOf(error, request.id));
    });
    this.#app.setNotFoundHandler((request, reply) => {
      const detail = `There is nothing at ${request.method} ${request.url.split('?')[0] ?? ''}.`;
      void reply
        .status(404)
        .send(problem({ code: 'NOT_FOUND', status: 404, detail, request_id: request.id }));
    });
  }

  #problemOf(error: unknown, request_id: string): Record<string, unknown> {
    if (error instanceof AegisError) {
      const data = { ...(error.hint === undefined ? {} : { hint: error.hint }), ...error.data };
      return problem({ code: error.code, status: error.status, detail: error.message, request_id, data });
    }
    const status = statusOf(error);
    if (status < 500) return problem({ code: 'INVALID_INPUT', status, detail: messageOf(error), request_id });
    this.#plane.services.log.error({ err: error, request_id }, 'unexpected error');
    const detail = `Aegis met an error it did not expect. Look for ${request_id} in the log.`;
    return problem({ code: 'INTERNAL', status: 500, detail, request_id });
  }

  #routes(router: ReturnType<typeof createRouter>): void {
    const idempotency = new Idempotency();
    const handler = new OpenAPIHandler(router, {
      plugins: [new ZodSmartCoercionPlugin()],
      customErrorResponseBodyEncoder: (error: ORPCError<string, unknown>) =>
        problem({
          code: error.code,
          status: error.status,
          detail: error.message,
          request_id: requestIdOf(error),
          data: error.data,
        }),
      rootInterceptors: [
        async ({ request, context, prefix, next }) => {
          const key = request.headers['idempotency-key'];
          const { principal } = context as RouterContext;
          if (request.method !== 'POST' || typeof key !== 'string' || principal === null) return next();
          const route = request.url.pathname.slice(prefix?.length ?? 0);
          const scope = `${principal.kind} ${principal.name} ${route}`;
          const { outcome, again } = await idempotency.run(scope, key, await request.body(), next);
          if (!again || !outcome.response) return outcome;
          const headers = { ...outcome.response.headers, 'idempotency-replayed': 'true' };
          return { ...outcome, response: { ...outcome.response, headers } };
        },
      ],
      // The encoder above sees only the error: the request's id rides on it.
      clientInterceptors: [
        async ({ next, context }) => {
          try {
            return await next();
          } catch (error) {
            if (error instanceof Error) requestIds.set(error, (context as RouterContext).request_id);
            throw error;
          }
        },
      ],
    });
    this.#app.get('/openapi.json', async () => openApiDocument(this.#plane.services.version));
    this.#app.all('/*', async (request, reply) => {
      const principal = await this.#signIns.identify(shownBy(request));
      assertMethodAllowed(request, principal);
      readQuery(request);
      if (principal?.kind === 'console') this.#endWithSignIn(request, reply);
      const { page } = splitPagePath(request.url);
      const { matched } = await handler.handle(request, reply, {
        context: this.#context(request, reply, principal),
        ...(page === undefined ? {} : { prefix: page }),
      });
      if (!matched) reply.callNotFound();
      return reply;
    });
  }

  /** A stream that is still open when its sign-in ends is cut. */
  #endWithSignIn(request: FastifyRequest, reply: FastifyReply): void {
    const stop = this.#signIns.onEnd(shownBy(request), () => {
      // The answer to signing out itself has its own end.
      if (reply.raw.headersSent) reply.raw.destroy();
    });
    reply.raw.once('close', stop);
  }

  #context(request: FastifyRequest, reply: FastifyReply, principal: Principal | null): RouterContext {
    const lastEventId = request.headers['last-event-id'];
    return {
      principal,
      via: principal?.kind === 'console' ? 'console' : principal?.kind === 'owner' ? 'cli' : 'api',
      request_id: request.id,
      last_event_id: typeof lastEventId === 'string' ? lastEventId : undefined,
      openTerminal: (id: SessionId) => ({ kind: 'websocket', path: `/v1/sessions/${id}/terminal` }),
      signIn: {
        login: async (input) => {
          const signed = await this.#signIns.login(input, request.ip);
          reply.header('set-cookie', signed.cookie);
          return { ...whoami(signed.principal), path: signed.path };
        },
        logout: async () => {
          reply.header('set-cookie', this.#signIns.logout(shownBy(request)));
        },
      },
    };
  }

  #console(dir: string): void {
    void this.#app.register(fastifyStatic, {
      root: dir,
      wildcard: false,
      setHeaders: (response, path) => {
        for (const [name, value] of Object.entries(PAGE_HEADERS)) response.header(name, value);
        // File names of assets carry their hash; the page itself must always be fresh.
        const cache = path.endsWith('.html') ? 'no-cache' : 'public, max-age=31536000, immutable';
        response.header('cache-control', cache);
      },
    });
  }
}

const requestIds = new WeakMap<Error, string>();
const requestIdOf = (error: Error): string => requestIds.get(error) ?? 'unknown';

const API_PATH = /^\/(v1|auth|health|ready|openapi\.json|api|rpc)(\/|\?|$)/;
const isApi = (url: string): boolean => {
  const { page, target } = splitPagePath(url);
  return page !== undefined || API_PATH.test(target);
};

const shownBy = (request: FastifyRequest): Shown => ({
  headers: request.headers,
  url: request.url,
  address: request.ip,
});

/** Fastify's own errors (bad JSON, body too large) carry a status; anything else is ours to look into. */
function statusOf(error: unknown): number {
  if (error instanceof AegisError) return error.status;
  if (
    typeof error === 'object' &&
    error !== null &&
    'statusCode' in error &&
    typeof error.statusCode === 'number'
  ) {
    return error.statusCode;
  }
  return 500;
}
