/** The inbox: what waits first, what was answered below; the selected request in full beside the list. */
import { Ban, ExternalLink, ShieldCheck, SquareTerminal } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { z } from 'zod';
import type { Approval } from '#contract';
import { client } from '../client/index.ts';
import { navigate } from '../frame/route.ts';
import { isTouch } from '../sessions/screen-state.ts';
import {
  approvalStore,
  openDialog,
  remembered,
  useApprovals,
  useRemembered,
  useSessions,
} from '../state/index.ts';
import { Button } from '../ui/button.tsx';
import { copyText } from '../ui/copy-button.tsx';
import { DataGrid } from '../ui/data-grid.tsx';
import { Input, Select } from '../ui/field.tsx';
import type { MenuAction } from '../ui/menu.tsx';
import { Screen } from '../ui/screen.tsx';
import { SplitPanels } from '../ui/split-panels.tsx';
import { EmptyState, ErrorState } from '../ui/states.tsx';
import { notify } from '../ui/toast.tsx';
import { useSize } from '../ui/use-size.ts';
import { AnswerBar } from './answer-bar.tsx';
import { approvalColumns } from './columns.tsx';
import { showApproval, useApprovalDialog } from './dialog-state.ts';
import { matchesSearch, sortInbox } from './queue.ts';
import { RequestView } from './request-view.tsx';
import { SettledNote } from './settled-note.tsx';
import { useAnswerKeys } from './use-answer-keys.ts';

const Filter = z.enum(['all', 'waiting', 'answered']);
type Filter = z.infer<typeof Filter>;
const filterChoice = remembered<Filter>('approvals.filter', Filter, 'all');
const searchText = remembered('approvals.search', z.string().max(200), '');

/** Narrower than this, requests open in the dialog instead of beside the list. */
const SIDE_BY_SIDE = 860;

export function ApprovalsScreen() {
  const { items, pending, total } = useInbox();
  const failure = approvalStore.use((state) => state.failure);
  const loaded = approvalStore.use((state) => state.loaded);
  const body = useRef<HTMLDivElement>(null);
  const { width } = useSize(body);
  const wide = width >= SIDE_BY_SIDE;
  const [activeId, setActiveId] = useState<string | null>(null);
  const active = items.find((approval) => approval.id === activeId) ?? null;
  const dialogOpen = useApprovalDialog((state) => state.id !== null);

  // The first request that waits is selected, so that it is read without a click.
  const firstPending = pending[0]?.id ?? null;
  useEffect(() => {
    if (wide && activeId === null && firstPending !== null) setActiveId(firstPending);
  }, [wide, activeId, firstPending]);

  // Keys work at once: j and k move, a, s and d answer.
  const measured = width > 0;
  useEffect(() => {
    if (!measured || isTouch()) return;
    body.current?.querySelector<HTMLElement>('[role="grid"]')?.focus({ preventScroll: true });
  }, [measured]);

  const step = (by: 1 | -1) => {
    const index = items.findIndex((approval) => approval.id === activeId);
    setActiveId(items[index + by]?.id ?? activeId);
  };
  const keys = useAnswerKeys(wide && !dialogOpen ? active : null, step, (answered) => {
    const next = pending.find((approval) => approval.id !== answered.id);
    if (next) setActiveId(next.id);
  });
  const select = (id: string | null) => {
    setActiveId(id);
    if (id !== null && !wide) showApproval(id);
  };

  const grid = (
    <DataGrid
      label="Requests"
      columns={approvalColumns}
      items={items}
      rowKey={(approval) => approval.id}
      rowHeight={48}
      activeKey={active?.id ?? null}
      onActiveKey={select}
      onOpen={(approval) => showApproval(approval.id)}
      actions={rowActions}
      loading={!loaded && !failure}
      empty={<Empty filtered={total > 0} />}
    />
  );
  return (
    <Screen title="Approvals" subtitle={<Waiting n={pending.length} />} toolbar={<Tools />}>
      {failure ? <ErrorState compact failure={failure} /> : null}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: the list and the pane inside have the focus */}
      <div
        ref={body}
        className="flex min-h-0 flex-1"
        onKeyDown={(event) => keys.onKeyDown(event.nativeEvent)}
      >
        {!measured ? null : wide ? (
          <SplitPanels
            id="approvals"
            panels={[
              { id: 'list', minSize: 320, content: grid },
              {
                id: 'request',
                minSize: 380,
                defaultSize: Math.round(width * 0.58),
                content: active ? <Pane approval={active} keys={keys} /> : <NothingSelected />,
              },
            ]}
          />
        ) : (
          grid
        )}
      </div>
    </Screen>
  );
}

function useInbox(): { items: Approval[]; pending: Approval[]; total: number } {
  const approvals = useApprovals();
  const [filter] = useRemembered(filterChoice);
  const [search] = useRemembered(searchText);
  return useMemo(() => {
    const { pending, history } = sortInbox(approvals);
    const shown = filter === 'waiting' ? pending : filter === 'answered' ? history : [...pending, ...history];
    const items = shown.filter((approval) => matchesSearch(approval, search));
    return { items, pending, total: approvals.length };
  }, [approvals, filter, search]);
}

function Waiting({ n }: { n: number }) {
  if (n === 0) return <span>Nothing waits for you</span>;
  return (
    <span className="text-ask">{n === 1 ? '1 request waits for you' : `${n} requests wait for you`}</span>
  );
}

function Tools() {
  const [filter, setFilter] = useRemembered(filterChoice);
  const [search, setSearch] = useRemembered(searchText);
  return (
    <>
      <Input
        type="search"
        aria-label="Search requests"
        placeholder="Search requests"
        value={search}
        className="max-w-80 flex-1"
        onChange={(event) => setSearch(event.target.value.slice(0, 200))}
      />
      <Select<Filter>
        aria-label="Show"
        value={filter}
        onChange={setFilter}
        className="w-34!"
        options={[
          { value: 'all', label: 'All requests' },
          { value: 'waiting', label: 'Waiting' },
          { value: 'answered', label: 'Answered' },
        ]}
      />
    </>
  );
}

function Pane({ approval, keys }: { approval: Approval; keys: ReturnType<typeof useAnswerKeys> }) {
  const waiting = approval.state === 'pending';
  return (
    <section aria-label="Selected request" className="flex h-full min-h-0 flex-col bg-panel">
      <div className="flex min-h-0 flex-1 flex-col gap-3 overflow-y-auto px-4 py-3">
        {waiting ? null : <SettledNote approval={approval} />}
        <RequestView key={approval.id} approval={approval} />
      </div>
      {waiting ? (
        <div className="shrink-0 border-t border-line px-4 py-3">
          <AnswerBar
            approval={approval}
            guard={keys.guard}
            answering={keys.answering}
            onAnswer={keys.answer}
            writing={keys.writing}
            onWriting={keys.setWriting}
          />
        </div>
      ) : null}
    </section>
  );
}

function NothingSelected() {
  return (
    <div className="h-full bg-panel">
      <EmptyState title="No request selected">Select one on the left to see it in full.</EmptyState>
    </div>
  );
}

function Empty({ filtered }: { filtered: boolean }) {
  const sessions = useSessions();
  if (filtered)
    return (
      <EmptyState
        title="No request matches"
        action={
          <Button
            onClick={() => {
              filterChoice.write('all');
              searchText.write('');
            }}
          >
            Show all requests
          </Button>
        }
      />
    );
  return (
    <EmptyState
      icon={ShieldCheck}
      title="Nothing waits for you"
      action={
        sessions.length === 0 ? (
          <Button variant="primary" onClick={() => openDialog({ kind: 'new-session' })}>
            New session
          </Button>
        ) : null
      }
    >
      When an agent wants to run a command or change a file, it asks here: you see exactly what it would do,
      and nothing happens until you answer.
    </EmptyState>
  );
}

function rowActions(approval: Approval, selection: readonly Approval[]): MenuAction[] {
  const waiting = selection.filter((one) => one.state === 'pending');
  return [
    { id: 'open', label: 'Open request', icon: ExternalLink, run: () => showApproval(approval.id) },
    {
      id: 'session',
      label: 'Go to the terminal',
      icon: SquareTerminal,
      run: () => navigate({ screen: 'sessions', id: approval.session_id }),
    },
    { id: 'copy-id', label: 'Copy id', run: () => void copyText(approval.id) },
    {
      id: 'deny',
      label: waiting.length > 1 ? `Deny ${waiting.length} requests` : 'Deny',
      icon: Ban,
      danger: true,
      separated: true,
      disabled: waiting.length === 0,
      run: () => void denyAll(waiting),
    },
  ];
}

async function denyAll(approvals: readonly Approval[]): Promise<void> {
  const answers = await Promise.allSettled(
    approvals.map(async ({ id, version }) =>
      approvalStore.put(await client.approvals.decide({ id, version, decision: 'deny' })),
    ),
  );
  const failed = answers.find((answer) => answer.status === 'rejected');
  if (failed) notify.failure(failed.reason);
  else notify.done(approvals.length === 1 ? 'Request denied' : `${approvals.length} requests denied`);
}
