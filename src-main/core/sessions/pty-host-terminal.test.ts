import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { FLOW_HIGH_WATERMARK } from '#contract/terminal-frames.ts';
import { spec, type TestFolder, testFolder, until, watch } from '../../pty-host/testing/host.ts';
import { stateOf, TestViewer } from '../../pty-host/testing/terminals.ts';
import { PtyHostClient } from './pty-host-client.ts';

let folder: TestFolder;
let client: PtyHostClient;

beforeEach(async () => {
  folder = testFolder();
  client = await PtyHostClient.start(folder.options);
});
afterEach(async () => {
  await client.dispose();
  expect(await folder.end()).toEqual([]);
});

/** Both viewers have all there is, and show the same. */
async function expectSame(id: string, ...viewers: TestViewer[]): Promise<void> {
  let before = -1;
  await until(async () => {
    const offset = (await client.list()).find((session) => session.id === id)?.offset ?? 0;
    const settled = offset === before && viewers.every((viewer) => viewer.offset === offset);
    before = offset;
    if (!settled) await new Promise((resolve) => setTimeout(resolve, 120));
    return settled;
  });
  const [first, ...others] = viewers;
  for (const viewer of others) expect(stateOf(viewer.terminal)).toEqual(first && stateOf(first.terminal));
  for (const viewer of viewers) expect(viewer.gap).toBeUndefined();
}

const has = (program: string): boolean => {
  try {
    execFileSync('which', [program], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
};

describe('a viewer that comes later sees the same, cell by cell', () => {
  const text = () => {
    const path = join(folder.path, 'text');
    const lines = Array.from({ length: 400 }, (_, n) => `${n} ${'wörd 漢字 '.repeat(n % 23)}\t\u{1f600}`);
    writeFileSync(path, lines.join('\n'));
    return path;
  };
  const programs: [name: string, args: () => string[], keys: string[]][] = [
    [
      'vim',
      () => ['-u', 'NONE', '-N', text()],
      [':set number hlsearch\r', '/wörd\r', '\x06', 'ihello\x1b', ':sp\r', '5dd'],
    ],
    ['less', () => [text()], [' ', ' ', '/漢\r', 'G', 'b']],
    ['top', () => ['-d', '0.3'], ['1', 'M', 't']],
    [
      'tmux',
      () => ['-L', 'aegis-test', '-f', '/dev/null'],
      ['echo in tmux\r', '\x02%', 'seq 200\r', '\x02"', 'ls -la /\r'],
    ],
    ['htop', () => [], ['t', 'M']],
    [
      'bash',
      () => ['--norc', '-i'],
      ['seq 100\r', `printf '\\e[?2004h\\e[31mred\\e[44m'\r`, 'ls --color=always /\r', 'echo \x12ls'],
    ],
  ];
  for (const [name, args, keys] of programs) {
    test.skipIf(!has(name))(name, async () => {
      const { id } = await client.create(spec(folder, name, args(), { cols: 90, rows: 30 }));
      const witness = watch(client, id, new TestViewer(90, 30));
      await until(() => witness.offset > 0);
      const later: TestViewer[] = [];
      for (const key of keys) {
        await client.input(id, key);
        await new Promise((resolve) => setTimeout(resolve, 60));
        later.push(watch(client, id));
      }
      await client.resize(id, 70, 20);
      later.push(watch(client, id));
      await new Promise((resolve) => setTimeout(resolve, 150));
      later.push(watch(client, id));
      // Programs that redraw on a timer are held still to be compared.
      const { pid } = (await client.list())[0] ?? { pid: 0 };
      process.kill(pid, 'SIGSTOP');
      await expectSame(id, witness, ...later);
      process.kill(pid, 'SIGCONT');
      if (name === 'tmux')
        execFileSync('tmux', ['-L', 'aegis-test', 'kill-server'], {
          env: { ...process.env, HOME: folder.path },
        });
    });
  }
});

test('20 MB arrive whole, with several viewers, one of which comes in the middle', async () => {
  const { id } = await client.create(spec(folder, 'sh', ['-c', 'seq 1 2700000; printf done; sleep 300']));
  const witness = watch(client, id);
  await until(() => witness.offset > 2_000_000);
  const later = watch(client, id);
  await until(() => witness.offset > 6_000_000);
  const last = watch(client, id);
  await until(async () => (await client.screen(id)).text.endsWith('2700000\ndone'), 60_000);
  await expectSame(id, witness, later, last);
  expect(witness.offset).toBeGreaterThan(20_000_000);
  expect(witness.snapshots).toBe(1);
}, 90_000);

test('binary garbage, lines of a megabyte and cut characters', async () => {
  const script =
    'head -c 300000 /dev/urandom; printf "\\033c"; head -c 1000000 /dev/zero | tr "\\0" x; echo; ' +
    'head -c 400000 /dev/urandom; printf "\\033c\\033[?1049l"; yes 漢字é | head -c 500000; sleep 300';
  const { id } = await client.create(spec(folder, 'sh', ['-c', script]));
  const witness = watch(client, id);
  const later: TestViewer[] = [];
  for (let n = 1; n <= 12; n += 1) {
    await until(() => witness.offset > n * 150_000);
    later.push(watch(client, id));
  }
  await until(() => witness.offset > 2_200_000, 30_000);
  await expectSame(id, witness, ...later);
}, 60_000);

test('a thousand sizes under output', async () => {
  const { id } = await client.create(
    spec(folder, 'sh', [
      '-c',
      'while :; do echo "some words that are wrapped at one place or another $RANDOM"; done',
    ]),
  );
  const witness = watch(client, id);
  const later: TestViewer[] = [];
  for (let n = 0; n < 1000; n += 20) {
    const sizes = Array.from({ length: 20 }, (_, k) => [
      20 + (((n + k) * 37) % 120),
      5 + (((n + k) * 11) % 50),
    ]);
    await Promise.all(sizes.map(([cols = 0, rows = 0]) => client.resize(id, cols, rows)));
    if (n % 200 === 100) later.push(watch(client, id));
  }
  const { pid } = (await client.list())[0] ?? { pid: 0 };
  process.kill(pid, 'SIGSTOP');
  await expectSame(id, witness, ...later);
}, 60_000);

describe('flow control', () => {
  const flood = () => client.create(spec(folder, 'sh', ['-c', 'yes "a line of output that repeats"']));
  const offset = async (id: string): Promise<number> =>
    (await client.list()).find((session) => session.id === id)?.offset ?? 0;

  test('a visible viewer that does not acknowledge pauses the program, but not for ever', async () => {
    const { id } = await flood();
    const stuck = watch(client, id);
    await until(() => stuck.snapshots === 1);
    stuck.reading = false;
    let paused = 0;
    await until(async () => {
      const before = await offset(id);
      await new Promise((resolve) => setTimeout(resolve, 150));
      paused = await offset(id);
      return before === paused && paused > 0;
    });
    const sent = stuck.frames.reduce((sum, frame) => sum + frame.length, 0);
    expect(sent).toBeLessThan(FLOW_HIGH_WATERMARK * 4);
    // Given up after a few seconds: the program runs on without it, and nothing more is sent to it.
    await until(async () => (await offset(id)) > paused + 2_000_000, 20_000);
    const frames = stuck.frames.length;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(stuck.frames.length).toBe(frames);
    // It asks for a new view and follows again.
    stuck.reading = true;
    stuck.gap = undefined;
    stuck.say({ type: 'refresh' });
    await until(() => stuck.snapshots >= 2);
    const from = stuck.offset;
    await until(() => stuck.offset > from + 500_000);
    expect(stuck.gap).toBeUndefined();
  }, 40_000);

  test('a hidden viewer never holds the program up, and is brought up to date when it catches up', async () => {
    const { id } = await flood();
    const hidden = watch(client, id);
    await until(() => hidden.snapshots === 1);
    hidden.say({ type: 'visible', visible: false });
    hidden.reading = false;
    const start = await offset(id);
    await until(async () => (await offset(id)) > start + 3_000_000, 20_000);
    expect(hidden.frames.reduce((sum, frame) => sum + frame.length, 0)).toBeLessThan(1_500_000);
    hidden.reading = true;
    hidden.gap = undefined;
    hidden.say({ type: 'visible', visible: true });
    hidden.say({ type: 'refresh' });
    await until(() => hidden.snapshots >= 2);
    const from = hidden.offset;
    await until(() => hidden.offset > from + 500_000);
    expect(hidden.gap).toBeUndefined();
  }, 40_000);

  test('a slow viewer does not starve another session', async () => {
    const { id } = await flood();
    const stuck = watch(client, id);
    stuck.reading = false;
    const other = await client.create(spec(folder, 'cat', []));
    const viewer = watch(client, other.id);
    for (let n = 0; n < 50; n += 1) {
      const before = viewer.offset;
      await client.input(other.id, 'x');
      await until(() => viewer.offset > before);
    }
  });
});

test('the last viewer that asked or was focused decides the size, the others are told', async () => {
  const { id } = await client.create(spec(folder, 'cat', []));
  const left = watch(client, id);
  const right = watch(client, id);
  const size = async (): Promise<string> => {
    const session = (await client.list())[0];
    return `${session?.cols}x${session?.rows}`;
  };
  left.say({ type: 'resize', cols: 100, rows: 30 });
  await until(async () => (await size()) === '100x30');
  right.say({ type: 'resize', cols: 60, rows: 20 });
  await until(async () => (await size()) === '60x20');
  left.say({ type: 'focus', focused: true });
  await until(async () => (await size()) === '100x30');
  await until(() => right.terminal.cols === 100 && left.terminal.cols === 100);
  left.say({ type: 'resize', cols: 0, rows: 0 });
  await until(async () => (await size()) === '2x1');
});

test('a viewer that breaks the protocol is detached, the session goes on', async () => {
  const { id } = await client.create(spec(folder, 'cat', []));
  let closed = '';
  const bad = client.attach(id, { send: () => undefined, closed: (reason) => (closed = reason) });
  bad.receive(Uint8Array.of(99, 1, 2));
  await until(() => closed !== '');
  expect(await client.input(id, 'x')).toBe(1);
});

test('device queries are answered once, with and without viewers', async () => {
  // Asks for DA1, DA2, the cursor, kitty flags, a mode, the background and the size, and shows what comes back.
  const script = join(folder.path, 'ask.sh');
  writeFileSync(
    script,
    `stty raw -echo
     printf '\\033[c\\033[>c\\033[3;5H\\033[6n\\033[>1u\\033[?u\\033[?2004$p\\033]11;?\\033\\\\\\033[18t\\033[?996n'
     sleep 0.5
     dd bs=4096 count=1 2>/dev/null | od -An -c -w4096 | tr -d ' \\n' > ${folder.path}/answers
     sleep 300`,
  );
  const ask = async (viewers: number): Promise<string> => {
    const { id } = await client.create(spec(folder, 'bash', ['-c', `sleep 0.4; . ${script}`]));
    for (let n = 0; n < viewers; n += 1) {
      const viewer = watch(client, id);
      viewer.terminal.onData((data) => viewer.say({ type: 'input', data: Buffer.from(data) }));
    }
    const path = join(folder.path, 'answers');
    const answers = await until(() => existsSync(path) && (readFileSync(path, 'utf8') || undefined));
    rmSync(path);
    await client.kill(id);
    return answers;
  };
  const alone = await ask(0);
  const parts = [
    '033[?1;2c',
    '033[3;5R',
    '033[?1u',
    '033[?2004;2$y',
    '033]11;rgb:',
    '033[8;24;80t',
    '033[?997;1n',
  ];
  for (const part of parts) expect(alone.split(part)).toHaveLength(2);
  expect(await ask(2)).toBe(alone);
});

test('input that the program does not read is kept and arrives in order', async () => {
  const out = join(folder.path, 'out');
  const { id } = await client.create(
    spec(folder, 'bash', [
      '-c',
      `stty raw -echo; echo ready; sleep 1; head -c 600000 > ${out}; echo read; sleep 300`,
    ]),
  );
  await until(async () => (await client.screen(id)).text.includes('ready'));
  const sent = Array.from({ length: 60_000 }, (_, n) => String(n % 10_000_000).padStart(9, '0')).join('\n');
  let at = 0;
  while (at < 600_000) at += await client.input(id, `${sent}\n`.slice(at, at + 50_000));
  await until(() => existsSync(out) && readFileSync(out).length === 600_000, 30_000);
  expect(readFileSync(out, 'utf8')).toBe(`${sent}\n`);
}, 40_000);

describe('SIGKILL of the control plane', () => {
  function control(): Promise<{ child: ChildProcess; line: string }> {
    const path = (name: string): string => JSON.stringify(new URL(name, import.meta.url).pathname);
    const script = join(folder.path, 'control.ts');
    writeFileSync(
      script,
      `import { PtyHostClient } from ${path('./pty-host-client.ts')};
       import { silentLog } from ${path('../base/log.ts')};
       const { runDir, entry } = ${JSON.stringify({ runDir: folder.options.runDir, entry: folder.options.entry })};
       const host = await PtyHostClient.start({ runDir, entry, log: silentLog() });
       const [session] = await host.list();
       let bytes = 0;
       host.attach(session.id, { send: (frame) => { bytes += frame.length; } });
       await host.input(session.id, 'x');
       setInterval(() => {}, 1000);
       console.log(host.hostPid + ' ' + session.pid);`,
    );
    const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    return new Promise((resolve) =>
      child.stdout.once('data', (text: Buffer) => resolve({ child, line: text.toString().trim() })),
    );
  }

  test('20 times under output: the session goes on, and nothing of it is missing', async () => {
    const { id, pid } = await client.create(
      spec(folder, 'sh', ['-c', 'n=0; while :; do n=$((n+1)); echo "line $n"; done']),
    );
    const hostPid = client.hostPid;
    await client.dispose();
    for (let round = 0; round < 20; round += 1) {
      const { child, line } = await control();
      const gone = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGKILL');
      expect(line).toBe(`${hostPid} ${pid}`);
      await gone;
    }
    client = await PtyHostClient.start(folder.options);
    expect(client.hostPid).toBe(hostPid);
    const viewer = watch(client, id);
    await until(() => viewer.offset > 0);
    process.kill(pid, 'SIGSTOP');
    await expectSame(id, viewer, watch(client, id));
    const buffer = viewer.terminal.buffer.normal;
    const numbers: number[] = [];
    for (let row = 0; row < buffer.length; row += 1) {
      const text = buffer.getLine(row)?.translateToString(true) ?? '';
      const number = /^x*line (\d+)$/.exec(text)?.[1];
      if (number) numbers.push(Number(number));
    }
    expect(numbers.length).toBeGreaterThan(1000);
    for (let at = 1; at < numbers.length; at += 1) {
      expect((numbers[at] ?? 0) - (numbers[at - 1] ?? 0)).toBeLessThanOrEqual(2);
    }
  }, 120_000);
});
