/**
 * `npm run bench -- approval`: how long a question takes from the agent's hook to the event that makes it visible, and an
 * answer from the click to the agent, over the real terminal host, ledger and database. Beside it, in the same run, a bare
 * HTTP echo: what two loopback requests cost without any of that.
 */
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { Agent, createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { SessionId } from '#contract';
import { OWNER, type Plane, until, World } from '../src-main/core/sessions/testing/world.ts';
import { type BenchOptions, type BenchRow, type BenchTable, median, quantile } from './types.ts';

const VISIBLE_BUDGET_MS = 100;
const ANSWER_BUDGET_MS = 20;
/** The host holds at most 64 open questions per session. */
const PER_SESSION = 50;
const BACKGROUND = 200;

const agent = new Agent({ keepAlive: true, maxSockets: 1000 });

function post(url: string, token: string, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
    const request = httpRequest(url, { method: 'POST', agent, headers }, (response) => {
      let text = '';
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString('utf8');
      });
      response.on('end', () => resolve(text));
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** A program named claude that only tells its environment, so that this can speak for it. */
function standInClaude(world: World): void {
  const bin = join(world.dir, 'bin');
  mkdirSync(bin);
  writeFileSync(
    join(bin, 'claude'),
    '#!/bin/sh\nif [ "$1" = --version ]; then echo 2.1.330; exit; fi\nenv > "$AEGIS_SESSION_ID.env"\nexec sleep 3600\n',
  );
  chmodSync(join(bin, 'claude'), 0o755);
  world.env.PATH = `${bin}:${world.env.PATH}`;
}

interface Speaker {
  readonly id: SessionId;
  ask(n: number): Promise<string>;
}

async function speaker(world: World, plane: Plane): Promise<Speaker> {
  const { id } = await plane.sessions.create({ agent: 'claude-code', work_dir: world.project }, OWNER);
  const token = await until('the hook token', () => {
    try {
      const env = readFileSync(join(world.project, `${id}.env`), 'utf8');
      return /AEGIS_HOOK_TOKEN=(.+)/.exec(env)?.[1];
    } catch {
      return undefined;
    }
  });
  const url = `http://127.0.0.1:${plane.ptyHost.hookPort}/v1/hooks/claude-code/PermissionRequest`;
  const ask = (n: number) => {
    const tool_input = { command: `npm run task-${n} -- --verbose`, description: 'run a task' };
    return post(url, token, JSON.stringify({ tool_name: 'Bash', tool_input, permission_suggestions: [] }));
  };
  return { id, ask };
}

async function rounds(
  plane: Plane,
  who: Speaker,
  count: number,
): Promise<{ visible: number[]; answer: number[] }> {
  const visible: number[] = [];
  const answer: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const from = plane.events.length;
    const asked = performance.now();
    const response = who.ask(n);
    const { approval, at } = await shown(plane, who.id, from);
    visible.push(at - asked);
    const decided = performance.now();
    await plane.approvals.decide({ id: approval, decision: 'allow' }, OWNER);
    await response;
    answer.push(performance.now() - decided);
  }
  return { visible, answer };
}

/** The first pending question of the session published after event `from`, and when it was. */
function shown(plane: Plane, session: SessionId, from: number) {
  return new Promise<{ approval: Parameters<Plane['approvals']['get']>[0]; at: number }>((resolve) => {
    const look = () => {
      for (const event of plane.events.slice(from)) {
        if (event.type !== 'approval.changed' || event.approval.session_id !== session) continue;
        if (event.approval.state !== 'pending') continue;
        resolve({ approval: event.approval.id, at: performance.now() });
        return;
      }
      setImmediate(look);
    };
    look();
  });
}

async function echo(count: number): Promise<number[]> {
  const server: Server = createServer((request, response) => {
    request.resume();
    request.on('end', () => response.end('{}'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const times: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const start = performance.now();
    await post(url, 'x', JSON.stringify({ tool_input: { command: `npm run task-${n}` } }));
    times.push(performance.now() - start);
  }
  server.close();
  server.closeAllConnections();
  return times;
}

export async function run(options: BenchOptions): Promise<BenchTable> {
  const count = options.quick ? 20 : 200;
  const world = new World();
  standInClaude(world);
  try {
    const plane = await world.start();
    const who = await speaker(world, plane);
    await rounds(plane, who, 5);
    const bare = await echo(count);
    const alone = await rounds(plane, who, count);
    const crowd: Promise<unknown>[] = [];
    for (let n = 0; n < BACKGROUND; n += PER_SESSION) {
      const other = await speaker(world, plane);
      for (let i = 0; i < PER_SESSION; i += 1) crowd.push(other.ask(n + i).catch(() => undefined));
    }
    await until('200 pending', () => (plane.approvals.pendingCount() >= BACKGROUND ? true : undefined));
    const crowded = await rounds(plane, who, count);
    return table(bare, alone, crowded);
  } finally {
    await world.dispose();
    agent.destroy();
  }
}

type Times = { readonly visible: readonly number[]; readonly answer: readonly number[] };

function table(bare: readonly number[], alone: Times, crowded: Times): BenchTable {
  const base = median(bare);
  const rows: BenchRow[] = [{ label: 'bare HTTP echo, p50', value: base, unit: 'ms' }];
  for (const [name, times] of [
    ['1 pending', alone],
    ['201 pending', crowded],
  ] as const) {
    rows.push(...pair(`hook in to event shown, ${name}`, times.visible, base, VISIBLE_BUDGET_MS));
    rows.push(...pair(`answer to hook response, ${name}`, times.answer, base, ANSWER_BUDGET_MS));
  }
  return {
    name: 'approval',
    rows,
    notes: [
      'Through the terminal host, the database (synchronous=FULL) and the durable ledger; drawing the dialog is not in it.',
    ],
  };
}

function pair(label: string, times: readonly number[], base: number, budget: number): BenchRow[] {
  return [0.5, 0.99].map((q) => {
    const value = quantile(times, q);
    return {
      label: `${label}, p${q * 100}`,
      value,
      unit: 'ms',
      baseline: 'bare HTTP echo',
      ratio: value / base,
      budget: `at most ${budget} ms`,
      ok: value <= budget,
    };
  });
}
