/** Ledgers for tests: real files in a folder of their own. */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AuditEvent, VerifyResult } from '#contract';
import { silentLog } from '../../base/log.ts';
import { fileLedgerKeys, Ledger, type LedgerOptions, verifyOffline } from '../index.ts';
import { type LedgerDb, open } from '../schema.ts';

const FILES = [
  'ledger.db',
  'ledger.db-wal',
  'ledger.db-shm',
  'ledger.anchor',
  'ledger.anchor.head',
  'ledger.db.key',
];

/** A state folder with a ledger in it. */
export class LedgerFolder {
  readonly path: string;

  constructor(under: string = tmpdir()) {
    this.path = mkdtempSync(join(under, 'aegis-ledger-'));
  }

  get db(): string {
    return join(this.path, 'ledger.db');
  }

  get anchor(): string {
    return join(this.path, 'ledger.anchor');
  }

  open(options: Partial<LedgerOptions> = {}): Promise<Ledger> {
    return Ledger.open({ path: this.db, anchorPath: this.anchor, log: silentLog(), ...options });
  }

  /** Verifies the closed files. */
  verify(): Promise<VerifyResult> {
    const keys = fileLedgerKeys(`${this.db}.key`);
    return verifyOffline({ path: this.db, anchorPath: this.anchor, keys });
  }

  /** Changes the closed database behind Aegis's back. */
  tamper(change: (db: LedgerDb) => void): void {
    const db = open(this.db, false);
    try {
      change(db);
    } finally {
      db.close();
    }
  }

  /** Puts the files of another ledger folder here, all or the named ones. */
  copyFrom(other: LedgerFolder, files: readonly string[] = FILES): void {
    for (const file of files) {
      const source = join(other.path, file);
      if (existsSync(source)) copyFileSync(source, join(this.path, file));
      else rmSync(join(this.path, file), { force: true });
    }
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

/** Events that look like a day's work: few agents and services, some refusals, an id each. */
export function sampleEvent(i: number): AuditEvent {
  const refused = i % 10 === 0;
  return {
    action: i % 3 === 2 ? 'gate.completed' : 'gate.request',
    outcome: refused ? 'denied' : 'allowed',
    actor: `agent-${i % 7}`,
    agent: `agent-${i % 7}`,
    session_id: `ses_${String(i % 50).padStart(32, '0')}`,
    service: ['anthropic', 'openai', 'github'][i % 3],
    target: `POST api.example.com/v1/messages/${i % 1000}`,
    code: refused ? 'DOMAIN_GUARD' : null,
    reason: refused ? 'The host is not among the domains of the credential.' : null,
    request_id: `req_${String(i).padStart(32, '0')}`,
    bytes_in: i % 5000,
    duration_ms: (i % 400) / 4,
    details: { credential: 'anthropic-main', status: refused ? 403 : 200 },
  };
}

/** Appends sample events, a few thousand under way at a time. */
export async function fill(ledger: Ledger, count: number, from = 0): Promise<void> {
  for (let i = from; i < from + count; ) {
    const batch: Promise<unknown>[] = [];
    for (; i < from + count && batch.length < 4000; i += 1) batch.push(ledger.append(sampleEvent(i)));
    await Promise.all(batch);
  }
}
