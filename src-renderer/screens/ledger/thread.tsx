import { ArrowLeftRight, Bot, Circle, type LucideIcon, MessageSquare, Play, ShieldCheck } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { AuditEntry } from '#contract';
import { client, type Failure, toFailure } from '../../client/index.ts';
import { mergeEntries, type StepKind, type ThreadStep, threadSteps } from '../../sessions/thread.ts';
import { OUTCOME_LOOK } from '../../ui/badge.tsx';
import { Button, cx, ErrorState, exactTime, Skeleton, visibleString } from '../../ui/index.ts';
import { sinceStart, type ThreadKey, threadsOf } from './thread-keys.ts';

/** Steps read before and after the entry, so that it and its fields stay on one screen. */
const BEFORE = 3;
const AFTER = 6;
/** Steps read with a press on "Show earlier" or "Show later". */
const FURTHER = 25;

const ICONS: Record<StepKind, LucideIcon> = {
  session: Play,
  prompt: MessageSquare,
  tool: Bot,
  approval: ShieldCheck,
  request: ArrowLeftRight,
  other: Circle,
};
const INKS: Partial<Record<AuditEntry['outcome'], string>> = {
  allowed: 'text-allow',
  denied: 'text-deny',
  asked: 'text-ask',
  error: 'text-deny',
};

export interface ThreadProps {
  entry: AuditEntry;
  onSelect: (entry: AuditEntry) => void;
}

/** What belongs to the entry, as it happened: prompt, tool call, approval, request. Every step can be opened. */
export function Thread({ entry, onSelect }: ThreadProps) {
  const threads = threadsOf(entry);
  const [wanted, setWanted] = useState<ThreadKey['field']>('session_id');
  const thread = threads.find(({ field }) => field === wanted) ?? threads[0];
  if (!thread) return null;
  return (
    <section aria-label="Thread" className="flex flex-col gap-1.5">
      <div className="flex flex-wrap items-center gap-1">
        <h3 className="mr-2 font-semibold">Thread</h3>
        {threads.length > 1
          ? threads.map(({ field, title }) => (
              <button
                key={field}
                type="button"
                aria-pressed={field === thread.field}
                onClick={() => setWanted(field)}
                className={cx(
                  'h-6 rounded-sm px-1.5 text-sm hover:bg-hover',
                  field === thread.field ? 'bg-selected text-fg' : 'text-muted',
                )}
              >
                {title}
              </button>
            ))
          : null}
      </div>
      <Steps key={`${thread.field} ${thread.value}`} thread={thread} entry={entry} onSelect={onSelect} />
    </section>
  );
}

function Steps({ thread, entry, onSelect }: { thread: ThreadKey } & ThreadProps) {
  const { entries, before, after, failure, earlier, later, retry } = useThread(thread, entry);
  const steps = useMemo(() => threadSteps(entries), [entries]);
  const current = useRef<HTMLButtonElement>(null);
  const start = entries[0]?.time;
  if (failure && entries.length === 0) return <ErrorState failure={failure} onRetry={retry} compact />;
  if (entries.length === 0) return <Skeleton rows={4} />;
  return (
    <>
      {before ? (
        <Button size="sm" variant="quiet" className="self-start" onClick={earlier}>
          Show earlier steps
        </Button>
      ) : null}
      <ol className="m-0 list-none p-0">
        {steps.map((step, i) => (
          <li key={step.entry.seq}>
            <Step
              step={step}
              last={i === steps.length - 1}
              current={step.entry.seq === entry.seq}
              at={start === undefined ? '' : sinceStart(start, step.entry.time)}
              currentRef={step.entry.seq === entry.seq ? current : undefined}
              onOpen={() => onSelect(step.entry)}
            />
          </li>
        ))}
      </ol>
      {after ? (
        <Button size="sm" variant="quiet" className="self-start" onClick={later}>
          Show later steps
        </Button>
      ) : null}
      {failure ? <ErrorState failure={failure} onRetry={retry} compact /> : null}
    </>
  );
}

interface StepProps {
  step: ThreadStep;
  last: boolean;
  current: boolean;
  at: string;
  currentRef?: React.Ref<HTMLButtonElement> | undefined;
  onOpen: () => void;
}

function Step({ step, last, current, at, currentRef, onOpen }: StepProps) {
  const { entry, kind, title, detail } = step;
  const Icon = ICONS[kind];
  return (
    <button
      ref={currentRef}
      type="button"
      aria-current={current ? 'step' : undefined}
      title={`Entry ${entry.seq} · ${exactTime(entry.time)}`}
      onClick={onOpen}
      className={cx(
        'flex w-full gap-2 rounded-sm px-1 text-left',
        current ? 'bg-selected' : 'hover:bg-hover',
      )}
    >
      <span aria-hidden="true" className="flex w-4 shrink-0 flex-col items-center">
        <Icon size={13} className={cx('mt-1.5 shrink-0', INKS[entry.outcome] ?? 'text-faint')} />
        {last ? null : <span className="mt-1 w-px flex-1 bg-line-strong" />}
      </span>
      <span className="min-w-0 flex-1 py-1 text-sm">
        <span className="flex items-baseline gap-2">
          <span className="min-w-0 flex-1 wrap-anywhere">
            {visibleString(title)}
            <span className="sr-only"> ({OUTCOME_LOOK[entry.outcome].word})</span>
          </span>
          <span className="shrink-0 text-xs text-muted tabular-nums">{at}</span>
        </span>
        {detail === null ? null : (
          <code className="block text-xs text-muted wrap-anywhere">{visibleString(detail)}</code>
        )}
      </span>
    </button>
  );
}

/** A window of the thread around the entry; going to another step of it keeps what was read. */
function useThread(thread: ThreadKey, entry: AuditEntry) {
  const [state, setState] = useState({ entries: [] as AuditEntry[], before: false, after: false });
  const [failure, setFailure] = useState<Failure | null>(null);
  const [attempt, setAttempt] = useState(0);
  const known = useRef(state);
  known.current = state;
  const filter = { [thread.field]: thread.value };

  const older = async (seq: number, limit: number) => {
    if (seq <= 1) return { entries: [], more: false };
    const page = await client.audit.list({ ...filter, cursor: String(seq), limit });
    return { entries: page.items, more: page.next_cursor !== null };
  };
  const newer = async (seq: number, limit: number) => {
    const cursor = seq < 1 ? {} : { cursor: String(seq) };
    const page = await client.audit.thread({ ...filter, ...cursor, limit });
    return { entries: page.items, more: page.next_cursor !== null };
  };
  const run = async (work: () => Promise<void>) => {
    try {
      await work();
      setFailure(null);
    } catch (error) {
      setFailure(toFailure(error));
    }
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: the filter is that of the thread, which is the key of this component
  useEffect(() => {
    if (known.current.entries.some(({ seq }) => seq === entry.seq)) return;
    let wanted = true;
    void run(async () => {
      const [back, on] = await Promise.all([older(entry.seq, BEFORE), newer(entry.seq - 1, AFTER)]);
      if (!wanted) return;
      setState({
        entries: mergeEntries(back.entries, [entry, ...on.entries]),
        before: back.more,
        after: on.more,
      });
    });
    return () => {
      wanted = false;
    };
  }, [entry.seq, attempt]);
  const earlier = () =>
    void run(async () => {
      const page = await older(known.current.entries[0]?.seq ?? 0, FURTHER);
      setState((old) => ({ ...old, entries: mergeEntries(old.entries, page.entries), before: page.more }));
    });
  const later = () =>
    void run(async () => {
      const page = await newer(known.current.entries.at(-1)?.seq ?? 0, FURTHER);
      setState((old) => ({ ...old, entries: mergeEntries(old.entries, page.entries), after: page.more }));
    });
  return { ...state, failure, earlier, later, retry: () => setAttempt((n) => n + 1) };
}
