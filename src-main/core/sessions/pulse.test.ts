import { expect, test } from 'vitest';
import type { Approval } from '#contract';
import type { Pulse, StateReading } from './agents/adapter.ts';
import { claudeCode } from './agents/claude-code.ts';
import { LiveSession } from './live-session.ts';
import { heal } from './pulse.ts';
import type { SessionRecord } from './records.ts';

const live = (base?: StateReading, ageMs = 10_000): LiveSession => {
  const record = { session: { id: 'ses', work_dir: '/' }, data: null } as unknown as SessionRecord;
  const session = new LiveSession(record, claudeCode);
  if (base) session.setBase(base);
  session.baseSince = Date.now() - ageMs;
  return session;
};
const pulse = (status: Pulse['status'], agoMs: number, waiting_for: string | null = null): Pulse => ({
  status,
  since: Date.now() - agoMs,
  waiting_for,
});
const working: StateReading = { state: 'working', reason: 'uses Bash' };
const waiting: StateReading = { state: 'waiting_input', reason: 'ended its turn' };
const opened = (agoMs: number) =>
  ({ opened_at: new Date(Date.now() - agoMs).toISOString() }) as unknown as Approval;

test('an interrupt tells nobody; the pulse does', () => {
  expect(heal(live(working), pulse('idle', 5_000), []).base?.state).toBe('waiting_input');
});

test('a pulse older than what we know, or not steady yet, changes nothing', () => {
  expect(heal(live(working, 1_000), pulse('idle', 5_000), [])).toEqual({});
  expect(heal(live(working), pulse('idle', 500), [])).toEqual({});
  expect(heal(live(working), pulse('busy', 5_000), [])).toEqual({});
  expect(heal(live(waiting), pulse('idle', 5_000), [])).toEqual({});
});

test('the first sign of life counts at once', () => {
  expect(heal(live(), pulse('idle', 10), []).base?.reason).toBe('waits for a prompt');
  expect(heal(live(), pulse('busy', 10), []).base?.state).toBe('working');
});

test('waking up by itself, or asking without a hook', () => {
  expect(heal(live(waiting), pulse('busy', 5_000), []).base?.state).toBe('working');
  expect(heal(live(working), pulse('waiting', 5_000, 'permission prompt'), []).base?.state).toBe(
    'waiting_permission',
  );
  expect(heal(live(working), pulse('waiting', 5_000, 'dialog'), []).base?.state).toBe('waiting_input');
});

test('an open question is moot only when the agent moved on after it, seen twice', () => {
  const session = live(working);
  expect(heal(session, pulse('waiting', 100), [opened(200)])).toEqual({});
  expect(heal(session, pulse('busy', 500), [opened(200)])).toEqual({});
  expect(heal(session, pulse('busy', 100), [opened(200)])).toEqual({});
  expect(heal(session, pulse('busy', 100), [opened(200)]).retire).toBe('Answered in the terminal.');
  expect(heal(session, pulse('idle', 100), [opened(200)])).toEqual({});
  expect(heal(session, pulse('waiting', 100), [opened(200)])).toEqual({});
  expect(heal(session, pulse('idle', 100), [opened(200)])).toEqual({});
  expect(heal(session, pulse('idle', 100), [opened(200)]).retire).toBe('Refused in the terminal.');
});

test('quiet from the start means it waits for somebody', () => {
  const session = live();
  session.quietSince = Date.now() - 10_000;
  expect(heal(session, undefined, [])).toEqual({});
  session.offset = 100;
  expect(heal(session, undefined, []).base?.state).toBe('waiting_input');
  session.quietSince = Date.now();
  expect(heal(session, undefined, [])).toEqual({});
});
