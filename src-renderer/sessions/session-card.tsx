import { Folder, Hourglass } from 'lucide-react';
import { isEnded, type Session } from '#contract';
import { StateBadge } from '../ui/badge.tsx';
import { cx } from '../ui/cx.ts';
import { RelativeTime } from '../ui/relative-time.tsx';
import { visibleString } from '../ui/visible.ts';
import { AgentIcon } from './agent-look.tsx';
import { needsYou, shortPath, statusLine } from './groups.ts';

/** One session in the list: state, what it waits for, its last line, where and since when. */
export function SessionCard({
  session,
  shown,
  cursor,
}: {
  session: Session;
  shown: boolean;
  cursor: boolean;
}) {
  return (
    <div
      className={cx(
        'flex flex-col gap-0.5 rounded-md border px-2.5 py-2',
        shown ? 'border-line-strong bg-selected' : 'border-transparent hover:bg-hover',
        cursor && 'group-focus-visible/list:outline-2 group-focus-visible/list:outline-accent',
        isEnded(session.state) && 'text-muted',
      )}
    >
      <div className="flex min-w-0 items-center gap-2">
        <AgentIcon agent={session.agent} size={14} />
        <span className="min-w-0 flex-1 truncate font-medium">{visibleString(session.name)}</span>
        <RelativeTime at={session.state_since} className="shrink-0 text-xs text-faint" />
      </div>
      <StateBadge quiet kind="session" state={session.state} title={session.state_reason} />
      {needsYou(session) ? (
        <p className="flex items-start gap-1 text-sm text-ask">
          <Hourglass size={12} className="mt-0.5 shrink-0" aria-hidden="true" />
          <span className="line-clamp-2 wrap-anywhere">{visibleString(statusLine(session))}</span>
        </p>
      ) : null}
      {session.last_line === '' ? null : (
        <code className="truncate text-xs text-muted" title={visibleString(session.last_line)}>
          {visibleString(session.last_line)}
        </code>
      )}
      <span
        className="flex min-w-0 items-center gap-1 text-xs text-faint"
        title={visibleString(session.work_dir)}
      >
        <Folder size={11} className="shrink-0" aria-hidden="true" />
        <span className="truncate">{visibleString(shortPath(session.work_dir))}</span>
      </span>
    </div>
  );
}
