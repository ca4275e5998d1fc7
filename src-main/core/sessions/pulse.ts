import type { Approval } from '#contract';
import type { Pulse, StateReading } from './agents/adapter.ts';
import type { LiveSession } from './live-session.ts';

/** A program that has written and then kept quiet this long since its start is waiting for somebody. */
const QUIET_START_MS = 4_000;
/** A pulse counts once it has stood this long: hooks of the same moment may still be on their way. */
const STEADY_MS = 1_500;

export interface Healing {
  readonly base?: StateReading;
  /** Why the open questions need no answer any more. */
  readonly retire?: string;
}

/** What an agent's own sign of life says about a view of it that may be wrong. */
export function heal(live: LiveSession, pulse: Pulse | undefined, pending: readonly Approval[]): Healing {
  if (pulse === undefined) return quietStart(live);
  if (pending.length > 0) return contradicted(live, pulse, pending);
  live.contradictions = 0;
  const state = live.base?.state;
  const newer = pulse.since > live.baseSince && Date.now() - pulse.since > STEADY_MS;
  if (state !== undefined && !newer) return {};
  if (pulse.status === 'idle' && state !== 'waiting_input') {
    return { base: { state: 'waiting_input', reason: 'waits for a prompt' } };
  }
  if (pulse.status === 'busy' && state !== 'working') return { base: { state: 'working', reason: 'works' } };
  if (pulse.status === 'waiting' && state !== 'waiting_input' && state !== 'waiting_permission') {
    return { base: asksInTerminal(pulse.waiting_for) };
  }
  return {};
}

const asksInTerminal = (what: string | null): StateReading =>
  what?.includes('permission')
    ? { state: 'waiting_permission', reason: 'asks for permission in its terminal' }
    : { state: 'waiting_input', reason: 'asks in its terminal' };

/** A question answered in the terminal shows here at once, while its tool may still run for long. */
function contradicted(live: LiveSession, pulse: Pulse, pending: readonly Approval[]): Healing {
  const newest = Math.max(...pending.map((approval) => Date.parse(approval.opened_at)));
  if (pulse.status === 'waiting' || pulse.since <= newest) {
    live.contradictions = 0;
    return {};
  }
  live.contradictions += 1;
  // The question is sent a moment before the agent calls itself waiting: look twice.
  if (live.contradictions < 2) return {};
  live.contradictions = 0;
  return pulse.status === 'busy'
    ? { base: { state: 'working', reason: 'works' }, retire: 'Answered in the terminal.' }
    : { base: { state: 'waiting_input', reason: 'waits for a prompt' }, retire: 'Refused in the terminal.' };
}

/** Some ask before they speak to anybody (do you trust this folder?): quiet from the start means waiting. */
function quietStart(live: LiveSession): Healing {
  const quiet = live.base === undefined && live.offset > 0 && Date.now() - live.quietSince > QUIET_START_MS;
  return quiet && live.adapter.held_events.length > 0
    ? { base: { state: 'waiting_input', reason: 'quiet since its start: look at its terminal' } }
    : {};
}
