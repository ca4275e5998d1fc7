import { Check } from 'lucide-react';
import { useState } from 'react';
import type { AuditFacet, AuditFilter } from '#contract';
import { OUTCOME_LOOK } from '../../ui/badge.tsx';
import { cx, formatCount, visibleString } from '../../ui/index.ts';
import { shortId } from './columns.tsx';
import { withoutKey, withToken } from './filter.ts';
import type { Overview } from './use-stats.ts';

const TITLES: Record<AuditFacet, string> = {
  outcome: 'Outcome',
  action: 'Action',
  agent: 'Agent',
  service: 'Service',
  code: 'Reason code',
  actor: 'Actor',
  policy: 'Policy',
  session_id: 'Session',
  tenant: 'Tenant',
};
const ORDER = Object.keys(TITLES) as AuditFacet[];
/** Values shown before "more". */
const FEW = 6;

export interface FacetPanelProps {
  overview: Overview;
  filter: AuditFilter;
  onFilter: (filter: AuditFilter) => void;
  sessionName: (id: string) => string | null;
}

/** How often each value occurs among what the rest of the filter leaves; a press filters, another one takes it back. */
export function FacetPanel({ overview, filter, onFilter, sessionName }: FacetPanelProps) {
  return (
    <nav aria-label="Counts by field" className="h-full overflow-y-auto bg-panel px-2 py-2">
      {ORDER.map((facet) => (
        <Facet
          key={facet}
          facet={facet}
          counts={overview.facets[facet] ?? []}
          chosen={filter[facet]}
          onChoose={(value) =>
            onFilter(value === null ? withoutKey(filter, facet) : withToken(filter, { key: facet, value }))
          }
          nameOf={(value) => nameOf(facet, value, sessionName)}
        />
      ))}
    </nav>
  );
}

function nameOf(facet: AuditFacet, value: string, sessionName: (id: string) => string | null): string {
  if (facet === 'outcome' && value in OUTCOME_LOOK)
    return OUTCOME_LOOK[value as keyof typeof OUTCOME_LOOK].word;
  if (facet === 'session_id') return visibleString(sessionName(value) ?? shortId(value));
  return visibleString(value);
}

interface FacetProps {
  facet: AuditFacet;
  counts: readonly { value: string | null; count: number }[];
  chosen: string | undefined;
  onChoose: (value: string | null) => void;
  nameOf: (value: string) => string;
}

function Facet({ facet, counts, chosen, onChoose, nameOf }: FacetProps) {
  const [all, setAll] = useState(false);
  const values = counts.filter((each): each is { value: string; count: number } => Boolean(each.value));
  if (chosen !== undefined && !values.some(({ value }) => value === chosen))
    values.push({ value: chosen, count: 0 });
  // Nothing to choose from; a chosen one stays, so that it can be taken back.
  if (values.length < 2 && chosen === undefined) return null;
  const highest = Math.max(...values.map(({ count }) => count), 1);
  const few = values.filter(({ value }, i) => i < FEW || value === chosen);
  const shown = all ? values : few;
  return (
    <section aria-label={TITLES[facet]} className="mb-3">
      <h2 className="mb-0.5 px-1.5 text-sm font-semibold text-faint">{TITLES[facet]}</h2>
      <ul className="m-0 list-none p-0">
        {shown.map(({ value, count }) => (
          <li key={value}>
            <FacetValue
              name={nameOf(value)}
              title={visibleString(value)}
              count={count}
              part={count / highest}
              on={value === chosen}
              onPress={() => onChoose(value === chosen ? null : value)}
            />
          </li>
        ))}
      </ul>
      {values.length > few.length || all ? (
        <button
          type="button"
          aria-expanded={all}
          className="rounded-sm px-1.5 text-sm text-muted hover:text-fg"
          onClick={() => setAll(!all)}
        >
          {all ? 'Fewer' : `${values.length - few.length} more`}
        </button>
      ) : null}
    </section>
  );
}

function FacetValue(props: {
  name: string;
  title: string;
  count: number;
  part: number;
  on: boolean;
  onPress: () => void;
}) {
  return (
    <button
      type="button"
      aria-pressed={props.on}
      title={props.title}
      onClick={props.onPress}
      className={cx(
        'relative flex h-6 w-full items-center gap-1.5 overflow-hidden rounded-sm px-1.5 text-left text-sm hover:text-accent',
        props.on && 'bg-selected',
      )}
    >
      <span
        aria-hidden="true"
        className="absolute inset-y-0.5 left-0 rounded-sm bg-hover"
        style={{ width: `${Math.max(2, props.part * 100)}%` }}
      />
      {props.on ? <Check size={12} className="relative shrink-0 text-accent" aria-hidden="true" /> : null}
      <span className="relative min-w-0 flex-1 truncate">{props.name}</span>
      <span className="relative shrink-0 text-muted tabular-nums">{formatCount(props.count)}</span>
    </button>
  );
}
