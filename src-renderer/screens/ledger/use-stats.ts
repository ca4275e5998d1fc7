import { useEffect, useRef, useState } from 'react';
import type { AuditFacets, AuditFilter, AuditStats } from '#contract';
import { client, type Failure, toFailure } from '../../client/index.ts';
import { ledgerFeed } from '../../state/index.ts';
import {
  filledSpan,
  type Interval,
  intervalFor,
  type Span,
  spanOf,
  withRoom,
  worthFitting,
} from './buckets.ts';

/** While entries come in, counts are made anew this often, in milliseconds. */
const AGAIN_MS = 5_000;

export interface Overview {
  /** Entries that match. */
  total: number;
  /** What the chart covers. */
  span: Span;
  /** From the first entry of the ledger to now. */
  extent: Span;
  interval: Interval;
  buckets: AuditStats['buckets'];
  facets: AuditFacets['facets'];
}

export interface Stats {
  overview: Overview | null;
  failure: Failure | null;
  loading: boolean;
  retry(): void;
}

/** Counts for the chart and the facets. What was counted before stays on show while it is counted anew. */
export function useStats(filter: AuditFilter): Stats {
  const [overview, setOverview] = useState<Overview | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [loading, setLoading] = useState(true);
  const [attempt, setAttempt] = useState(0);
  const key = JSON.stringify(filter);
  const asked = useRef('');

  // biome-ignore lint/correctness/useExhaustiveDependencies: `attempt` asks to count again
  useEffect(() => {
    const stop = new AbortController();
    // Only another question is worth a sign of waiting; counting again happens in the background.
    if (asked.current !== key) setLoading(true);
    asked.current = key;
    readOverview(JSON.parse(key) as AuditFilter, stop.signal)
      .then(
        (read) => {
          if (stop.signal.aborted) return;
          setOverview(read);
          setFailure(null);
        },
        (error) => {
          if (!stop.signal.aborted) setFailure(toFailure(error));
        },
      )
      .finally(() => {
        if (!stop.signal.aborted) setLoading(false);
      });
    return () => stop.abort();
  }, [key, attempt]);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const later = () => {
      timer ??= setTimeout(() => {
        timer = undefined;
        if (document.visibilityState === 'visible') setAttempt((n) => n + 1);
      }, AGAIN_MS);
    };
    const unsubscribe = ledgerFeed.subscribe(later, later);
    return () => {
      clearTimeout(timer);
      unsubscribe();
    };
  }, []);

  return { overview, failure, loading, retry: () => setAttempt((n) => n + 1) };
}

async function readOverview(filter: AuditFilter, signal: AbortSignal): Promise<Overview> {
  const counted = client.audit.facets(filter, { signal });
  // Looked at below; until then a failure of the other question must not leave this one unheard.
  counted.catch(() => undefined);
  const extent = await readExtent(signal);
  let span = spanOf(filter, extent);
  let stats = await client.audit.stats({ ...filter, interval: intervalFor(span) }, { signal });
  // What matches may fill a small part of the time only: then the chart is about that part.
  for (let looks = 0; looks < 2; looks += 1) {
    const filled = filledSpan(stats);
    const open = filter.since === undefined && filter.until === undefined;
    if (!open || !filled || !worthFitting(filled, span, stats.interval)) break;
    span = withRoom(filled);
    stats = await client.audit.stats({ ...filter, interval: intervalFor(span) }, { signal });
  }
  const { total, interval, buckets } = stats;
  return { total, span, extent, interval, buckets, facets: (await counted).facets };
}

/** When the ledger began; that does not change. */
let began: number | null = null;

async function readExtent(signal: AbortSignal): Promise<Span> {
  const now = Date.now();
  if (began === null) {
    // Below 2 there is the first entry alone.
    const { items } = await client.audit.list({ cursor: '2', limit: 1 }, { signal });
    began = items[0] ? Date.parse(items[0].time) : null;
  }
  return withRoom({ from: began ?? now, to: now });
}
