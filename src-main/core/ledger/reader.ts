/** The ledger's reader: a worker thread for what takes long, so that neither the main thread nor the writer waits. */
import { parentPort, workerData } from 'node:worker_threads';
import { parseVkey } from './note.ts';
import type { CallName, FromReader, ReaderCalls, ReaderData, ToReader } from './reader-protocol.ts';
import { ReaderWork, type Wanted } from './reader-work.ts';
import { openForReading } from './schema.ts';
import { verifyEntries } from './verify.ts';

const data = workerData as ReaderData;
const port = parentPort;
if (!port) throw new Error('The ledger reader runs as a worker thread only.');

/** Calls under way; false once cancelled. */
const wanted = new Map<number, boolean>();
const say = (message: FromReader): void => port.postMessage(message);

/** Tells how far the work is; false when it is no longer wanted. */
type Progress = (done: number, total: number) => boolean;

type Work = {
  readonly [N in CallName]: (
    input: ReaderCalls[N]['input'],
    progress: Progress,
    wanted: Wanted,
  ) => Promise<ReaderCalls[N]['output']>;
};

let opened: ReaderWork | undefined;
let indexing = false;

function reader(): ReaderWork {
  if (!opened) {
    opened = new ReaderWork(data.path, data.indexPath);
    say({ type: 'index-opened' });
  }
  return opened;
}

/** Indexing follows the ledger by itself. A failure is met again, and reported, by whoever asks next. */
async function index(): Promise<void> {
  if (indexing) return;
  indexing = true;
  try {
    await reader().catchUp(() => true);
  } catch {
    forget();
  } finally {
    indexing = false;
  }
}

function forget(): void {
  try {
    opened?.close();
  } catch {
    // Nothing more can be done for it.
  }
  opened = undefined;
}

const work: Work = {
  async verify({ witnesses, vkey }, progress) {
    // A connection of its own: its snapshot lasts as long as the pass.
    const db = openForReading(data.path);
    try {
      const trusted = vkey === null ? undefined : parseVkey(vkey);
      return await verifyEntries({ db, witnesses, trusted, onProgress: progress });
    } finally {
      db.close();
    }
  },
  stats: ({ filter, interval_ms }, _, wanted) => reader().stats(filter, interval_ms, wanted),
  facets: ({ filter, top }, _, wanted) => reader().facets(filter, top, wanted),
  inclusion: async ({ index: leaf, size }) => reader().inclusion(leaf, size),
  consistency: async ({ first, second }) => reader().consistency(first, second),
  export: (step, _, wanted) => reader().export(step, wanted),
  async indexed({ seq }, _, wanted) {
    await reader().catchUp(wanted, seq);
    return null;
  },
};

async function answer(id: number, name: CallName, input: unknown): Promise<void> {
  wanted.set(id, true);
  const isWanted = (): boolean => wanted.get(id) === true;
  const progress: Progress = (done, total) => {
    say({ type: 'progress', id, done, total });
    return isWanted();
  };
  try {
    // The caller's side is typed by the same table, so the input is what the work expects.
    const run = work[name] as (input: unknown, progress: Progress, wanted: Wanted) => Promise<unknown>;
    say({ type: 'answer', id, output: await run(input, progress, isWanted) });
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN';
    const message = error instanceof Error ? error.message : String(error);
    say({ type: 'failed', id, failure: { code, message } });
  } finally {
    wanted.delete(id);
  }
}

port.on('message', (message: ToReader) => {
  if (message.type === 'call') void answer(message.id, message.name, message.input);
  else if (message.type === 'poke') void index();
  else if (message.type === 'release') {
    // Whatever is under way fails, and is reported as unreadable.
    forget();
  } else if (wanted.has(message.id)) wanted.set(message.id, false);
});
