import type { AuditFilter, AuditOutcome, AuditStats } from '#contract';

/** A stretch of time in milliseconds since the epoch; `to` is exclusive. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface Bar extends Span {
  readonly total: number;
  readonly outcomes: Readonly<Partial<Record<AuditOutcome, number>>>;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
export type Interval = AuditStats['interval'];
const INTERVAL_MS: Record<Interval, number> = { minute: MINUTE, hour: HOUR, day: DAY };
/** Buckets asked for at most in one answer. */
const MOST_BUCKETS = 1500;

/** The finest interval in which this span does not have too many buckets. */
export function intervalFor({ from, to }: Span): Interval {
  const length = to - from;
  if (length <= MOST_BUCKETS * MINUTE) return 'minute';
  return length <= MOST_BUCKETS * HOUR ? 'hour' : 'day';
}

const NICE = [1, 2, 5, 10, 15, 30].map((n) => n * MINUTE);
const NICE_HOURS = [1, 2, 3, 6, 12].map((n) => n * HOUR);
const NICE_DAYS = [1, 2, 7, 14, 28, 91, 182, 364, 728].map((n) => n * DAY);
const STEPS = [...NICE, ...NICE_HOURS, ...NICE_DAYS];

/** Length of one bar in milliseconds: a round one, so that there are at most `most` bars. */
export function stepFor({ from, to }: Span, interval: Interval, most: number): number {
  const least = INTERVAL_MS[interval];
  const step = STEPS.find((each) => each >= least && (to - from) / each + 1 <= most);
  return step ?? Math.ceil((to - from) / most / DAY) * DAY;
}

const OUTCOMES = ['allowed', 'asked', 'denied', 'error', 'info'] as const satisfies AuditOutcome[];

/** Joins the buckets of the answer to bars of `step` milliseconds, empty ones included. */
export function barsOf(buckets: AuditStats['buckets'], span: Span, step: number): Bar[] {
  const first = Math.floor(span.from / step) * step;
  const count = Math.max(1, Math.ceil((span.to - first) / step));
  const bars = Array.from({ length: count }, (_, i) => ({
    from: first + i * step,
    to: first + (i + 1) * step,
    total: 0,
    outcomes: {} as Partial<Record<AuditOutcome, number>>,
  }));
  for (const bucket of buckets) {
    const bar = bars[Math.floor((Date.parse(bucket.start) - first) / step)];
    if (!bar) continue;
    bar.total += bucket.total;
    for (const outcome of OUTCOMES) {
      const n = bucket.outcomes[outcome];
      if (n) bar.outcomes[outcome] = (bar.outcomes[outcome] ?? 0) + n;
    }
  }
  return bars;
}

/** The part of the span that has entries, with the bucket's own length at the end; null without any. */
export function filledSpan(stats: Pick<AuditStats, 'buckets' | 'interval'>): Span | null {
  const [first, last] = [stats.buckets[0], stats.buckets.at(-1)];
  if (!first || !last) return null;
  return { from: Date.parse(first.start), to: Date.parse(last.start) + INTERVAL_MS[stats.interval] };
}

/** Whether the entries fill so little of the span that looking closer shows more. */
export function worthFitting(filled: Span, span: Span, interval: Interval): boolean {
  return interval !== 'minute' && filled.to - filled.from < (span.to - span.from) / 6;
}

/** A young ledger, or one busy minute, would be a single bar: room before it shows it as what it is. */
const LEAST_SPAN = 30 * MINUTE;

export const withRoom = ({ from, to }: Span): Span => ({ from: Math.min(from, to - LEAST_SPAN), to });

/** The bars between two, in order, whichever way it was dragged. */
export function brushed(a: number, b: number, count: number): { first: number; last: number } {
  const clamp = (n: number) => Math.max(0, Math.min(count - 1, n));
  return { first: clamp(Math.min(a, b)), last: clamp(Math.max(a, b)) };
}

/** The bar under a pointer `x` pixels into a chart of this width. */
export const barAt = (x: number, width: number, count: number): number =>
  Math.max(0, Math.min(count - 1, Math.floor((x / Math.max(1, width)) * count)));

/**
 * The filter that shows these bars. An end that is open stays open, so that a view up to now goes on following.
 * @param bounds what the bars cover; a brush up to its edge keeps the filter's own bound there
 */
export function zoomIn(
  filter: AuditFilter,
  bars: readonly Bar[],
  brush: { first: number; last: number },
): AuditFilter {
  const { since: oldSince, until: oldUntil, ...rest } = filter;
  const from = bars[brush.first]?.from;
  const to = bars[brush.last]?.to;
  const since = brush.first === 0 || from === undefined ? oldSince : new Date(from).toISOString();
  const until = brush.last === bars.length - 1 || to === undefined ? oldUntil : new Date(to).toISOString();
  return { ...rest, ...(since ? { since } : {}), ...(until ? { until } : {}) };
}

/** Three times the span around it; open again where it reaches what there is. */
export function zoomOut(filter: AuditFilter, span: Span, extent: Span): AuditFilter {
  const { since: _since, until: _until, ...rest } = filter;
  const length = span.to - span.from;
  const from = span.from - length;
  const to = span.to + length;
  return {
    ...rest,
    ...(from <= extent.from ? {} : { since: new Date(from).toISOString() }),
    ...(to >= extent.to ? {} : { until: new Date(to).toISOString() }),
  };
}

const BARE_DATE = /^\d{4}-\d{2}-\d{2}$/;
const HAS_OFFSET = /(?:[zZ]|[+-]\d{2}:?\d{2})$/;

/** The span a filter asks for, in the words of the contract: UTC without an offset, a bare last day as a whole. */
export function spanOf(filter: AuditFilter, extent: Span): Span {
  const at = (text: string) => Date.parse(BARE_DATE.test(text) || HAS_OFFSET.test(text) ? text : `${text}Z`);
  const since = filter.since === undefined ? Number.NaN : at(filter.since);
  const until =
    filter.until === undefined ? Number.NaN : at(filter.until) + (BARE_DATE.test(filter.until) ? DAY : 0);
  const from = Number.isNaN(since) ? extent.from : since;
  const to = Number.isNaN(until) ? extent.to : until;
  return { from, to: Math.max(to, from + MINUTE) };
}

export interface Slice {
  readonly outcome: AuditOutcome;
  /** Pixels from the bottom. */
  readonly y: number;
  readonly height: number;
}

/** Heights of the parts of a bar. What is there is seen, however few: every part is at least one pixel tall. */
export function slicesOf(bar: Bar, highest: number, height: number): Slice[] {
  if (bar.total === 0 || highest === 0) return [];
  const slices: Slice[] = [];
  let y = 0;
  for (const outcome of ['info', 'allowed', 'asked', 'error', 'denied'] as const) {
    const n = bar.outcomes[outcome] ?? 0;
    if (n === 0) continue;
    const tall = Math.max(1.5, (n / highest) * (height - 4));
    slices.push({ outcome, y, height: tall });
    y += tall;
  }
  return slices;
}
