/** The ledger's reader: a worker thread for what takes long, so that neither the main thread nor the writer waits. */
import { parentPort, workerData } from 'node:worker_threads';
import { parseVkey } from './note.ts';
import type { CallName, FromReader, ReaderCalls, ReaderData, ToReader } from './reader-protocol.ts';
import { type LedgerDb, openForReading } from './schema.ts';
import { verifyEntries } from './verify.ts';

const data = workerData as ReaderData;
const port = parentPort;
if (!port) throw new Error('The ledger reader runs as a worker thread only.');

/** Calls under way; false once cancelled. */
const wanted = new Map<number, boolean>();
const say = (message: FromReader): void => port.postMessage(message);

type Work = {
  readonly [N in CallName]: (
    input: ReaderCalls[N]['input'],
    progress: (done: number, total: number) => boolean,
  ) => Promise<ReaderCalls[N]['output']>;
};

const work: Work = {
  async verify({ witnesses, vkey }, onProgress) {
    // A connection of its own: its snapshot lasts as long as the pass.
    return withDb((db) =>
      verifyEntries({ db, witnesses, trusted: vkey === null ? undefined : parseVkey(vkey), onProgress }),
    );
  },
};

async function withDb<T>(use: (db: LedgerDb) => Promise<T>): Promise<T> {
  const db = openForReading(data.path);
  try {
    return await use(db);
  } finally {
    db.close();
  }
}

async function answer(id: number, name: CallName, input: unknown): Promise<void> {
  wanted.set(id, true);
  const progress = (done: number, total: number): boolean => {
    say({ type: 'progress', id, done, total });
    return wanted.get(id) === true;
  };
  try {
    // The caller's side is typed by the same table, so the input is what the work expects.
    const run = work[name] as (
      input: unknown,
      progress: (done: number, total: number) => boolean,
    ) => Promise<unknown>;
    say({ type: 'answer', id, output: await run(input, progress) });
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
  else if (wanted.has(message.id)) wanted.set(message.id, false);
});
