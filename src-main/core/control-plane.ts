/** Builds the services and wires them: the only file that knows them all. */
import { join } from 'node:path';
import type { PartStatus, Status } from '#contract';
import { Approvals, approvalsSchema } from './approvals/index.ts';
import { DisposableStack } from './base/disposable.ts';
import { entryPath } from './base/entries.ts';
import { AegisError, messageOf } from './base/errors.ts';
import { listenOnFreePort } from './base/free-port.ts';
import { announceInstance, forgetInstance } from './base/instance-file.ts';
import { LastPorts } from './base/last-ports.ts';
import { createLog, type Log } from './base/log.ts';
import { privateFolder } from './base/secure-files.ts';
import type { Config, LoadedConfig } from './config/index.ts';
import { Demo } from './demo.ts';
import { Gate } from './gate/index.ts';
import { type CredentialLookup, Identity, identitySchema } from './identity/index.ts';
import { Ledger } from './ledger/index.ts';
import { ledgerCustody } from './ledger-custody.ts';
import { LiveHub } from './live/index.ts';
import { localToken } from './local-token.ts';
import type { Services } from './router/index.ts';
import { PtyHostClient, Sessions, sessionsSchema } from './sessions/index.ts';
import { openDatabase, StateLock } from './store/index.ts';
import { SystemKeychain, Vault } from './vault/index.ts';

export interface ControlPlaneOptions extends LoadedConfig {
  readonly version: string;
  readonly resourcesDir: string;
  /** The command that runs the pty-host: Node and our code in a checkout, the app itself when packaged. */
  readonly ptyHost: { readonly file: string; readonly args: readonly string[] };
  /** Node binary for our own scripts (the demo agent). Default: this process's. */
  readonly nodePath?: string;
  /** What goes before the script, where that binary is not plain Node. */
  readonly nodeArgs?: readonly string[];
}

/** One per state folder: the services, the Gate listening, and what the doors need to know. */
export class ControlPlane {
  readonly config: Config;
  readonly sources: LoadedConfig['sources'];
  readonly ports: LastPorts;
  readonly services: Services;
  readonly #runDir: string;
  readonly #gate: Gate;
  readonly #keychain: SystemKeychain | null;
  readonly #stack: DisposableStack;
  #localToken: string | null = null;
  #disposed = false;

  /** Opens everything, bottom up. What was opened is closed again when a later part fails. */
  static async open(options: ControlPlaneOptions): Promise<ControlPlane> {
    const stack = new DisposableStack();
    try {
      return await build(options, stack);
    } catch (error) {
      await stack.dispose().catch(() => undefined);
      throw error;
    }
  }

  constructor(parts: {
    options: ControlPlaneOptions;
    ports: LastPorts;
    services: Services;
    runDir: string;
    gate: Gate;
    keychain: SystemKeychain | null;
    stack: DisposableStack;
  }) {
    this.config = parts.options.config;
    this.sources = parts.options.sources;
    this.ports = parts.ports;
    this.services = parts.services;
    this.#runDir = parts.runDir;
    this.#gate = parts.gate;
    this.#keychain = parts.keychain;
    this.#stack = parts.stack;
    void this.#loadLocalToken();
  }

  gateUrl(): string | null {
    return this.#gate.status().url;
  }

  /** The token of local commands; null until the keychain answered, or where there is none. */
  localToken(): string | null {
    return this.#localToken;
  }

  /** Lets local commands find this instance. */
  announce(api: string): void {
    announceInstance(this.#runDir, {
      pid: process.pid,
      version: this.services.version,
      api,
      gate: this.gateUrl(),
      started_at: new Date(this.services.startedAt).toISOString(),
    });
    this.#apiUrl = api;
  }

  #apiUrl: string | null = null;
  apiUrl(): string | null {
    return this.#apiUrl;
  }

  /** Closes in order. Agents go on in the pty-host; what they ask waits there. */
  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    forgetInstance(this.#runDir);
    await this.services.ledger
      .append({ action: 'app.stopped', outcome: 'info', actor: 'system' })
      .catch((error: unknown) =>
        this.services.log.error({ err: error }, 'the end could not be written to the ledger'),
      );
    await this.#stack.dispose();
  }

  /** A keychain call still hangs inside the system: its thread would hold up the end of this process. */
  get keychainStuck(): boolean {
    return this.#keychain?.stuck ?? false;
  }

  /** Local commands are a convenience: without a keychain they use AEGIS_AUTH_TOKEN. */
  async #loadLocalToken(): Promise<void> {
    const { state_dir, master_key } = this.config;
    try {
      this.#localToken = await localToken({
        stateDir: state_dir,
        environmentKey: master_key,
        ...(this.#keychain === null ? {} : { keychain: this.#keychain }),
      });
    } catch (error) {
      this.services.log.info(
        { reason: String(error) },
        'local commands need AEGIS_AUTH_TOKEN: no keychain answered',
      );
    }
  }
}

async function build(options: ControlPlaneOptions, stack: DisposableStack): Promise<ControlPlane> {
  const { config } = options;
  const dir = config.state_dir;
  const runDir = join(dir, 'run');
  privateFolder(dir);
  privateFolder(runDir);
  const log = createLog(config.log_level);
  const startedAt = Date.now();
  stack.add(new StateLock(runDir));
  const ports = new LastPorts(join(runDir, 'ports.json'));
  const live = new LiveHub();

  // Starting a process takes longest: it goes beside the rest.
  const hostStarts = PtyHostClient.prepare({
    runDir,
    entry: entryPath('pty-host'),
    command: options.ptyHost,
    log,
  });
  let hostBegun = false;
  // Awaited further down; a failure until then must not end the process as unhandled.
  hostStarts.catch(() => undefined);
  stack.onDispose(() =>
    hostBegun ? undefined : hostStarts.then((host) => host.cancel()).catch(() => undefined),
  );
  const keychain =
    config.master_key === undefined ? new SystemKeychain({ limitMs: KEYCHAIN_LIMIT_MS }) : null;

  const ledger = stack.add(await Ledger.open({ ...ledgerCustody(dir, keychain, config.master_key), log }));
  const db = openDatabase(join(dir, 'aegis.db'), [identitySchema, approvalsSchema, sessionsSchema]);
  stack.onDispose(() => void db.close());
  await ledger.append({
    action: 'app.started',
    outcome: 'info',
    actor: 'system',
    details: { version: options.version },
  });

  const vault = stack.add(
    await Vault.open({
      dir: join(dir, 'vaults'),
      name: 'default',
      ledger,
      live,
      log,
      ...(keychain === null ? { environmentKey: config.master_key } : { keychain }),
    }),
  );
  const identity = stack.add(new Identity({ db, ledger, live, log, credentials: credentialsOf(vault) }));
  const approvals = stack.add(new Approvals({ db, ledger, live, log }));

  const gate = stack.add(new Gate({ vault, identity, ledger, live, log }));
  await listenGate(gate, options, ports, log);
  const demo = stack.add(new Demo(vault));

  const host = await hostStarts;
  hostBegun = true;
  const ptyHost = stack.add(host.begin());
  const sessions = stack.add(
    new Sessions({
      db,
      ptyHost,
      identity,
      vault,
      approvals,
      ledger,
      live,
      log,
      maxSessions: config.max_sessions,
      gateUrl: () => gate.status().url,
      resourcesDir: options.resourcesDir,
      demoDir: join(dir, 'demo'),
      ...(options.nodePath === undefined ? {} : { nodePath: options.nodePath }),
      ...(options.nodeArgs === undefined ? {} : { nodeArgs: options.nodeArgs }),
      demo,
    }),
  );
  await sessions.restore();

  let plane: ControlPlane | undefined;
  const status = (): Status => ({
    version: options.version,
    started_at: new Date(startedAt).toISOString(),
    state_dir: dir,
    api: { url: plane?.apiUrl() ?? null },
    gate: gate.status(),
    pty_host: ptyHostStatus(ptyHost),
    ledger: ledger.status(),
    vault: vault.info(),
    sessions: sessions.counts(),
    pending_approvals: approvals.pendingCount(),
  });
  plane = new ControlPlane({
    options,
    ports,
    runDir,
    gate,
    keychain,
    stack,
    services: {
      version: options.version,
      startedAt,
      log,
      live,
      ledger,
      vault,
      identity,
      approvals,
      sessions,
      status,
    },
  });
  publishChanges(stack, { ledger, live, log, status });
  return plane;
}

/** The ledger does not know the live hub: it lies below. Status follows what changes it, at most a few times a second. */
function publishChanges(
  stack: DisposableStack,
  { ledger, live, log, status }: Pick<Services, 'ledger' | 'live' | 'log' | 'status'>,
): void {
  stack.onDispose(ledger.onAppended((entries) => live.publish({ type: 'ledger.appended', entries })));
  let timer: NodeJS.Timeout | undefined;
  const later = (): void => {
    timer ??= setTimeout(() => {
      timer = undefined;
      try {
        live.publish({ type: 'status.changed', status: status() });
      } catch (error) {
        // Status counts rows: a database that fails must not take the Gate with it.
        log.error({ reason: messageOf(error) }, 'the status could not be told');
      }
    }, STATUS_EVERY_MS);
  };
  const stop = live.subscribe((event) => {
    if (event.type !== 'status.changed') later();
  });
  stack.onDispose(() => {
    stop();
    clearTimeout(timer);
  });
}

/** A locked keyring waits for a prompt; the app must come up meanwhile. Unlocking later asks again. */
const KEYCHAIN_LIMIT_MS = 5000;

/** The status bar needs no more than this. */
const STATUS_EVERY_MS = 250;

/** Identity knows credentials by name and id only; it lies beside the vault, not above it. */
const credentialsOf = (vault: Vault): CredentialLookup => ({
  byName: (vaultName, name) => {
    if (vaultName === vault.info().name) return vault.get(name);
    throw new AegisError('NOT_FOUND', `There is no vault named ${vaultName}.`);
  },
  byId: (id) => vault.getById(id),
});

const ptyHostStatus = (ptyHost: PtyHostClient): PartStatus =>
  ptyHost.connected
    ? { state: 'ok', detail: 'connected', hint: null }
    : {
        state: 'down',
        detail: 'the terminal host does not answer',
        hint: 'It is restarted by itself; see the log.',
      };

async function listenGate(
  gate: Gate,
  { config, sources }: ControlPlaneOptions,
  ports: LastPorts,
  log: Log,
): Promise<void> {
  const { port } = await listenOnFreePort({
    what: 'The Gate',
    host: config.host,
    port: config.gate_port,
    isDefault: sources.gate_port === 'default',
    last: ports.last('gate'),
    listen: (candidate) => gate.listen({ host: config.host, port: candidate }),
    onMoved: (wanted, holder, got) =>
      log.warn(`port ${wanted} is held by ${holder}; the Gate listens on ${got}`),
  });
  ports.remember('gate', port);
}
