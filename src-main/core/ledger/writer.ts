/** The ledger's writer: a worker thread, the only one that writes the file. See protocol.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import { lockLedger } from './lock.ts';
import type { Failure, FromWriter, ToWriter, WriterData } from './protocol.ts';
import { WriterStore } from './writer-store.ts';

/** How long nothing has to happen before the write-ahead log is moved into the file. */
const TIDY_AFTER_MS = 1_000;

const data = workerData as WriterData;
const port = parentPort;
if (!port) throw new Error('The ledger writer runs as a worker thread only.');

let lock: { release(): void } | undefined;
let store: WriterStore | undefined;
let tidyTimer: NodeJS.Timeout | undefined;

const say = (message: FromWriter, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);

function failureOf(error: unknown): Failure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN';
  return { code, message: error instanceof Error ? error.message : String(error) };
}

/** Opened on demand, so that after a failure the next append tries afresh. */
function opened(): WriterStore {
  lock ??= lockLedger(data.lockPath);
  store ??= new WriterStore(data.path);
  return store;
}

function spend(): void {
  try {
    store?.close();
  } catch {
    // The file is in trouble already; what matters was reported.
  }
  store = undefined;
}

function append(batch: number, text: string): void {
  try {
    const done = opened().append(text);
    say({ type: 'appended', batch, ...done }, [done.hashes.buffer]);
    clearTimeout(tidyTimer);
    tidyTimer = setTimeout(tidy, TIDY_AFTER_MS);
  } catch (error) {
    spend();
    say({ type: 'failed', batch, failure: failureOf(error) });
  }
}

function tidy(): void {
  try {
    store?.tidy();
  } catch {
    // Only a convenience: SQLite does it by itself when the log grows long.
  }
}

function close(): void {
  clearTimeout(tidyTimer);
  spend();
  lock?.release();
  lock = undefined;
  say({ type: 'closed' });
  port?.close();
}

port.on('message', (message: ToWriter) => {
  if (message.type === 'append') append(message.batch, message.text);
  else close();
});

try {
  const { size, head } = opened();
  say({ type: 'opened', size, head });
} catch (error) {
  spend();
  say({ type: 'open-failed', failure: failureOf(error) });
}
