/**
 * `npm run bench -- terminal`: a 100 MB `cat` from the program to a page's parser, through the terminal host and its
 * client, beside bare node-pty feeding the same page in the same run; echo under such floods; memory; re-attaching.
 */

import { once } from 'node:events';
import { createWriteStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from 'node-pty';
import { FLOW_HIGH_WATERMARK, FLOW_LOW_WATERMARK } from '../src-contract/terminal-frames.ts';
import { entryPath } from '../src-main/core/base/entries.ts';
import { silentLog } from '../src-main/core/base/log.ts';
import { PtyHostClient } from '../src-main/core/sessions/pty-host-client.ts';
import { createViewerTerminal } from '../src-main/pty-host/testing/terminals.ts';
import { Page } from './terminal/page-client.ts';
import { type BenchOptions, type BenchRow, type BenchTable, median, quantile } from './types.ts';

const ECHO_BUDGET_MS = 50;
const MEMORY_BUDGET_MB = 5;
const SCROLLBACK_LINES = 5_000;
const IDLE_SESSIONS = 20;
const BUSY_SESSIONS = 30;

const environment = { PATH: process.env.PATH ?? '', TERM: 'xterm-256color', LANG: 'C.UTF-8', PS1: '$ ' };
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

class Stage {
  readonly dir: string;
  readonly page = new Page();
  readonly client: PtyHostClient;
  #next = 1;

  private constructor(dir: string, client: PtyHostClient) {
    this.dir = dir;
    this.client = client;
  }

  static async open(): Promise<Stage> {
    const dir = mkdtempSync(join(tmpdir(), 'aegis-bench-terminal-'));
    const runDir = join(dir, 'run');
    // Sessions rest sooner than usual, so that it can be seen what that gives.
    const rest = ['AEGIS_PTY_HOST_REST_MS=3000', process.execPath, entryPath('pty-host')];
    const command = process.platform === 'win32' ? {} : { command: { file: '/usr/bin/env', args: rest } };
    const options = { runDir, entry: entryPath('pty-host'), log: silentLog(), ...command };
    return new Stage(dir, await PtyHostClient.start(options));
  }

  async run(file: string, args: string[]): Promise<string> {
    const id = `bench_${this.#next++}`;
    await this.client.create({ id, file, args, cwd: this.dir, env: environment, cols: 80, rows: 24 });
    return id;
  }

  async end(id: string): Promise<void> {
    await this.client.kill(id).catch(() => undefined);
    for (let attempt = 0; attempt < 200; attempt += 1) {
      const session = (await this.client.list()).find((item) => item.id === id);
      if (session?.exit) break;
      await pause(20);
    }
    await this.client.remove(id);
  }

  /** Resident memory of the host, in MB. */
  memory(): number {
    const status = readFileSync(`/proc/${this.client.hostPid}/status`, 'utf8');
    return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? Number.NaN) / 1024;
  }

  async dispose(): Promise<void> {
    await this.client.shutdownHost();
    await this.page.dispose();
    rmSync(this.dir, { recursive: true, force: true });
  }
}

/** Text as compilers and tests print it: lines of different lengths, some coloured. No "Z" in it. */
async function writeFlood(path: string, bytes: number): Promise<void> {
  const lines = Array.from({ length: 5_000 }, (_, n) => {
    const text = `${n} compiled src/module_${n % 97}/file_${n}.ts in ${n % 311} ms`;
    return n % 7 === 0 ? `\x1b[3${1 + (n % 6)}m${text}\x1b[0m ${'.'.repeat(n % 60)}` : text;
  });
  const block = Buffer.from(`${lines.join('\n')}\n`);
  const file = createWriteStream(path);
  for (let written = 0; written < bytes; written += block.length) {
    if (!file.write(block)) await once(file, 'drain');
  }
  file.end();
  await once(file, 'close');
}

/** Bytes per millisecond from program to parsed, bare: node-pty in this process, with the same watermarks. */
async function bareCat(page: Page, path: string): Promise<number> {
  const viewer = page.newViewer();
  const started = performance.now();
  const pty = spawn('cat', [path], { cols: 80, rows: 24, env: environment, encoding: null });
  let sent = 0;
  let parsed = 0;
  let paused = false;
  let ended = false;
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (paused && sent - parsed <= FLOW_LOW_WATERMARK) {
        paused = false;
        pty.resume();
      }
      if (ended && parsed === sent) resolve();
    };
    page.on((message) => {
      if (message.type !== 'raw_parsed' || message.viewer !== viewer) return;
      parsed += message.bytes;
      look();
    });
    pty.onData((chunk) => {
      const data = chunk as unknown as Buffer;
      sent += data.length;
      page.send({ type: 'raw', viewer, data });
      if (!paused && sent - parsed > FLOW_HIGH_WATERMARK) {
        paused = true;
        pty.pause();
      }
    });
    pty.onExit(() => {
      ended = true;
      look();
    });
  });
  page.send({ type: 'close', viewer });
  return sent / (performance.now() - started);
}

async function hostCat(stage: Stage, path: string): Promise<number> {
  const started = performance.now();
  const id = await stage.run('cat', [path]);
  const { viewer, close } = stage.page.show(stage.client, id);
  const { parsed } = await stage.page.next('exited', viewer);
  const rate = parsed / (performance.now() - started);
  close();
  await stage.end(id);
  return rate;
}

/** Echo in a quiet session, typed while `during` runs elsewhere. */
async function quietEcho(stage: Stage, count: number, during?: string[]): Promise<number[]> {
  const id = await stage.run('cat', []);
  const shown = stage.page.show(stage.client, id);
  await stage.page.next('snapshot', shown.viewer);
  const flood = during && (await stage.run('sh', ['-c', during.join(' ')]));
  const other = flood ? stage.page.show(stage.client, flood) : undefined;
  await pause(300);
  const times = await stage.page.echoes(shown.viewer, count, 10, 'Z');
  shown.close();
  other?.close();
  await stage.end(id);
  if (flood) await stage.end(flood);
  return times;
}

async function floodedEcho(stage: Stage, count: number, path: string): Promise<number[]> {
  const id = await stage.run('sh', ['-c', `while :; do cat ${path}; done`]);
  const shown = stage.page.show(stage.client, id);
  await pause(500);
  const times = await stage.page.echoes(shown.viewer, count, 10, 'Z');
  shown.close();
  await stage.end(id);
  return times;
}

/** 30 full-screen programs that redraw 20 times a second, one of them and a quiet session in view. */
async function busyEcho(stage: Stage, count: number): Promise<number[]> {
  const script =
    '$|=1; while(1){ print "\\e[H"; for $row (1..23) { print "\\e[3".int(rand 8)."mrow $row ".("x" x int(rand 60))."\\e[K\\r\\n" } ' +
    'select(undef,undef,undef,0.05) }';
  const ids: string[] = [];
  for (let n = 0; n < BUSY_SESSIONS; n += 1) ids.push(await stage.run('perl', ['-e', script]));
  const shown = stage.page.show(stage.client, ids[0] ?? '');
  const times = await quietEcho(stage, count);
  shown.close();
  for (const id of ids) await stage.client.kill(id);
  for (const id of ids) await stage.end(id);
  return times;
}

interface Memory {
  readonly idle: number;
  readonly full: number;
  readonly reused: number;
}

/** Per session: at a prompt; with full scrollback; and for those that come when others rest. */
async function memory(stage: Stage, quick: boolean): Promise<Memory> {
  const batch = async (fill: boolean): Promise<number> => {
    const before = stage.memory();
    const ids: string[] = [];
    for (let n = 0; n < IDLE_SESSIONS; n += 1) ids.push(await stage.run('bash', ['--norc']));
    await pause(1_500);
    if (fill) {
      for (const id of ids) await stage.client.input(id, `seq 1 ${SCROLLBACK_LINES + 500}\r`);
      await pause(2_500);
    }
    return (stage.memory() - before) / IDLE_SESSIONS;
  };
  const idle = await batch(false);
  const full = await batch(true);
  await pause(quick ? 8_000 : 20_000);
  const reused = await batch(true);
  return { idle, full, reused };
}

async function reattach(stage: Stage, rounds: number): Promise<{ host: number[]; replay: number[] }> {
  const id = await stage.run('sh', ['-c', `cat flood | head -n ${SCROLLBACK_LINES + 24}; sleep 1000`]);
  await pause(1_500);
  const raw = readFileSync(join(stage.dir, 'flood')).toString('latin1').split('\n');
  const text = raw.slice(0, SCROLLBACK_LINES + 24).join('\r\n');
  const host: number[] = [];
  const replay: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    let started = performance.now();
    const shown = stage.page.show(stage.client, id);
    await stage.page.next('snapshot', shown.viewer);
    host.push(performance.now() - started);
    shown.close();
    const terminal = createViewerTerminal(80, 24);
    started = performance.now();
    await new Promise<void>((resolve) => terminal.write(text, resolve));
    replay.push(performance.now() - started);
    terminal.dispose();
  }
  await stage.end(id);
  return { host, replay };
}

/** @returns the table; needs a POSIX system with `cat`, `bash` and `perl`. */
export async function run(options: BenchOptions): Promise<BenchTable> {
  const quick = options.quick === true;
  const size = (quick ? 10 : 100) * 1024 * 1024;
  const count = quick ? 60 : 300;
  // A host of its own: one that has seen floods has memory to spare, which would hide what a session takes.
  const fresh = await Stage.open();
  const memories = await memory(fresh, quick).finally(() => fresh.dispose());
  const stage = await Stage.open();
  try {
    const flood = join(stage.dir, 'flood');
    await writeFlood(flood, size);
    const bare: number[] = [];
    const host: number[] = [];
    // In turn, so that both meet the same machine.
    for (let round = 0; round < (quick ? 1 : 3); round += 1) {
      bare.push(await bareCat(stage.page, flood));
      host.push(await hostCat(stage, flood));
    }
    const alone = await quietEcho(stage, count);
    const other = await quietEcho(stage, count, [`while :; do cat ${flood}; done`]);
    const same = await floodedEcho(stage, count, flood);
    const busy = await busyEcho(stage, count);
    const attach = await reattach(stage, quick ? 5 : 15);
    const base = median(alone);
    return {
      name: 'terminal',
      rows: [
        {
          label: `cat of ${size / 1024 / 1024} MB, bare node-pty to parser`,
          value: median(bare) / 1e3,
          unit: 'MB/s',
        },
        {
          label: 'the same through host and client, exact model included',
          value: median(host) / 1e3,
          unit: 'MB/s',
          baseline: 'bare node-pty',
          ratio: median(host) / median(bare),
        },
        { label: 'echo, nothing else running, p50', value: base, unit: 'ms' },
        ...[
          ['echo, nothing else running', alone],
          ['echo, cat in another session in view', other],
          ['echo, cat in the same session', same],
          [`echo, ${BUSY_SESSIONS} busy sessions`, busy],
        ].map(([label, times]) => echoRow(label as string, times as number[], base)),
        {
          label: `re-attach with ${SCROLLBACK_LINES} lines, p50`,
          value: median(attach.host),
          unit: 'ms',
          baseline: 'parsing the raw lines again',
          ratio: median(attach.host) / median(attach.replay),
        },
        memoryRow('memory per session at a prompt', memories.idle, true),
        memoryRow(`memory per session with ${SCROLLBACK_LINES} lines, all at once`, memories.full, false),
        memoryRow(`the same, when earlier ones rest`, memories.reused, true),
      ],
      notes: [
        'The page is a thread with the headless build of xterm.js; drawing is not in it, so neither are frames per second.',
        'Memory is the host process; packed sessions give theirs to new ones, while the process keeps its size.',
      ],
    };
  } finally {
    await stage.dispose();
  }
}

function echoRow(label: string, times: readonly number[], base: number): BenchRow {
  const value = quantile(times, 0.99);
  return {
    label: `${label}, p99`,
    value,
    unit: 'ms',
    baseline: 'p50 with nothing else running',
    ratio: value / base,
    budget: `under ${ECHO_BUDGET_MS} ms`,
    ok: value < ECHO_BUDGET_MS,
  };
}

const memoryRow = (label: string, value: number, budgeted: boolean): BenchRow => ({
  label,
  value,
  unit: 'MB',
  ...(budgeted ? { budget: `under ${MEMORY_BUDGET_MB} MB`, ok: value < MEMORY_BUDGET_MB } : {}),
});
