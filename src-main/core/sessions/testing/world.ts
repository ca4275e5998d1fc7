import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Approval, AuditEntry, LiveEvent, Session, SessionId } from '#contract';
import { Approvals, approvalsSchema } from '../../approvals/index.ts';
import { DisposableStack } from '../../base/disposable.ts';
import { entryPath } from '../../base/entries.ts';
import { silentLog } from '../../base/log.ts';
import type { Actor } from '../../base/principal.ts';
import { DEMO_SERVICE, DemoService, Gate } from '../../gate/index.ts';
import { Identity, identitySchema } from '../../identity/index.ts';
import { Ledger } from '../../ledger/index.ts';
import { LiveHub } from '../../live/index.ts';
import { openDatabase } from '../../store/index.ts';
import { Vault } from '../../vault/index.ts';
import { PtyHostClient, Sessions, type SessionsOptions, sessionsSchema } from '../index.ts';

export const OWNER: Actor = { name: 'owner', via: 'app' };
const RESOURCES = resolve(dirname(fileURLToPath(import.meta.url)), '../../../../resources');
/** Shared with processes a test starts over the same state folder. */
process.env.AEGIS_TEST_MASTER_KEY ??= randomBytes(32).toString('hex');
const environmentKey = process.env.AEGIS_TEST_MASTER_KEY;

/** One run of the control plane over a state folder; the terminal host is shared by all runs, as in the product. */
export interface Plane {
  readonly sessions: Sessions;
  readonly approvals: Approvals;
  readonly identity: Identity;
  readonly ledger: Ledger;
  readonly vault: Vault;
  readonly gateUrl: string;
  readonly ptyHost: PtyHostClient;
  readonly events: LiveEvent[];
  /** Lets go of everything but the host. */
  stop(): Promise<void>;
}

/** A state folder, a home folder and a project folder of their own, with real parts on top. */
export class World {
  readonly dir: string;
  readonly project: string;
  readonly home: string;
  readonly env: NodeJS.ProcessEnv;
  readonly #options: Partial<SessionsOptions>;
  #plane: Plane | undefined;

  constructor(options: Partial<SessionsOptions> & { env?: NodeJS.ProcessEnv; dir?: string } = {}) {
    const { env = {}, dir, ...rest } = options;
    this.dir = dir ?? realpathSync(mkdtempSync(join(tmpdir(), 'aegis-sessions-')));
    this.project = join(this.dir, 'project');
    this.home = join(this.dir, 'home');
    mkdirSync(this.project, { recursive: true });
    mkdirSync(this.home, { recursive: true });
    this.env = { PATH: process.env.PATH, HOME: this.home, SHELL: '/bin/bash', LANG: 'C.UTF-8', ...env };
    this.#options = rest;
  }

  get plane(): Plane {
    if (!this.#plane) throw new Error('start() first');
    return this.#plane;
  }

  async start(): Promise<Plane> {
    this.#plane = await openPlane(this, this.#options);
    return this.#plane;
  }

  async restart(): Promise<Plane> {
    await this.plane.stop();
    return this.start();
  }

  get hostOptions() {
    return { runDir: join(this.dir, 'run'), entry: entryPath('pty-host'), log: silentLog() };
  }

  async dispose(): Promise<void> {
    await this.#plane?.ptyHost.shutdownHost().catch(() => undefined);
    await this.#plane?.stop();
    await PtyHostClient.shutdownAny(this.hostOptions);
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  }
}

async function openPlane(world: World, over: Partial<SessionsOptions>): Promise<Plane> {
  const stack = new DisposableStack();
  const log = silentLog();
  const live = new LiveHub();
  const events: LiveEvent[] = [];
  live.subscribe((event) => events.push(event));
  const ledger = await Ledger.open({
    path: join(world.dir, 'ledger.db'),
    anchorPath: join(world.dir, 'head.json'),
    log,
  });
  stack.add(ledger);
  const vault = await Vault.open({
    dir: join(world.dir, 'vaults'),
    name: 'default',
    ledger,
    live,
    log,
    environmentKey,
  });
  stack.add(vault);
  const db = openDatabase(join(world.dir, 'aegis.db'), [identitySchema, approvalsSchema, sessionsSchema]);
  stack.onDispose(() => void db.close());
  const credentials = {
    byName: (_: string, name: string) => vault.get(name),
    byId: (id: Parameters<Vault['getById']>[0]) => vault.getById(id),
  };
  const identity = new Identity({ db, ledger, live, log, credentials });
  stack.add(identity);
  const approvals = new Approvals({ db, ledger, live, log });
  stack.add(approvals);
  const gate = new Gate({ vault, identity, ledger, live, log });
  stack.add(gate);
  const { url } = await gate.listen({ host: '127.0.0.1', port: 0 });
  const key = randomBytes(24).toString('hex');
  const service = await DemoService.start(key);
  stack.add(service);
  const ensure = async () => {
    if (vault.forService(DEMO_SERVICE).length === 0) await vault.add(service.credential(key), OWNER);
  };
  const ptyHost = await PtyHostClient.start(world.hostOptions);
  stack.add(ptyHost);
  const sessions = new Sessions({
    db,
    ptyHost,
    identity,
    vault,
    approvals,
    ledger,
    live,
    log,
    gateUrl: () => url,
    demo: { ensure },
    resourcesDir: RESOURCES,
    baseEnv: world.env,
    ...over,
  });
  stack.add(sessions);
  await sessions.restore();
  return {
    sessions,
    approvals,
    identity,
    ledger,
    vault,
    gateUrl: url,
    ptyHost,
    events,
    stop: () => stack.dispose(),
  };
}

/** Looks every few ms until `look` returns something. Bounded: rejects with `what` after 15 seconds. */
export async function until<T>(what: string, look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const end = Date.now() + 15_000;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error(`waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export const inState = (plane: Plane, id: SessionId, state: Session['state']): Promise<Session> =>
  until(`session ${state}`, () => {
    const session = plane.sessions.get(id);
    return session.state === state ? session : undefined;
  });

export const nextQuestion = (plane: Plane, id: SessionId, but: readonly string[] = []): Promise<Approval> =>
  until('a question', () =>
    plane.sessions.get(id).state === 'waiting_permission'
      ? plane.approvals.pendingFor(id).find((approval) => !but.includes(approval.id))
      : undefined,
  );

export const onScreen = (plane: Plane, id: SessionId, text: string): Promise<string> =>
  until(`"${text}" on screen`, async () => {
    const screen = await plane.sessions.screen(id);
    return screen.text.includes(text) ? screen.text : undefined;
  });

/** What the ledger says about a session, oldest first. */
export const story = (plane: Plane, id: SessionId): AuditEntry[] =>
  plane.ledger.list({ session_id: id, limit: 500 }).items.toReversed();
