import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readHostFile } from '../../pty-host/run-files.ts';
import { spec, type TestFolder, testFolder, until, watch } from '../../pty-host/testing/host.ts';
import { PtyHostClient, type SessionExit } from './pty-host-client.ts';

let folder: TestFolder;
const clients: PtyHostClient[] = [];

beforeEach(() => {
  folder = testFolder();
});
afterEach(async () => {
  for (const client of clients.splice(0)) await client.dispose();
  expect(await folder.end()).toEqual([]);
});

async function start(): Promise<PtyHostClient> {
  const client = await PtyHostClient.start(folder.options);
  clients.push(client);
  return client;
}

const exitOf = (client: PtyHostClient, id: string): Promise<SessionExit> =>
  new Promise((resolve) => {
    client.onExit((event) => {
      if (event.id === id) resolve(event.exit);
    });
  });

const alive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return false;
  }
};

const code = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'no error',
    (error: { code?: string }) => error.code,
  );

test('a program runs with exactly the environment given, takes input, and its exit code is told', async () => {
  const client = await start();
  const wanted = spec(folder, '/bin/sh', ['-c', 'env | sort; read line; echo "got $line"; exit 7'], {
    env: { PATH: '/usr/bin:/bin', TERM: 'xterm-256color', ONLY: 'this' },
  });
  const exit = exitOf(client, wanted.id);
  const session = await client.create(wanted);
  expect(session.pid).toBeGreaterThan(0);
  await until(async () => (await client.screen(session.id)).text.includes('TERM='));
  const { text } = await client.screen(session.id);
  // PWD and `_` come from node-pty and the shell.
  expect(text.split('\n').filter((line) => !/^(PWD|OLDPWD|SHLVL|_)=/.test(line))).toEqual([
    'ONLY=this',
    'PATH=/usr/bin:/bin',
    'TERM=xterm-256color',
  ]);
  expect(await client.input(session.id, 'hällo\r')).toBe(7);
  expect(await exit).toMatchObject({ exit_code: 7, signal: null, killed: false });
  expect((await client.screen(session.id)).text).toContain('got hällo');
  expect(await code(client.input(session.id, 'x'))).toBe('SESSION_ENDED');
  await client.acknowledgeExit(session.id);
  await client.remove(session.id);
  expect(await client.list()).toEqual([]);
  expect(await code(client.screen(session.id))).toBe('NOT_FOUND');
});

test('a program inherits neither the terminals of other sessions nor the files of the host', async () => {
  const client = await start();
  const pids: number[] = [];
  for (let n = 0; n < 4; n += 1) pids.push((await client.create(spec(folder, 'cat', []))).pid);
  for (const pid of pids) {
    const open = await until(() => {
      // Before it is cat it is still a copy of the host, with other files.
      if (readFileSync(`/proc/${pid}/comm`, 'utf8') !== 'cat\n') return false;
      return readdirSync(`/proc/${pid}/fd`).map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`));
    });
    const terminal = open[0];
    expect(terminal).toMatch(/^\/dev\/pts\//);
    // Pipes come from what started the tests, where that leaves some open.
    expect(open.filter((file) => file !== terminal && !file.startsWith('pipe:'))).toEqual([]);
  }
});

test('what cannot start says why', async () => {
  const client = await start();
  const script = join(folder.path, 'script');
  writeFileSync(script, '#!/no/such/interpreter\n', { mode: 0o755 });
  writeFileSync(join(folder.path, 'plain'), 'text');
  const cases: [string, ReturnType<typeof spec>][] = [
    ['FOLDER_MISSING', spec(folder, 'sh', [], { cwd: join(folder.path, 'none') })],
    ['FOLDER_MISSING', spec(folder, 'sh', [], { cwd: join(folder.path, 'plain') })],
    ['FOLDER_MISSING', spec(folder, 'sh', [], { cwd: 'relative' })],
    ['AGENT_NOT_INSTALLED', spec(folder, 'no-such-program', [])],
    ['AGENT_NOT_INSTALLED', spec(folder, join(folder.path, 'plain'), [])],
    ['AGENT_NOT_INSTALLED', spec(folder, script, [])],
    ['INVALID_INPUT', spec(folder, 'sh', [], { cols: 1 })],
  ];
  for (const [expected, wanted] of cases) expect(await code(client.create(wanted))).toBe(expected);
  expect(await client.list()).toEqual([]);
  const good = spec(folder, 'sleep', ['30']);
  await client.create(good);
  expect(await code(client.create(good))).toBe('NAME_TAKEN');
  expect(await code(client.remove(good.id))).toBe('SESSION_LIVE');
});

test('a signal that ends the program is told by name', async () => {
  const client = await start();
  const wanted = spec(folder, 'sh', ['-c', 'kill -TERM $$; sleep 5']);
  const exit = exitOf(client, wanted.id);
  await client.create(wanted);
  expect(await exit).toMatchObject({ exit_code: null, signal: 'SIGTERM', killed: false });
});

test('kill ends what ignores the hang-up, its background processes, and those that moved away', async () => {
  const client = await start();
  const pids = join(folder.path, 'pids');
  const child = `trap "" HUP; echo $$ >> ${pids}; sleep 300 & echo $! >> ${pids}; wait`;
  const script = `trap "" HUP; echo $$ >> ${pids}; sh -c '${child}' & setsid sh -c '${child}' & wait; wait`;
  const wanted = spec(folder, 'bash', ['-c', script]);
  const exit = exitOf(client, wanted.id);
  await client.create(wanted);
  const started = await until(() => {
    const list = existsSync(pids) ? readFileSync(pids, 'utf8').trim().split('\n').map(Number) : [];
    return list.length === 5 && list;
  });
  for (const pid of started) expect(alive(pid)).toBe(true);
  await client.kill(wanted.id);
  expect(await exit).toMatchObject({ killed: true });
  await until(() => started.every((pid) => !alive(pid)));
});

test('the last output of a program that ends at once is not lost', async () => {
  const client = await start();
  for (let round = 0; round < 5; round += 1) {
    const wanted = spec(folder, 'sh', ['-c', 'seq 1 3000; echo the end']);
    const exit = exitOf(client, wanted.id);
    await client.create(wanted);
    const viewer = watch(client, wanted.id);
    await exit;
    await until(() => viewer.exited);
    expect((await client.screen(wanted.id)).text.split('\n').slice(-2)).toEqual(['3000', 'the end']);
    expect(viewer.gap).toBeUndefined();
    const buffer = viewer.terminal.buffer.active;
    expect(buffer.getLine(2999)?.translateToString(true)).toBe('3000');
  }
});

test('foreground process, title, bell and last line are reported', async () => {
  const client = await start();
  const news: Record<string, unknown> = {};
  const fronts: string[] = [];
  client.onMeta(({ id: _, ...meta }) => {
    Object.assign(news, meta);
    if (meta.foreground) fronts.push(`${meta.foreground.name} ${meta.foreground.is_shell}`);
  });
  const wanted = spec(folder, 'bash', ['--norc', '-i']);
  await client.create(wanted);
  await until(() => fronts.includes('bash true'));
  await client.input(wanted.id, `printf '\\033]2;my title\\007\\007'; sleep 40\r`);
  await until(() => fronts.includes('sleep false') && news.title === 'my title' && news.bell === true);
  expect(await client.foreground(wanted.id)).toMatchObject({ name: 'sleep', is_shell: false });
  await client.input(wanted.id, '\x03');
  // The terminal drops what was typed with the interrupt, so the shell must be in front first.
  await until(() => fronts.at(-1) === 'bash true');
  await client.input(wanted.id, 'echo finished\r');
  await until(() => String(news.last_line).startsWith('$'));
});

test('files and socket are for the owner only, and a stranger without the secret is turned away', async () => {
  const client = await start();
  const file = readHostFile(folder.options.runDir);
  if (!file) throw new Error('the host wrote no file');
  expect(file.pid).toBe(client.hostPid);
  for (const name of ['pty-host.json', 'pty-host.sock', 'pty-host.log']) {
    expect(statSync(join(folder.options.runDir, name)).mode & 0o077).toBe(0);
  }
  expect(statSync(folder.options.runDir).mode & 0o777).toBe(0o700);
  const { PtyHostLink } = await import('./pty-host-link.ts');
  expect(await code(PtyHostLink.connect({ ...file, secret: '0'.repeat(64) }))).toBe('PTY_HOST_UNAVAILABLE');
  // The secret reaches neither the host's arguments nor its environment nor its log.
  const traces = ['cmdline', 'environ'].map((name) => readFileSync(`/proc/${file.pid}/${name}`, 'latin1'));
  traces.push(readFileSync(join(folder.options.runDir, 'pty-host.log'), 'utf8'));
  for (const trace of traces) expect(trace).not.toContain(file.secret);
  expect(await client.list()).toEqual([]);
});

test('several starters at once end with one host', async () => {
  for (let round = 0; round < 3; round += 1) {
    const all = await Promise.all(Array.from({ length: 4 }, () => PtyHostClient.start(folder.options)));
    const pids = new Set(all.map((client) => client.hostPid));
    expect(pids.size).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const hosts = await until(() => {
      const running = hostProcesses(folder.options.runDir);
      return running.length === 1 && running;
    });
    expect(hosts).toEqual([...pids]);
    for (const client of all) await client.dispose();
    await PtyHostClient.shutdownAny(folder.options);
  }
});

function hostProcesses(runDir: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      if (!(pid > 0)) return false;
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(`AEGIS_PTY_HOST_RUN_DIR=${runDir}`);
      } catch {
        return false;
      }
    });
}

test('a newer control plane replaces the older one, which does not come back', async () => {
  const first = await start();
  const session = await first.create(spec(folder, 'cat', []));
  const down: string[] = [];
  first.onDown((event) => down.push(event.reason));
  const viewer = watch(first, session.id);
  await until(() => viewer.snapshots === 1);
  const second = await start();
  await until(() => down.includes('replaced'));
  expect((await second.list()).map((item) => item.id)).toEqual([session.id]);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(first.connected).toBe(false);
  expect(second.connected).toBe(true);
});

test('leftovers of a dead host are replaced', async () => {
  const first = await start();
  const pid = first.hostPid;
  await first.dispose();
  process.kill(pid, 'SIGKILL');
  await until(() => !alive(pid));
  // Socket, file and lock still lie there.
  for (const name of ['pty-host.json', 'pty-host.sock', 'pty-host.lock']) {
    expect(existsSync(join(folder.options.runDir, name))).toBe(true);
  }
  const second = await start();
  expect(second.hostPid).not.toBe(pid);
  expect(await second.list()).toEqual([]);
});

test('a socket that answers but is not the host is not trusted', async () => {
  const first = await start();
  const file = readHostFile(folder.options.runDir);
  await first.shutdownHost();
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.write(Buffer.from([0, 0, 0, 3, 0, 123, 125]));
  });
  await new Promise<void>((resolve) => server.listen(join(folder.path, 'other.sock'), resolve));
  writeFileSync(
    join(folder.options.runDir, 'pty-host.json'),
    JSON.stringify({ ...file, socket: join(folder.path, 'other.sock') }),
  );
  const second = await start();
  expect(await second.list()).toEqual([]);
  await new Promise((resolve) => server.close(resolve));
});

test('when the host dies its sessions are reported lost, viewers are closed, and a new host serves', async () => {
  const client = await start();
  const session = await client.create(spec(folder, 'sleep', ['300']));
  const ups: { same: boolean; lost: readonly string[] }[] = [];
  client.onUp((event) => ups.push({ same: event.same_host, lost: event.lost }));
  let closed = '';
  client.attach(session.id, { send: () => undefined, closed: (reason) => (closed = reason) });
  process.kill(client.hostPid, 'SIGKILL');
  await until(() => ups.length > 0);
  expect(ups).toEqual([{ same: false, lost: [session.id] }]);
  expect(closed).toContain('lost');
  const again = await client.create(spec(folder, 'echo', ['hello']));
  await until(async () => (await client.screen(again.id)).text === 'hello');
  // The lost session's program loses its terminal with the host.
  await until(() => !alive(session.pid));
});

test('an exit while no control plane is there is told to the next one until it is acknowledged', async () => {
  const first = await start();
  const session = await first.create(spec(folder, 'sh', ['-c', 'sleep 0.3; exit 5']));
  await first.dispose();
  await until(() => !alive(session.pid));
  for (const acknowledge of [false, true]) {
    const next = await start();
    const exit = await exitOf(next, session.id);
    expect(exit).toMatchObject({ exit_code: 5 });
    if (acknowledge) await next.acknowledgeExit(session.id);
    await next.dispose();
  }
  const last = await start();
  let told = false;
  last.onExit(() => (told = true));
  expect((await last.list())[0]?.exit).toMatchObject({ exit_code: 5 });
  expect(told).toBe(false);
});

test('hang-up, interrupt and termination of the group that started the host do not reach it', async () => {
  const script = join(folder.path, 'starter.ts');
  const client = new URL('./pty-host-client.ts', import.meta.url).pathname;
  const log = new URL('../base/log.ts', import.meta.url).pathname;
  writeFileSync(
    script,
    `import { PtyHostClient } from ${JSON.stringify(client)};
     import { silentLog } from ${JSON.stringify(log)};
     const host = await PtyHostClient.start({ runDir: ${JSON.stringify(folder.options.runDir)},
       entry: ${JSON.stringify(folder.options.entry)}, log: silentLog() });
     console.log(host.hostPid);
     setInterval(() => {}, 1000);`,
  );
  const starter = spawn(process.execPath, [script], { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  const pid = await new Promise<number>((resolve) =>
    starter.stdout.once('data', (text: Buffer) => resolve(Number(text.toString()))),
  );
  const ended = new Promise((resolve) => starter.once('exit', resolve));
  for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM'] as const) {
    try {
      process.kill(-(starter.pid ?? 0), signal);
    } catch {
      // The first one ended it.
    }
  }
  await ended;
  const next = await start();
  expect(next.hostPid).toBe(pid);
  process.kill(pid, 'SIGHUP');
  process.kill(pid, 'SIGINT');
  expect(await next.list()).toEqual([]);
});

test('a host without sessions or company ends by itself and leaves nothing behind', async () => {
  process.env.AEGIS_PTY_HOST_IDLE_MS = '300';
  try {
    const client = await PtyHostClient.start({
      ...folder.options,
      command: {
        file: '/usr/bin/env',
        args: ['AEGIS_PTY_HOST_IDLE_MS=300', process.execPath, folder.options.entry],
      },
    });
    const pid = client.hostPid;
    await client.create(spec(folder, 'true', []));
    await until(async () => ((await client.list())[0]?.exit ?? null) !== null);
    await client.acknowledgeExit((await client.list())[0]?.id ?? '');
    await client.dispose();
    await until(() => !alive(pid));
    for (const name of ['pty-host.json', 'pty-host.sock', 'pty-host.lock']) {
      expect(existsSync(join(folder.options.runDir, name))).toBe(false);
    }
  } finally {
    delete process.env.AEGIS_PTY_HOST_IDLE_MS;
  }
});

test('a run folder too deep for a socket is served all the same', async () => {
  const runDir = join(folder.path, 'deep'.repeat(30), 'run');
  const options = { ...folder.options, runDir };
  const client = await PtyHostClient.start(options);
  const file = readHostFile(runDir);
  expect(Buffer.byteLength(file?.socket ?? '')).toBeLessThan(104);
  expect(await client.list()).toEqual([]);
  await client.shutdownHost();
  expect(existsSync(file?.socket ?? '')).toBe(false);
});
