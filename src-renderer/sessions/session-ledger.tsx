/** What the ledger says about one session, as a thread from the first entry to the newest. */
import {
  ArrowLeftRight,
  Bot,
  Circle,
  type LucideIcon,
  MessageSquare,
  Play,
  ScrollText,
  ShieldCheck,
} from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { AuditEntry, Session } from '#contract';
import { client, type Failure, toFailure } from '../client/index.ts';
import { navigate } from '../frame/route.ts';
import { ledgerFeed } from '../state/index.ts';
import { OUTCOME_LOOK } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { RelativeTime } from '../ui/relative-time.tsx';
import { EmptyState, ErrorState, Skeleton } from '../ui/states.tsx';
import { visibleString } from '../ui/visible.ts';
import { mergeEntries, type StepKind, type ThreadStep, threadSteps } from './thread.ts';

const PAGE = 100;

const icons: Record<StepKind, LucideIcon> = {
  session: Play,
  prompt: MessageSquare,
  tool: Bot,
  approval: ShieldCheck,
  request: ArrowLeftRight,
  other: Circle,
};
const inks: Partial<Record<AuditEntry['outcome'], string>> = {
  allowed: 'text-allow',
  denied: 'text-deny',
  asked: 'text-ask',
  error: 'text-deny',
};

export function SessionLedger({ session }: { session: Session }) {
  const { entries, loaded, failure, more, loadMore, retry } = useSessionEntries(session.id);
  const steps = useMemo(() => threadSteps(entries), [entries]);
  const end = useRef<HTMLLIElement>(null);
  const follow = useRef(true);
  // biome-ignore lint/correctness/useExhaustiveDependencies: follows the newest entry while the end is in view
  useEffect(() => {
    if (follow.current) end.current?.scrollIntoView({ block: 'nearest' });
  }, [steps.length]);
  if (failure) return <ErrorState failure={failure} onRetry={retry} />;
  if (!loaded) return <Skeleton />;
  if (steps.length === 0) return <EmptyState icon={ScrollText} title="Nothing in the ledger yet" />;
  return (
    <div
      className="h-full overflow-y-auto px-3 py-2"
      onScroll={({ currentTarget: box }) => {
        follow.current = box.scrollHeight - box.scrollTop - box.clientHeight < 40;
      }}
    >
      {more ? (
        <Button size="sm" variant="quiet" onClick={loadMore}>
          Show earlier entries
        </Button>
      ) : null}
      <ol aria-label="Ledger entries of this session" className="m-0 list-none p-0">
        {steps.map((step, index) => (
          <li key={step.entry.seq} ref={index === steps.length - 1 ? end : undefined}>
            <Step step={step} last={index === steps.length - 1} />
          </li>
        ))}
      </ol>
    </div>
  );
}

function Step({ step, last }: { step: ThreadStep; last: boolean }) {
  const { entry, kind, title, detail } = step;
  const Icon = icons[kind];
  return (
    <button
      type="button"
      title={`Entry ${entry.seq} in the ledger`}
      onClick={() =>
        navigate({ screen: 'ledger', id: entry.id, filter: { session_id: entry.session_id ?? undefined } })
      }
      className="flex w-full gap-2 rounded-md text-left hover:bg-hover"
    >
      <span aria-hidden="true" className="flex w-5 shrink-0 flex-col items-center">
        <Icon size={14} className={cx('mt-1.5 shrink-0', inks[entry.outcome] ?? 'text-faint')} />
        {last ? null : <span className="mt-1 w-px flex-1 bg-line" />}
      </span>
      <span className="min-w-0 flex-1 py-1">
        <span className="flex items-baseline gap-2">
          <span className="min-w-0 flex-1 wrap-anywhere">
            {visibleString(title)}
            <span className="sr-only"> ({OUTCOME_LOOK[entry.outcome].word})</span>
          </span>
          <RelativeTime at={entry.time} className="shrink-0 text-xs text-faint" />
        </span>
        {detail === null ? null : (
          <code className="block text-xs text-muted wrap-anywhere">{visibleString(detail)}</code>
        )}
      </span>
    </button>
  );
}

function useSessionEntries(id: string) {
  const [entries, setEntries] = useState<AuditEntry[]>([]);
  const [cursor, setCursor] = useState<string | null>(null);
  const [loaded, setLoaded] = useState(false);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [attempt, setAttempt] = useState(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: `attempt` asks to read again
  useEffect(() => {
    let wanted = true;
    const read = async () => {
      try {
        const page = await client.audit.list({ session_id: id, limit: PAGE });
        if (!wanted) return;
        setEntries((known) => mergeEntries(known, page.items));
        setCursor((known) => known ?? page.next_cursor);
        setFailure(null);
        setLoaded(true);
      } catch (error) {
        if (wanted) setFailure(toFailure(error));
      }
    };
    void read();
    const stop = ledgerFeed.subscribe(
      (fresh) => {
        const own = fresh.filter((entry) => entry.session_id === id);
        if (own.length > 0) setEntries((known) => mergeEntries(known, own));
      },
      () => void read(),
    );
    return () => {
      wanted = false;
      stop();
    };
  }, [id, attempt]);

  const loadMore = async () => {
    if (cursor === null) return;
    try {
      const page = await client.audit.list({ session_id: id, limit: PAGE, cursor });
      setEntries((known) => mergeEntries(known, page.items));
      setCursor(page.next_cursor);
    } catch (error) {
      setFailure(toFailure(error));
    }
  };
  return {
    entries,
    loaded,
    failure,
    more: cursor !== null,
    loadMore: () => void loadMore(),
    retry: () => setAttempt((n) => n + 1),
  };
}
