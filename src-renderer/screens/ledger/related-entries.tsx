import { useEffect, useState } from 'react';
import type { AuditEntry, AuditFilter } from '#contract';
import { client } from '../../client/index.ts';
import { cx, exactTime, StateBadge, visibleString } from '../../ui/index.ts';

const MOST = 50;

/** What belongs together, closest first: one request, one approval, and else the whole session. */
export function threadsOf(entry: AuditEntry): { title: string; filter: AuditFilter }[] {
  const threads: { title: string; filter: AuditFilter }[] = [];
  if (entry.request_id) threads.push({ title: 'Same request', filter: { request_id: entry.request_id } });
  if (entry.approval_id) threads.push({ title: 'Same approval', filter: { approval_id: entry.approval_id } });
  if (entry.session_id) threads.push({ title: 'Same session', filter: { session_id: entry.session_id } });
  return threads;
}

/** The thread of an entry: every step can be opened. */
export function RelatedEntries({ entry, onSelect }: { entry: AuditEntry; onSelect: (id: string) => void }) {
  return threadsOf(entry).map((thread) => (
    <Thread
      key={thread.title}
      title={thread.title}
      filter={thread.filter}
      current={entry.id}
      onSelect={onSelect}
    />
  ));
}

interface ThreadProps {
  title: string;
  filter: AuditFilter;
  current: string;
  onSelect: (id: string) => void;
}

function Thread({ title, filter, current, onSelect }: ThreadProps) {
  const [entries, setEntries] = useState<AuditEntry[]>([]);
  const key = JSON.stringify(filter);
  useEffect(() => {
    let mine = true;
    client.audit.list({ ...(JSON.parse(key) as AuditFilter), limit: MOST }).then(
      ({ items }) => mine && setEntries(items.toReversed()),
      // The entry itself is on show; a thread that cannot be read is left out.
      () => mine && setEntries([]),
    );
    return () => {
      mine = false;
    };
  }, [key]);
  if (entries.length < 2) return null;
  return (
    <section aria-label={title}>
      <h3 className="mb-1 font-semibold">
        {title}{' '}
        <span className="font-normal text-faint">
          {entries.length === MOST ? `newest ${MOST}` : entries.length}
        </span>
      </h3>
      <ol className="m-0 list-none border-l border-line-strong p-0">
        {entries.map((each) => (
          <li key={each.id}>
            <button
              type="button"
              aria-current={each.id === current ? 'true' : undefined}
              title={exactTime(each.time)}
              onClick={() => onSelect(each.id)}
              className={cx(
                'flex w-full min-w-0 items-center gap-2 py-1 pr-2 pl-3 text-left text-sm',
                each.id === current ? 'bg-selected' : 'hover:bg-hover',
              )}
            >
              <StateBadge kind="outcome" state={each.outcome} quiet />
              <span className="shrink-0">{each.action}</span>
              <span className="min-w-0 truncate font-mono text-xs text-muted">
                {visibleString(each.target ?? '')}
              </span>
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}
