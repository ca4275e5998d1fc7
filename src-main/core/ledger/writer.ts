/** The ledger's writer: a worker thread, the only one that writes the file. See protocol.ts. */
import { parentPort, workerData } from 'node:worker_threads';
import type { AuditEvent } from '#contract';
import { newId } from '../base/ids.ts';
import { nowIso } from '../base/time.ts';
import type { Attestation } from './attest.ts';
import { canonicalRuns, toEntry } from './canonical.ts';
import { lockLedger } from './lock.ts';
import type { Failure, FromWriter, ToWriter, WriterData } from './protocol.ts';
import { Seal } from './seal.ts';
import { WriterStore } from './writer-store.ts';

/** How long nothing has to happen before the write-ahead log is moved into the file. */
const TIDY_AFTER_MS = 1_000;
/** How long after an entry at most its signed checkpoint leaves the database. */
const CHECKPOINT_AFTER_MS = 2_000;

const data = workerData as WriterData;
const port = parentPort;
if (!port) throw new Error('The ledger writer runs as a worker thread only.');

let anchors = data.anchors;
let seal = data.signingKey ? new Seal(data.signingKey, data.anchorPath) : undefined;
/** The size when this writer began without a key. */
let unsealedSince: number | undefined;
/** The file could not be written when last tried. */
let failed = false;
let lock: { release(): void } | undefined;
let store: WriterStore | undefined;
let tidyTimer: NodeJS.Timeout | undefined;
let checkpointTimer: NodeJS.Timeout | undefined;

const say = (message: FromWriter, transfer: ArrayBuffer[] = []): void => port.postMessage(message, transfer);

function failureOf(error: unknown): Failure {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'UNKNOWN';
  return { code, message: error instanceof Error ? error.message : String(error) };
}

/** Opened on demand, so that after a failure the next append tries afresh. */
function opened(): WriterStore {
  lock ??= lockLedger(data.lockPath);
  if (store) return store;
  store = new WriterStore(data.path, seal, anchors, unsealedSince);
  // A full disk can be opened; only a write tells that there is space again.
  if (failed) store.probe();
  failed = false;
  const events = store.attestation ? eventsOf(store.attestation, store.size) : [];
  if (seal && unsealedSince !== undefined && unsealedSince < store.size) {
    events.push(
      recovered(
        `Entries ${unsealedSince + 1} to ${store.size} were recorded while the key could not be had.`,
      ),
    );
  }
  unsealedSince = seal ? undefined : (unsealedSince ?? store.size);
  // Recorded before anything else: what was found must outlive the head that showed it.
  if (events.length > 0) store.append(events.map(runsOf).join('\n'));
  say({ type: 'opened', size: store.size, noted: events.length });
  return store;
}

const runsOf = (event: AuditEvent): string => canonicalRuns(toEntry(event, newId('aud'), nowIso()));

const recovered = (reason: string): AuditEvent => ({
  action: 'ledger.recovered',
  outcome: 'info',
  actor: 'system',
  reason,
});

function eventsOf({ findings, recoveredFrom }: Attestation, size: number): AuditEvent[] {
  const events: AuditEvent[] = findings.map(({ seq, problem }) => ({
    action: 'ledger.tampering_found',
    outcome: 'error',
    actor: 'system',
    reason: problem,
    details: { first_bad: seq, size },
  }));
  if (recoveredFrom !== undefined) {
    events.push(
      recovered(
        `Entries ${recoveredFrom} to ${size} were on disk, but the head kept outside ended before them.`,
      ),
    );
  }
  return events;
}

function spend(): void {
  failed = true;
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
    checkpointTimer ??= setTimeout(() => checkpoint(0), CHECKPOINT_AFTER_MS);
    clearTimeout(tidyTimer);
    tidyTimer = setTimeout(tidy, TIDY_AFTER_MS);
  } catch (error) {
    spend();
    say({ type: 'failed', batch, failure: failureOf(error) });
  }
}

/** Never fails: a checkpoint that cannot be stored now comes with the next. */
function checkpoint(ask: number, last = false): void {
  clearTimeout(checkpointTimer);
  checkpointTimer = undefined;
  try {
    const { size, root } = opened();
    say({ type: 'checkpoint', ask, size, root: root, note: opened().checkpoint(last) ?? null });
  } catch {
    spend();
    if (ask > 0) say({ type: 'checkpoint', ask, size: -1, root: '', note: null });
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
  if (store) checkpoint(0, true);
  clearTimeout(checkpointTimer);
  spend();
  lock?.release();
  lock = undefined;
  say({ type: 'closed' });
  port?.close();
}

/** From here on with a key: the file is opened anew, and compared with what is kept outside. */
function unseal(message: Extract<ToWriter, { type: 'unseal' }>): void {
  if (seal || !message.signingKey) return;
  anchors = message.anchors;
  seal = new Seal(message.signingKey, data.anchorPath);
  spend();
  checkpoint(0);
}

/** Whether it can be written again: says `opened` or `open-failed`. */
function probe(): void {
  try {
    opened();
  } catch (error) {
    spend();
    say({ type: 'open-failed', failure: failureOf(error) });
  }
}

function disown(): void {
  try {
    opened().disown();
  } catch {
    // The next verification says what is left of it.
    spend();
  }
}

function hear(message: ToWriter): void {
  switch (message.type) {
    case 'append':
      append(message.batch, message.text);
      break;
    case 'checkpoint':
      checkpoint(message.ask);
      break;
    case 'probe':
      probe();
      break;
    case 'disown':
      disown();
      break;
    case 'unseal':
      unseal(message);
      break;
    case 'close':
      close();
      break;
  }
}

port.on('message', hear);

probe();
