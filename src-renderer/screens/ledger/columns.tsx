import type { AuditEntry } from '#contract';
import {
  type Column,
  exactTime,
  formatDuration,
  RelativeTime,
  StateBadge,
  useNow,
  visibleString,
} from '../../ui/index.ts';
import type { FilterKey, FilterToken } from './filter.ts';
import { dayAndTime } from './words.ts';

export type EntryColumn = Column<AuditEntry> & {
  /** The filter the cell stands for. */
  token?: ((entry: AuditEntry) => FilterToken | null) | undefined;
};

export function columnsFor(sessionName: (id: string) => string | null): EntryColumn[] {
  const text = (
    key: FilterKey & keyof AuditEntry,
    header: string,
    width: string,
    showFrom: number,
    shown: (value: string) => string = visibleString,
  ): EntryColumn => ({
    id: key,
    header,
    width,
    showFrom,
    cell: (entry) => shown(textOf(entry, key)),
    token: (entry) => tokenOf(entry, key),
  });
  return [
    {
      id: 'time',
      header: 'Time',
      width: '96px',
      cell: (entry) => <EntryTime at={entry.time} />,
    },
    {
      id: 'outcome',
      header: 'Outcome',
      width: '92px',
      cell: (entry) => <StateBadge kind="outcome" state={entry.outcome} quiet />,
      token: (entry) => tokenOf(entry, 'outcome'),
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
      token: (entry) => tokenOf(entry, 'target'),
    },
    text('session_id', 'Session', 'minmax(0, 1fr)', 640, (id) =>
      id === '' ? '' : visibleString(sessionName(id) ?? shortId(id)),
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
      width: '72px',
      showFrom: 560,
      align: 'end',
      cell: (entry) => <span className="text-faint tabular-nums">{entry.seq}</span>,
    },
  ];
}

const DAY_MS = 86_400_000;

/** "5 min ago"; beyond a day the date alone would be the same for thousands of entries, so the minute is added. */
function EntryTime({ at }: { at: string }) {
  const now = useNow();
  const ms = Date.parse(at);
  if (!(now - ms > DAY_MS)) return <RelativeTime at={at} className="text-muted" />;
  return (
    <time dateTime={at} title={exactTime(at)} className="text-muted">
      {dayAndTime(ms, 0)}
    </time>
  );
}

function textOf(entry: AuditEntry, key: FilterKey & keyof AuditEntry): string {
  const value: unknown = entry[key];
  return typeof value === 'string' ? value : '';
}

function tokenOf(entry: AuditEntry, key: FilterKey & keyof AuditEntry): FilterToken | null {
  const value = textOf(entry, key);
  return value === '' ? null : { key, value };
}

/** Enough of an id to tell it from its neighbours: the end, as ids begin with the time. */
export const shortId = (id: string): string => (id.length > 16 ? `${id.slice(0, 4)}…${id.slice(-6)}` : id);
