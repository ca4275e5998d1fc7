import { formatCount } from '../../ui/time.ts';
import type { Bar } from './buckets.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const day = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });
const dayAndClock = new Intl.DateTimeFormat(undefined, {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});

/** A moment as finely as bars of this length need it. */
export const dayAndTime = (at: number, step: number): string => (step >= DAY ? day : dayAndClock).format(at);

/** "Nov 3, 14:00 to 20:00" */
export function spanWords(from: number, to: number, step: number): string {
  if (step >= DAY)
    return to - from <= DAY ? day.format(from) : `${day.format(from)} to ${day.format(to - 1)}`;
  const sameDay = day.format(from) === day.format(to);
  return `${dayAndClock.format(from)} to ${sameDay ? clock.format(to) : dayAndClock.format(to)}`;
}

/** "6 h per bar" */
export function stepWords(step: number): string {
  const [n, unit] =
    step >= DAY ? [step / DAY, 'd'] : step >= HOUR ? [step / HOUR, 'h'] : [step / MINUTE, 'min'];
  return `${n} ${unit} per bar`;
}

/** "Nov 3, 14:00 to 20:00: 312 entries, 300 allowed, 12 denied" */
export function barWords(bar: Bar | undefined, step: number): string {
  if (!bar) return '';
  const parts = Object.entries(bar.outcomes)
    .sort(([, a], [, b]) => b - a)
    .map(([outcome, n]) => `${formatCount(n)} ${outcome}`);
  const entries = bar.total === 1 ? '1 entry' : `${formatCount(bar.total)} entries`;
  return `${spanWords(bar.from, bar.to, step)}: ${[bar.total === 0 ? 'no entries' : entries, ...parts].join(', ')}`;
}
