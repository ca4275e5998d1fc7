// biome-ignore-all lint/a11y/useFocusableInteractive: the tree has the focus and points at its active item
// biome-ignore-all lint/a11y/useKeyWithClickEvents: keys are handled once, by the list
/** The list of sessions: grouped by what they need, searchable, sortable, by keyboard. */
import { Plus } from 'lucide-react';
import { useEffect, useId, useMemo, useRef, useState } from 'react';
import type { Session } from '#contract';
import { WaitingBar } from '../approvals/index.ts';
import { openDialog, sessionStore, useRemembered, useSessions } from '../state/index.ts';
import { Button } from '../ui/button.tsx';
import { Input, Select } from '../ui/field.tsx';
import { listKeyHandler } from '../ui/list-keys.ts';
import { ContextMenu } from '../ui/menu.tsx';
import { EmptyState, ErrorState, Skeleton } from '../ui/states.tsx';
import { type Group, groupSessions, SORT_TITLES, SORTS, type Sort } from './groups.ts';
import { goToSession, searchText, sortChoice } from './screen-state.ts';
import { sessionActions } from './session-actions.ts';
import { SessionCard } from './session-card.tsx';

export function SessionList({ activeId }: { activeId: string | null }) {
  const sessions = useSessions();
  const { loaded, failure } = sessionStore.use();
  const [search, setSearch] = useRemembered(searchText);
  const [sort, setSort] = useRemembered(sortChoice);
  const groups = useMemo(() => groupSessions(sessions, sort, search), [sessions, sort, search]);
  return (
    <section aria-label="Sessions" className="flex min-h-0 flex-1 flex-col bg-panel">
      <div className="flex shrink-0 flex-col gap-2 border-b border-line p-2">
        <div className="flex items-center gap-2">
          <h1 className="flex-1 px-1 text-lg font-semibold">Sessions</h1>
          <Button variant="primary" icon={Plus} onClick={() => openDialog({ kind: 'new-session' })}>
            New session
          </Button>
        </div>
        <div className="flex gap-2">
          <Input
            type="search"
            aria-label="Search sessions"
            placeholder="Search"
            value={search}
            className="flex-1"
            onChange={(event) => setSearch(event.target.value.slice(0, 200))}
          />
          <Select<Sort>
            aria-label="Sort sessions"
            value={sort}
            onChange={setSort}
            className="w-32!"
            options={SORTS.map((value) => ({ value, label: SORT_TITLES[value] }))}
          />
        </div>
      </div>
      {failure ? <ErrorState compact failure={failure} /> : null}
      {loaded || sessions.length > 0 ? (
        <Groups groups={groups} activeId={activeId} total={sessions.length} />
      ) : failure ? null : (
        <Skeleton rows={6} />
      )}
      <div className="shrink-0 p-1.5 empty:hidden">
        <WaitingBar stacked />
      </div>
    </section>
  );
}

function Groups({
  groups,
  activeId,
  total,
}: {
  groups: readonly Group[];
  activeId: string | null;
  total: number;
}) {
  const listId = useId();
  const all = useMemo(() => groups.flatMap((group) => group.sessions), [groups]);
  const [cursorId, setCursorId] = useState<string | null>(activeId);
  useEffect(() => setCursorId(activeId), [activeId]);
  const list = useRef<HTMLDivElement>(null);
  const index = all.findIndex((session) => session.id === cursorId);
  const cursor = all[index];

  const moveTo = (next: number) => {
    const session = all[next];
    if (!session) return;
    setCursorId(session.id);
    list.current?.querySelector(`[data-session="${session.id}"]`)?.scrollIntoView({ block: 'nearest' });
  };
  const onKeyDown = listKeyHandler({
    count: all.length,
    index,
    onIndex: moveTo,
    onOpen: (at) => {
      const session = all[at];
      if (session) goToSession(session.id);
    },
  });
  if (total > 0 && all.length === 0) {
    return (
      <EmptyState
        title="No session matches"
        action={<Button onClick={() => searchText.write('')}>Show all</Button>}
      />
    );
  }
  return (
    <ContextMenu actions={cursor ? sessionActions(cursor) : []}>
      <div
        ref={list}
        role="tree"
        aria-label="Sessions"
        aria-activedescendant={cursor ? `${listId}-${cursor.id}` : undefined}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onContextMenu={(event) => {
          const id = sessionAt(event.target);
          if (id === null) event.preventDefault();
          else setCursorId(id);
        }}
        onClick={(event) => {
          const id = sessionAt(event.target);
          if (id !== null) goToSession(id);
        }}
        className="group/list min-h-0 flex-1 overflow-y-auto p-1.5 focus-visible:outline-offset-[-2px]"
      >
        {groups.map((group) => (
          // biome-ignore lint/a11y/useSemanticElements: a group inside a tree
          <div key={group.id} role="group" aria-label={group.title} className="mb-2">
            <div aria-hidden="true" className="px-2.5 pt-1 pb-0.5 text-xs font-semibold text-faint uppercase">
              {group.title} <span className="font-normal tabular-nums">{group.sessions.length}</span>
            </div>
            {group.sessions.map((session) => (
              <Option
                key={session.id}
                id={`${listId}-${session.id}`}
                session={session}
                shown={session.id === activeId}
                cursor={session.id === cursorId}
              />
            ))}
          </div>
        ))}
      </div>
    </ContextMenu>
  );
}

function Option({
  id,
  session,
  shown,
  cursor,
}: {
  id: string;
  session: Session;
  shown: boolean;
  cursor: boolean;
}) {
  return (
    <div id={id} role="treeitem" aria-selected={shown} data-session={session.id} className="mb-0.5">
      <SessionCard session={session} shown={shown} cursor={cursor} />
    </div>
  );
}

function sessionAt(target: EventTarget): string | null {
  const card = target instanceof Element ? target.closest('[data-session]') : null;
  return card instanceof HTMLElement ? (card.dataset.session ?? null) : null;
}
