import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  barAt,
  barsOf,
  brushed,
  filledSpan,
  intervalFor,
  slicesOf,
  spanOf,
  stepFor,
  withRoom,
  worthFitting,
  zoomIn,
  zoomOut,
} from './buckets.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const at = Date.parse('2026-11-03T00:00:00.000Z');
const bucket = (start: number, outcomes: Record<string, number>) => ({
  start: new Date(start).toISOString(),
  total: Object.values(outcomes).reduce((a, b) => a + b, 0),
  outcomes,
});

describe('bars', () => {
  it('asks for an interval that gives a bearable number of buckets', () => {
    expect(intervalFor({ from: at, to: at + HOUR })).toBe('minute');
    expect(intervalFor({ from: at, to: at + DAY })).toBe('minute');
    expect(intervalFor({ from: at, to: at + 30 * DAY })).toBe('hour');
    expect(intervalFor({ from: at, to: at + 400 * DAY })).toBe('day');
  });

  it('never draws more than there is room for, nor finer than it knows', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 5000 * 24 * 60 }),
        fc.integer({ min: 12, max: 240 }),
        (minutes, most) => {
          const span = { from: at + 17, to: at + 17 + minutes * MINUTE };
          const interval = intervalFor(span);
          const step = stepFor(span, interval, most);
          expect(barsOf([], span, step).length).toBeLessThanOrEqual(most + 1);
          expect(step % { minute: MINUTE, hour: HOUR, day: DAY }[interval]).toBe(0);
        },
      ),
    );
  });

  it('loses no entry when it joins buckets', () => {
    const span = { from: at, to: at + DAY };
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.integer({ min: 0, max: 1439 }), { maxLength: 200 }),
        fc.integer({ min: 1, max: 9 }),
        (minutes, n) => {
          const buckets = minutes.map((minute) => bucket(at + minute * MINUTE, { allowed: n, denied: 1 }));
          const bars = barsOf(buckets, span, stepFor(span, 'minute', 100));
          expect(bars.reduce((sum, bar) => sum + bar.total, 0)).toBe(minutes.length * (n + 1));
          expect(bars.reduce((sum, bar) => sum + (bar.outcomes.denied ?? 0), 0)).toBe(minutes.length);
        },
      ),
    );
  });

  it('shows one denial among ten thousand', () => {
    const [bar] = barsOf([bucket(at, { allowed: 10_000, denied: 1 })], { from: at, to: at + HOUR }, HOUR);
    const slices = bar ? slicesOf(bar, 10_001, 56) : [];
    expect(slices.find(({ outcome }) => outcome === 'denied')?.height).toBeGreaterThanOrEqual(1);
    expect(slices.map(({ outcome }) => outcome)).toEqual(['allowed', 'denied']);
  });

  it('looks closer when all entries are in a small part of the time', () => {
    const stats = {
      interval: 'hour' as const,
      buckets: [bucket(at, { info: 1 }), bucket(at + HOUR, { info: 1 })],
    };
    const filled = filledSpan(stats);
    expect(filled).toEqual({ from: at, to: at + 2 * HOUR });
    expect(filled && worthFitting(filled, { from: at - 9 * DAY, to: at + DAY }, 'hour')).toBe(true);
    expect(filled && worthFitting(filled, { from: at, to: at + 3 * HOUR }, 'hour')).toBe(false);
    expect(filledSpan({ interval: 'day', buckets: [] })).toBeNull();
  });
});

describe('a young ledger', () => {
  it('has more than one bar', () => {
    expect(withRoom({ from: at - MINUTE, to: at })).toEqual({ from: at - 30 * MINUTE, to: at });
    expect(withRoom({ from: at - DAY, to: at })).toEqual({ from: at - DAY, to: at });
  });
});

describe('brush', () => {
  const bars = barsOf([], { from: at, to: at + DAY }, HOUR);
  const extent = { from: at - DAY, to: at + 2 * DAY };

  it('finds the bar under the pointer, also beside the chart', () => {
    expect(barAt(0, 240, 24)).toBe(0);
    expect(barAt(15, 240, 24)).toBe(1);
    expect(barAt(-5, 240, 24)).toBe(0);
    expect(barAt(999, 240, 24)).toBe(23);
    expect(barAt(5, 0, 24)).toBe(23);
  });

  it('is the same in both directions', () => {
    expect(brushed(9, 3, 24)).toEqual({ first: 3, last: 9 });
    expect(brushed(3, 99, 24)).toEqual({ first: 3, last: 23 });
  });

  it('zooms to whole bars and keeps the rest of the filter', () => {
    expect(zoomIn({ service: 'github' }, bars, { first: 2, last: 3 })).toEqual({
      service: 'github',
      since: '2026-11-03T02:00:00.000Z',
      until: '2026-11-03T04:00:00.000Z',
    });
  });

  it('leaves an open end open, so that it goes on following', () => {
    expect(zoomIn({}, bars, { first: 20, last: 23 })).toEqual({ since: '2026-11-03T20:00:00.000Z' });
    expect(zoomIn({}, bars, { first: 0, last: 3 })).toEqual({ until: '2026-11-03T04:00:00.000Z' });
    expect(zoomIn({ until: '2026-11-04' }, bars, { first: 1, last: 23 })).toEqual({
      since: '2026-11-03T01:00:00.000Z',
      until: '2026-11-04',
    });
  });

  it('zooms out to three times as much, then to all', () => {
    expect(zoomOut({ q: 'rm' }, { from: at, to: at + HOUR }, extent)).toEqual({
      q: 'rm',
      since: '2026-11-02T23:00:00.000Z',
      until: '2026-11-03T02:00:00.000Z',
    });
    expect(zoomOut({ since: '2026-11-03' }, { from: at, to: extent.to }, extent)).toEqual({});
  });

  it('reads the bounds of a filter as the contract does', () => {
    expect(spanOf({}, extent)).toEqual(extent);
    expect(spanOf({ since: '2026-11-03T02:00:00+02:00' }, extent).from).toBe(at);
    expect(spanOf({ since: '2026-11-03T00:00:00' }, extent).from).toBe(at);
    expect(spanOf({ until: '2026-11-03' }, extent).to).toBe(at + DAY);
  });
});
