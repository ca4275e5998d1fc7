import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Approval, ApprovalId } from '#contract';
import { newId } from '../base/ids.ts';
import { silentLog } from '../base/log.ts';
import { type Db, openDatabase } from '../store/index.ts';
import { Approvals, approvalsSchema } from './index.ts';
import { MemoryLedger } from './testing/ledger.ts';

/**
 * Any interleaving of asking, answering (twice at once, with old versions), retiring, expiring, a ledger that fails, and
 * crashes at the worst moment. Whatever happens: a question settles at most once, and an allow reaches the agent only if
 * a person gave it and the ledger has it.
 */
type Step =
  | { do: 'ask' }
  | { do: 'answer'; which: number; allow: boolean; version: number | undefined }
  | { do: 'answer-twice'; which: number }
  | { do: 'retire' | 'expire'; which: number }
  | { do: 'ledger'; mode: 'ok' | 'down' }
  | { do: 'crash'; during: 'nothing' | 'answer' | 'ask'; which: number };

const which = fc.nat(5);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant('ask' as const) }),
  fc.record({
    do: fc.constant('answer' as const),
    which,
    allow: fc.boolean(),
    version: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  }),
  fc.record({ do: fc.constant('answer-twice' as const), which }),
  fc.record({ do: fc.constantFrom('retire' as const, 'expire' as const), which }),
  fc.record({ do: fc.constant('ledger' as const), mode: fc.constantFrom('ok' as const, 'down' as const) }),
  fc.record({
    do: fc.constant('crash' as const),
    during: fc.constantFrom('nothing' as const, 'answer' as const, 'ask' as const),
    which,
  }),
);

class World {
  readonly dir = mkdtempSync(join(tmpdir(), 'aegis-approvals-model-'));
  readonly ledger = new MemoryLedger();
  readonly asked: ApprovalId[] = [];
  /** What reached the agent, per question. */
  readonly delivered = new Map<string, Approval['state'][]>();
  db: Db = this.#open();
  approvals: Approvals = this.#start();

  #open(): Db {
    return openDatabase(join(this.dir, 'aegis.db'), [approvalsSchema]);
  }

  #start(): Approvals {
    const { db, ledger } = this;
    const approvals = new Approvals({
      db,
      ledger,
      live: {
        publish: (event) => {
          if (event.type !== 'approval.changed') return;
          expect(approvals.get(event.approval.id).state, 'stored before shown').toBe(event.approval.state);
        },
      },
      log: silentLog(),
    });
    approvals.onSettled((approval) => {
      const states = this.delivered.get(approval.id) ?? [];
      this.delivered.set(approval.id, [...states, approval.state]);
      if (approval.state !== 'allowed' && approval.state !== 'denied') return;
      const answers = ledger.list({ approval_id: approval.id, action: 'approval.decided' }).items;
      expect(answers.map((entry) => entry.outcome)).toEqual([approval.state]);
    });
    return approvals;
  }

  async ask(): Promise<void> {
    const approval = await this.approvals.open({
      session_id: newId('ses'),
      session_name: 's',
      agent: 'demo',
      work_dir: this.dir,
      tool: 'Bash',
      input: { command: 'true' },
      suggestions: [],
      native_id: null,
      hook_id: newId('req'),
      reply_context: null,
      expires_at: null,
    });
    this.asked.push(approval.id);
  }

  pick(n: number): ApprovalId | undefined {
    return this.asked[n % Math.max(this.asked.length, 1)];
  }

  async crash(): Promise<void> {
    this.approvals.dispose();
    this.db.close();
    this.db = this.#open();
    this.approvals = this.#start();
    if (this.ledger.mode === 'stuck') this.ledger.mode = 'ok';
    await this.approvals.restore();
  }

  dispose(): void {
    this.approvals.dispose();
    this.db.close();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

const owner = { name: 'owner', via: 'app' } as const;
const ticks = async () => {
  for (let i = 0; i < 20; i += 1) await Promise.resolve();
};

async function take(world: World, s: Step): Promise<void> {
  const { approvals, ledger } = world;
  const id = 'which' in s ? world.pick(s.which) : undefined;
  if (s.do === 'ask') await world.ask().catch(() => undefined);
  else if (s.do === 'ledger') ledger.mode = s.mode;
  else if (s.do === 'crash') {
    const before = ledger.mode;
    if (before === 'ok' && s.during !== 'nothing') ledger.mode = 'stuck';
    if (s.during === 'ask') void world.ask().catch(() => undefined);
    if (s.during === 'answer' && id)
      approvals.decide({ id, decision: 'allow' }, owner).catch(() => undefined);
    await ticks();
    await world.crash();
  } else if (id === undefined) return;
  else if (s.do === 'answer') {
    const decision = s.allow ? 'allow' : 'deny';
    await approvals.decide({ id, decision, version: s.version }, owner).catch(() => undefined);
  } else if (s.do === 'answer-twice') {
    const results = await Promise.allSettled([
      approvals.decide({ id, decision: 'allow' }, owner),
      approvals.decide({ id, decision: 'deny' }, owner),
    ]);
    expect(results.filter((result) => result.status === 'fulfilled').length).toBeLessThanOrEqual(1);
  } else if (s.do === 'retire') await approvals.supersede(id, 'answered in the terminal');
  else await approvals.expire(id, 'gone');
}

test('each question settles at most once and nothing is allowed without an allow', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const world = new World();
      try {
        const final = new Map<string, string>();
        for (const s of steps) {
          await take(world, s);
          for (const id of world.asked) {
            const { state } = world.approvals.get(id);
            const before = final.get(id);
            if (before !== undefined) expect(state, 'a settled question stays settled').toBe(before);
            else if (state !== 'pending') final.set(id, state);
          }
        }
        for (const id of world.asked) {
          const decided = world.ledger.list({ approval_id: id, action: 'approval.decided' }).items;
          expect(decided.length).toBeLessThanOrEqual(1);
          expect((world.delivered.get(id) ?? []).length).toBeLessThanOrEqual(1);
          const { state } = world.approvals.get(id);
          expect(state === 'allowed').toBe(decided[0]?.outcome === 'allowed');
        }
      } finally {
        world.dispose();
      }
    }),
    { numRuns: 120 },
  );
}, 120_000);
