import type { Approval, Session, SessionState } from '#contract';
import { Serial } from '../base/serial.ts';
import { nowIso } from '../base/time.ts';
import type { AgentAdapter, HookReader, StateReading } from './agents/adapter.ts';
import type { SessionRecord } from './records.ts';

/** A running session in memory: its record, its agent's reader, and what it does apart from open questions. */
export class LiveSession {
  readonly record: SessionRecord;
  readonly adapter: AgentAdapter;
  readonly reader: HookReader | undefined;
  /** Its events, one after the other, in the order they came. */
  readonly events = new Serial();
  /** What it does when no question is open; undefined until the first sign of life. */
  base: StateReading | undefined;
  baseSince = Date.now();
  /** Bytes its program has written, and when that last changed. */
  offset = 0;
  quietSince = Date.now();
  /** Its end is being recorded. */
  ending = false;
  /** Consecutive looks at its pulse that contradicted an open question. */
  contradictions = 0;

  constructor(record: SessionRecord, adapter: AgentAdapter) {
    this.record = record;
    this.adapter = adapter;
    this.reader = adapter.reader?.(record.session.work_dir);
  }

  get id(): Session['id'] {
    return this.record.session.id;
  }

  setBase(reading: StateReading): void {
    this.base = reading;
    this.baseSince = Date.now();
  }

  /**
   * Writes the state that follows from the base and the open questions into the record. Returns what changed: a question
   * always comes first, because it is what a person must see.
   */
  refresh(pending: readonly Approval[]): 'nothing' | 'reason' | 'state' {
    const { session } = this.record;
    const next = this.#derive(pending);
    if (next.state === session.state && next.reason === session.state_reason) return 'nothing';
    const changed = next.state === session.state ? 'reason' : 'state';
    this.record.session = {
      ...session,
      state: next.state,
      state_reason: next.reason,
      state_since: changed === 'state' ? nowIso() : session.state_since,
    };
    return changed;
  }

  #derive(pending: readonly Approval[]): { state: SessionState; reason: string } {
    const [first] = pending;
    if (first) {
      const more = pending.length > 1 ? `, and ${pending.length - 1} more` : '';
      return { state: 'waiting_permission', reason: `asks: ${first.summary}${more}` };
    }
    const { session } = this.record;
    return (
      this.base ?? { state: 'starting', reason: session.state === 'starting' ? session.state_reason : 'runs' }
    );
  }
}
