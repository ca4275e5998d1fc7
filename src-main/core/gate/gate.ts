import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Status } from '#contract';
import type { LedgerPort } from '../base/ledger-port.ts';
import type { Log } from '../base/log.ts';
import type { LiveHub } from '../live/index.ts';
import { answerRefusal, answerText } from './answers.ts';
import { Callers } from './callers.ts';
import { Counters } from './counters.ts';
import { Diary } from './diary.ts';
import { Exchange, type ExchangeHost } from './exchange.ts';
import { type Address, connectRefused, frontDoor, malformed } from './front-door.ts';
import { hostInUrl } from './host.ts';
import { type Completion, Inquiry } from './inquiry.ts';
import { type Admitted, Judge } from './judge.ts';
import { DEFAULT_LIMITS, type GateLimits } from './limits.ts';
import { OpenedSecrets } from './opened.ts';
import type { GateIdentity, GateVault } from './ports.ts';
import * as reasons from './reasons.ts';
import { isRefusal, type Refusal } from './refusal.ts';
import { Refuser } from './refuser.ts';
import { UnderWay } from './under-way.ts';
import { explainUpstream } from './upstream-errors.ts';
import { type Resolve, systemResolve, Upstreams } from './upstreams.ts';

export interface GateOptions {
  readonly vault: GateVault;
  readonly identity: GateIdentity;
  readonly ledger: LedgerPort;
  readonly live: LiveHub;
  readonly log: Log;
  readonly limits?: Partial<GateLimits> | undefined;
  /** Certificates to trust for services instead of the system's, in PEM. */
  readonly ca?: string | undefined;
  /** Finds the addresses of a name; the system's resolver when left out. */
  readonly resolve?: Resolve | undefined;
  /** Names besides the bound address the Gate may be called by, such as a container's host name. */
  readonly names?: readonly string[] | undefined;
}

const TICK_MS = 1_000;

/**
 * The local proxy that lets an agent use a key it never sees: `/{service}/{path}` with an agent's token in, the same
 * request with the credential's secret out, and the answer back with the secret masked. Everything a request passes is
 * in `#handle`, in order; a request leaves only after its ledger entry is durable.
 */
export class Gate implements ExchangeHost {
  readonly #options: GateOptions;
  readonly #limits: GateLimits;
  readonly #upstreams: Upstreams;
  readonly #opened: OpenedSecrets;
  readonly #judge: Judge;
  readonly #diary: Diary;
  readonly #counters = new Counters();
  readonly #underWay = new UnderWay();
  readonly #refuser: Refuser;
  readonly #unsubscribe: (() => void)[];
  /** Agents and credentials marked as used since the last tick. */
  readonly #touched = new Set<string>();
  readonly #callers: Callers;
  #server: Server | undefined;
  #address: Address;
  #url: string | null = null;
  #ticker: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;
  tick = 0;

  constructor(options: GateOptions) {
    const { vault, identity } = options;
    const limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#options = options;
    this.#limits = limits;
    this.#upstreams = new Upstreams({
      resolve: options.resolve ?? systemResolve,
      connectTimeoutMs: limits.connectMs,
      headersTimeoutMs: limits.answerMs,
      bodyTimeoutMs: limits.answerIdleMs,
      connections: limits.connectionsPerService,
      ca: options.ca,
    });
    this.#opened = new OpenedSecrets(vault);
    this.#callers = new Callers(identity);
    const names = new Set(options.names?.map((name) => name.toLowerCase()));
    this.#address = { port: 0, names, callers: this.#callers };
    this.#judge = new Judge({
      vault,
      identity,
      callers: this.#callers,
      opened: this.#opened,
      upstreams: this.#upstreams,
    });
    this.#diary = new Diary(options.ledger, options.log);
    this.#refuser = new Refuser(this.#diary, this.#counters, this.#underWay);
    this.#unsubscribe = this.#subscribe();
  }

  /**
   * @param at port 0 takes any free one
   * @throws PORT_IN_USE
   */
  async listen(at: { host: string; port: number }): Promise<{ host: string; port: number; url: string }> {
    const server = this.#makeServer();
    await new Promise<void>((resolve, reject) => {
      server.once('error', (error) => reject(reasons.listenError(error, at)));
      server.listen(at.port, at.host, resolve);
    });
    const { port } = server.address() as AddressInfo;
    this.#server = server;
    this.#address = { ...this.#address, port };
    this.#url = `http://${reachable(at.host)}:${port}`;
    this.#ticker = setInterval(() => this.#sweep(), TICK_MS);
    this.#ticker.unref();
    return { host: at.host, port, url: this.#url };
  }

  /** For the status bar. */
  status(): Status['gate'] {
    const { requests, refused } = this.#counters;
    const base = { url: this.#url, requests, refused };
    if (!this.#server || this.#closing) {
      return { ...base, state: 'down', detail: 'The Gate is not listening.', hint: 'Start Aegis again.' };
    }
    if (this.#diary.down) {
      const { detail, hint } = reasons.NO_LEDGER;
      return { ...base, state: 'degraded', detail, hint };
    }
    return { ...base, state: 'ok', detail: `Listening at ${this.#url}.`, hint: null };
  }

  /** Requests under way. */
  get inFlight(): number {
    return this.#underWay.size;
  }

  /** Refuses new requests, lets those under way end for a few seconds, then breaks off the rest. */
  dispose(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const server = this.#server;
    if (server) {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await this.#underWay.drain(this.#limits.drainMs);
      this.#underWay.hangUp(() => true, reasons.SHUTTING_DOWN);
      server.closeAllConnections();
      await closed;
    }
    for (const unsubscribe of this.#unsubscribe) unsubscribe();
    clearInterval(this.#ticker);
    this.#diary.flush();
    this.#opened.clear();
    await this.#upstreams.dispose();
  }

  // The exchange's side.

  answer(exchange: Exchange, refusal: Refusal): void {
    answerRefusal(exchange.req, exchange.res, exchange.inquiry.id, refusal);
  }

  settled(exchange: Exchange, end: Completion): void {
    this.#underWay.delete(exchange);
    const { inquiry } = exchange;
    if (exchange.recorded) {
      this.#counters.completed(inquiry.service ?? 'other', end, performance.now() - inquiry.started);
      this.#diary.completion(inquiry.completed(end));
    } else {
      this.#counters.refusal(end.code ?? 'CLIENT_GONE');
      this.#diary.refusal(inquiry.ended(end));
    }
  }

  #subscribe(): (() => void)[] {
    const { vault, identity, live } = this.#options;
    return [
      identity.onRevoked((agent) => {
        this.#callers.forget();
        this.#underWay.hangUp((one) => one.admitted.agent.id === agent, reasons.TOKEN_REVOKED);
      }),
      identity.onUngranted(({ agent_id, credential_id }) =>
        this.#underWay.hangUp(
          ({ admitted }) => admitted.agent.id === agent_id && admitted.credential.id === credential_id,
          reasons.GRANT_GONE,
        ),
      ),
      vault.onLocked(() => {
        this.#opened.clear();
        this.#underWay.hangUp(() => true, reasons.VAULT_WAS_LOCKED);
      }),
      live.subscribe((event) => {
        if (event.type === 'credential.changed') this.#opened.drop(event.credential.id);
        if (event.type !== 'credential.removed') return;
        const id = event.credential_id;
        this.#opened.drop(id);
        this.#underWay.hangUp((one) => one.admitted.credential.id === id, reasons.CREDENTIAL_GONE);
      }),
    ];
  }

  #makeServer(): Server {
    const limits = this.#limits;
    const server = createServer({
      // Said although it is the default: the Gate's safety rests on it.
      insecureHTTPParser: false,
      // Missing Host headers are refused by the front door, with an entry.
      requireHostHeader: false,
      maxHeaderSize: limits.headBytes,
      headersTimeout: limits.headMs,
      // Uploads may take as long as they need while bytes come; see `UnderWay.sweep`.
      requestTimeout: 0,
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: Math.min(2_000, limits.headMs),
      noDelay: true,
    });
    server.maxConnections = limits.connections;
    server.on('request', (req, res) => this.#handle(req, res, false));
    server.on('checkContinue', (req, res) => this.#handle(req, res, true));
    server.on('checkExpectation', (req, res) =>
      this.#refuser.refuse(req, res, Inquiry.of(req), malformed('The only Expect taken is 100-continue.')),
    );
    server.on('connect', (req, socket) =>
      this.#refuser.refuseSocket(socket, Inquiry.of(req), connectRefused),
    );
    server.on('clientError', (error, socket) => this.#refuser.clientError(error, socket));
    return server;
  }

  /** The whole way of a request. @param waits the client sends its body only after a 100 Continue */
  #handle(req: IncomingMessage, res: ServerResponse, waits: boolean): void {
    const inquiry = Inquiry.of(req);
    // A client that waits for 100 Continue and gets an answer instead may or may not send its body: nobody can tell.
    const refuse = (refusal: Refusal, outcome: 'denied' | 'error' = 'denied'): void =>
      this.#refuser.refuse(req, res, inquiry, waits ? { ...refusal, close: true } : refusal, outcome);
    const verdict = this.#closing
      ? reasons.SHUTTING_DOWN
      : (frontDoor(req, this.#address) ??
        (req.url?.startsWith('/_aegis/') ? this.#own(req, res, inquiry) : this.#judged(req, inquiry)));
    if (verdict === 'answered') return;
    if (isRefusal(verdict)) {
      refuse(verdict);
      return;
    }
    const exchange = new Exchange(this, req, res, inquiry, verdict);
    this.#underWay.add(exchange);
    const { upstream } = verdict;
    if (upstream.isFresh(inquiry.started)) {
      this.#admit(exchange, waits);
      return;
    }
    upstream.check(inquiry.started).then(
      () => this.#admit(exchange, waits),
      (error: unknown) => {
        if (!this.#drop(exchange)) return;
        const refusal = explainUpstream(error, upstream.authority);
        refuse(refusal, refusal.code === 'ADDRESS_GUARD' ? 'denied' : 'error');
      },
    );
  }

  #judged(req: IncomingMessage, inquiry: Inquiry): Admitted | Refusal {
    try {
      const verdict = this.#judge.judge(req, inquiry);
      if (isRefusal(verdict)) return verdict;
      const limit = this.#limits.inFlightPerAgent;
      return this.#underWay.of(verdict.agent.id) < limit ? verdict : reasons.tooMany(limit);
    } catch (error) {
      this.#options.log.error({ err: error, request_id: inquiry.id }, 'the Gate could not judge a request');
      return reasons.INTERNAL;
    }
  }

  /** Ledger first; the request leaves when its entry is on the disk. */
  #admit(exchange: Exchange, waits: boolean): void {
    // The agent may have gone, its token been revoked or the vault locked while the address was checked …
    if (exchange.isSettled) return;
    const { inquiry, admitted, req, res } = exchange;
    exchange.recorded = true;
    this.#diary.intent(
      inquiry.allowed(),
      () => {
        this.#counters.forwarded(inquiry.service ?? 'other');
        // … or while the entry was written.
        if (exchange.isSettled) return;
        this.#touch(admitted);
        if (waits) res.writeContinue();
        exchange.dispatch();
      },
      () => {
        if (!this.#drop(exchange)) return;
        this.#counters.refusal('LEDGER_UNAVAILABLE');
        answerRefusal(req, res, inquiry.id, { ...reasons.NO_LEDGER, close: waits });
      },
    );
  }

  /** Marks agent and credential as used, once a second at most. */
  #touch({ agent, credential }: Admitted): void {
    if (this.#touched.has(agent.id) && this.#touched.has(credential.id)) return;
    this.#touched.add(agent.id).add(credential.id);
    this.#options.identity.touch(agent.id);
    this.#options.vault.touchUsed(credential.id);
  }

  /** Takes back an exchange that nothing came of; false when it has ended already. */
  #drop(exchange: Exchange): boolean {
    if (exchange.isSettled) return false;
    exchange.discard();
    this.#underWay.delete(exchange);
    return true;
  }

  /** `/_aegis/health` for everybody, `/_aegis/metrics` for agents. */
  #own(req: IncomingMessage, res: ServerResponse, inquiry: Inquiry): Refusal | 'answered' {
    const mark = req.url?.indexOf('?') ?? -1;
    const path = mark === -1 ? req.url : req.url?.slice(0, mark);
    const reads = req.method === 'GET' || req.method === 'HEAD';
    if (path === '/_aegis/health' && reads) {
      answerText(res, 'application/json', '{"status":"ok"}\n');
      return 'answered';
    }
    const caller = this.#judge.identify(req, mark === -1 ? '' : (req.url?.slice(mark) ?? ''));
    if (isRefusal(caller)) return caller;
    inquiry.agent = caller.agent;
    if (path !== '/_aegis/metrics' || !reads) return reasons.NOT_OURS;
    const gauges = { inFlight: this.#underWay.size, upstreams: this.#upstreams.size };
    answerText(res, 'text/plain; version=0.0.4; charset=utf-8', this.#counters.text(gauges));
    return 'answered';
  }

  /** Once a second: ends what hangs, forgets secrets that were not used lately. */
  #sweep(): void {
    this.tick += TICK_MS;
    this.#underWay.sweep(this.tick, this.#limits);
    this.#opened.sweep(performance.now());
    this.#touched.clear();
  }
}

/** Where programs on this machine find it: nobody can call the unspecified address. */
const reachable = (host: string): string =>
  host === '0.0.0.0' || host === '::' ? '127.0.0.1' : hostInUrl(host);
