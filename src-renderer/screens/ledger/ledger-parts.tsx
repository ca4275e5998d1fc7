import { ArrowUp } from 'lucide-react';
import { useCallback, useMemo, useRef, useState } from 'react';
import { z } from 'zod';
import type { AuditEntry } from '#contract';
import { remembered, useRemembered, useSessions } from '../../state/index.ts';
import { formatCount } from '../../ui/index.ts';
import { useSize } from '../../ui/use-size.ts';
import type { FilterKey } from './filter.ts';
import type { Overview } from './use-stats.ts';

/** Room that counts beside the list need, in pixels. */
const ROOM_FOR_FACETS = 720;
const ROOM_WITH_DETAILS = 1040;

const facetsShown = remembered('ledger.facets', z.boolean(), true);

/** Where the counts are: beside the list where there is room, else over it for as long as they are asked for. */
export function useFacets(withDetails: boolean) {
  const room = useRef<HTMLDivElement>(null);
  const { width } = useSize(room);
  const [wanted, setWanted] = useRemembered(facetsShown);
  const [over, setOver] = useState(false);
  const fits = width >= (withDetails ? ROOM_WITH_DETAILS : ROOM_FOR_FACETS);
  const place: 'beside' | 'over' | null = fits ? (wanted ? 'beside' : null) : over ? 'over' : null;
  const toggle = () => (fits ? setWanted(!wanted) : setOver(!over));
  return { room, place, toggle };
}

export function Total({
  overview,
  loading,
  filtered,
}: {
  overview: Overview | null;
  loading: boolean;
  filtered: boolean;
}) {
  if (!overview) return null;
  const one = overview.total === 1;
  const what = one ? '1 entry' : `${formatCount(overview.total)} entries`;
  return (
    <p role="status" aria-busy={loading} className="truncate tabular-nums">
      {loading ? 'Counting…' : `${what}${filtered ? (one ? ' matches' : ' match') : ''}`}
    </p>
  );
}

export function Following({ paused, atTop }: { paused: boolean; atTop: boolean }) {
  const live = !paused && atTop;
  return (
    <p
      className="flex items-center gap-1.5"
      title={live ? 'New entries appear as they are written' : 'Scroll to the top, or press T, to follow'}
    >
      <span
        aria-hidden="true"
        className={live ? 'size-1.5 rounded-full bg-accent' : 'size-1.5 rounded-full bg-line-strong'}
      />
      {live ? 'Following' : paused ? 'Paused' : 'Standing still'}
    </p>
  );
}

/** New entries wait while the list stands still. */
export function HeldBar({ count, exact, onShow }: { count: number; exact: boolean; onShow: () => void }) {
  return (
    <button
      type="button"
      className="flex h-7 shrink-0 items-center justify-center gap-1.5 border-b border-line bg-info-soft text-sm text-info"
      onClick={onShow}
    >
      <ArrowUp size={13} aria-hidden="true" />
      {exact ? `${formatCount(count)} new ${count === 1 ? 'entry' : 'entries'}` : 'New entries'}
    </button>
  );
}

export function useSessionNames(): (id: string) => string | null {
  const sessions = useSessions();
  return useMemo(() => {
    const names = new Map(sessions.map((session) => [session.id as string, session.name]));
    return (id: string) => names.get(id) ?? null;
  }, [sessions]);
}

/** Values to suggest: those that were counted, and those of the newest entry. */
export function useValues(overview: Overview | null, newest: AuditEntry | null | undefined) {
  return useCallback(
    (key: FilterKey): readonly string[] => {
      const counted = (overview?.facets as Partial<Record<string, { value: string | null }[]>> | undefined)?.[
        key
      ];
      const values = counted?.flatMap(({ value }) => (value ? [value] : [])) ?? [];
      const own = (newest as Record<string, unknown> | null | undefined)?.[key];
      return values.length === 0 && typeof own === 'string' && own !== '' ? [own] : values;
    },
    [overview, newest],
  );
}
