import { Filter } from 'lucide-react';
import type { ReactNode } from 'react';
import type { AuditEntry } from '#contract';
import { type Column, formatDuration, RelativeTime, StateBadge, visibleString } from '../../ui/index.ts';
import { type FilterKey, type FilterToken, formatToken } from './filter.ts';

export interface ColumnContext {
  onFilter: (token: FilterToken) => void;
  sessionName: (id: string) => string | null;
}

/** A value one can make a filter of: a funnel appears beside it. */
function Filterable({
  token,
  onFilter,
  children,
}: {
  token: FilterToken;
  onFilter: (token: FilterToken) => void;
  children: ReactNode;
}) {
  return (
    <span className="group/cell flex min-w-0 items-center gap-1">
      <span className="min-w-0 truncate">{children}</span>
      <button
        type="button"
        tabIndex={-1}
        aria-label={`Filter ${visibleString(formatToken(token))}`}
        title={`Filter ${visibleString(formatToken(token))}`}
        className="hidden size-5 shrink-0 items-center justify-center rounded-sm text-faint group-hover/cell:flex hover:bg-bg hover:text-accent"
        onClick={(event) => {
          event.stopPropagation();
          onFilter(token);
        }}
      >
        <Filter size={12} aria-hidden="true" />
      </button>
    </span>
  );
}

export function columnsFor({ onFilter, sessionName }: ColumnContext): Column<AuditEntry>[] {
  const text = (
    key: FilterKey & keyof AuditEntry,
    header: string,
    width: string,
    showFrom: number,
    shown: (value: string) => string = visibleString,
  ): Column<AuditEntry> => ({
    id: key,
    header,
    width,
    showFrom,
    cell: (entry) => {
      const value = entry[key];
      if (typeof value !== 'string' || value === '') return null;
      return (
        <Filterable token={{ key, value }} onFilter={onFilter}>
          {shown(value)}
        </Filterable>
      );
    },
  });
  return [
    {
      id: 'time',
      header: 'Time',
      width: '84px',
      cell: (entry) => <RelativeTime at={entry.time} className="text-muted" />,
    },
    {
      id: 'outcome',
      header: 'Outcome',
      width: '92px',
      cell: (entry) => (
        <Filterable token={{ key: 'outcome', value: entry.outcome }} onFilter={onFilter}>
          <StateBadge kind="outcome" state={entry.outcome} quiet />
        </Filterable>
      ),
    },
    text('action', 'Action', 'minmax(min(148px, 34%), 1fr)', 0),
    {
      id: 'target',
      header: 'Target',
      width: 'minmax(0, 2fr)',
      showFrom: 460,
      cell: (entry) => (
        <span className="font-mono text-sm text-muted">
          {visibleString(entry.target ?? entry.reason ?? '')}
        </span>
      ),
    },
    text('session_id', 'Session', 'minmax(0, 1fr)', 640, (id) =>
      visibleString(sessionName(id) ?? shortId(id)),
    ),
    text('actor', 'Actor', 'minmax(0, 1fr)', 760),
    text('service', 'Service', 'minmax(0, 0.8fr)', 860),
    {
      id: 'duration',
      header: 'Took',
      width: '64px',
      showFrom: 940,
      align: 'end',
      cell: (entry) => (
        <span className="text-muted tabular-nums">
          {entry.duration_ms === null ? '' : formatDuration(entry.duration_ms)}
        </span>
      ),
    },
    {
      id: 'seq',
      header: 'Entry',
      width: '64px',
      showFrom: 560,
      align: 'end',
      cell: (entry) => <span className="text-faint tabular-nums">{entry.seq}</span>,
    },
  ];
}

/** Enough of an id to tell it from its neighbours: the end, as ids begin with the time. */
export const shortId = (id: string): string => (id.length > 16 ? `${id.slice(0, 4)}…${id.slice(-6)}` : id);
