import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentId, AuditEntry, AuditFilter, Credential, CredentialInput } from '#contract';
import { DisposableStack } from '../../base/disposable.ts';
import { silentLog } from '../../base/log.ts';
import type { Actor } from '../../base/principal.ts';
import { Identity, identitySchema } from '../../identity/index.ts';
import { Ledger } from '../../ledger/index.ts';
import { LiveHub } from '../../live/index.ts';
import { openDatabase } from '../../store/index.ts';
import { Vault } from '../../vault/index.ts';
import { Gate, type GateOptions } from '../gate.ts';

export const ACTOR: Actor = { name: 'tester', via: 'app' };
const NEVER = 10_000;

/** A Gate with a real vault, identity and ledger in a folder of its own. */
export class World {
  readonly gate: Gate;
  readonly vault: Vault;
  readonly identity: Identity;
  readonly ledger: Ledger;
  readonly live: LiveHub;
  readonly port: number;
  readonly url: string;
  readonly #stack: DisposableStack;

  static async open(gateOptions: Partial<GateOptions> = {}): Promise<World> {
    const stack = new DisposableStack();
    const dir = mkdtempSync(join(tmpdir(), 'aegis-gate-'));
    stack.onDispose(() => rmSync(dir, { recursive: true, force: true }));
    const log = silentLog();
    const live = new LiveHub();
    const ledger = await Ledger.open({
      path: join(dir, 'ledger.db'),
      anchorPath: join(dir, 'head.json'),
      log,
    });
    stack.add(ledger);
    const environmentKey = randomBytes(32).toString('hex');
    const vault = await Vault.open({
      dir: join(dir, 'vaults'),
      name: 'default',
      ledger,
      live,
      log,
      environmentKey,
    });
    stack.add(vault);
    const db = openDatabase(join(dir, 'aegis.db'), [identitySchema]);
    stack.onDispose(() => void db.close());
    const credentials = {
      byName: (_vault: string, name: string) => vault.get(name),
      byId: (id: Credential['id']) => vault.getById(id),
    };
    const identity = new Identity({ db, ledger, live, log, credentials });
    stack.add(identity);
    const gate = new Gate({ vault, identity, ledger, live, log, ...gateOptions });
    stack.add(gate);
    const { port, url } = await gate.listen({ host: '127.0.0.1', port: 0 });
    return new World({ gate, vault, identity, ledger, live, port, url, stack });
  }

  private constructor(parts: {
    gate: Gate;
    vault: Vault;
    identity: Identity;
    ledger: Ledger;
    live: LiveHub;
    port: number;
    url: string;
    stack: DisposableStack;
  }) {
    this.gate = parts.gate;
    this.vault = parts.vault;
    this.identity = parts.identity;
    this.ledger = parts.ledger;
    this.live = parts.live;
    this.port = parts.port;
    this.url = parts.url;
    this.#stack = parts.stack;
  }

  /** A credential towards a loopback service. */
  credential(
    service: string,
    upstream: string,
    secret: string,
    more: Partial<CredentialInput> = {},
  ): Promise<Credential> {
    return this.vault.add(
      {
        name: service,
        service,
        secret,
        domains: [new URL(upstream).host],
        auth_type: 'bearer',
        upstream,
        allow_private: true,
        ...more,
      },
      ACTOR,
    );
  }

  async agent(name: string, ...credentials: string[]): Promise<{ id: AgentId; token: string }> {
    const { id, token } = await this.identity.create(name, ACTOR);
    for (const credential of credentials) await this.identity.grant(id, credential, 'default', ACTOR);
    return { id, token };
  }

  /** The Gate's entries, oldest first. */
  entries(filter: AuditFilter = {}): AuditEntry[] {
    const { items } = this.ledger.list({ ...filter, limit: 500 });
    return items.filter((entry) => entry.action.startsWith('gate.')).reverse();
  }

  /** Waits for an entry that is written after the answer. */
  async completed(requestId: string): Promise<AuditEntry> {
    return await eventually(() => this.entries({ request_id: requestId, action: 'gate.completed' }).at(0));
  }

  dispose(): Promise<void> {
    return this.#stack.dispose();
  }
}

/** Polls until there is a value; the limit only keeps a failing test from hanging. */
export async function eventually<T>(look: () => T | undefined | false): Promise<T> {
  const until = performance.now() + NEVER;
  for (;;) {
    const value = look();
    if (value !== undefined && value !== false) return value;
    if (performance.now() > until) throw new Error('it never happened');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
