/** For tests and benchmarks: a real host process in a folder of its own. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { entryPath } from '../../core/base/entries.ts';
import { silentLog } from '../../core/base/log.ts';
import { type CreateSpec, PtyHostClient, type PtyHostOptions } from '../../core/sessions/pty-host-client.ts';
import { TestViewer } from './terminals.ts';

export interface TestFolder {
  readonly path: string;
  readonly options: PtyHostOptions;
  /** Ends the host, if one runs, and removes everything. @returns processes that still mention the folder. */
  end(): Promise<string[]>;
}

export function testFolder(): TestFolder {
  const path = mkdtempSync(join(tmpdir(), 'aegis-pty-'));
  const options: PtyHostOptions = {
    runDir: join(path, 'run'),
    entry: entryPath('pty-host'),
    log: silentLog(),
  };
  return {
    path,
    options,
    async end() {
      await PtyHostClient.shutdownAny(options);
      const left = await until(() => {
        const found = processesMentioning(path);
        return found.length === 0 ? [] : undefined;
      }, 3_000).catch(() => processesMentioning(path));
      rmSync(path, { recursive: true, force: true });
      return left;
    },
  };
}

/** Processes whose environment names the folder: sessions and hosts of a test. */
function processesMentioning(path: string): string[] {
  if (process.platform !== 'linux') return [];
  const found: string[] = [];
  for (const entry of readdirNumbers('/proc')) {
    if (entry === process.pid) continue;
    try {
      if (readFileSync(`/proc/${entry}/environ`, 'latin1').includes(path)) {
        found.push(`${entry} ${readFileSync(`/proc/${entry}/cmdline`, 'latin1').replaceAll('\0', ' ')}`);
      }
    } catch {
      // Gone meanwhile.
    }
  }
  return found;
}

function readdirNumbers(path: string): number[] {
  return readdirSync(path)
    .map(Number)
    .filter((pid) => pid > 0);
}

let next = 1;
export function spec(
  folder: TestFolder,
  file: string,
  args: string[],
  more: Partial<CreateSpec> = {},
): CreateSpec {
  const id = more.id ?? `ses_test_${next++}`;
  return {
    id,
    file,
    args,
    cwd: folder.path,
    env: {
      PATH: process.env.PATH ?? '',
      TERM: 'xterm-256color',
      LANG: 'C.UTF-8',
      HOME: folder.path,
      PS1: '$ ',
      AEGIS_SESSION_ID: id,
    },
    cols: 80,
    rows: 24,
    ...more,
  };
}

/** A session and somebody looking at it. */
export function watch(client: PtyHostClient, id: string, viewer = new TestViewer()): TestViewer {
  const attached = client.attach(id, { send: (frame) => viewer.take(frame) });
  viewer.connect((frame) => attached.receive(frame));
  return viewer;
}

/** Waits for a value that is not undefined or false. @throws Error after `limit` ms. */
export async function until<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  limit = 15_000,
): Promise<T> {
  const end = Date.now() + limit;
  for (;;) {
    const value = await look();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > end)
      throw new Error(`Nothing came within ${limit} ms: ${look.toString().slice(0, 200)}`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}
