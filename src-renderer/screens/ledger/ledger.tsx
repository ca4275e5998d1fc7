import { ArrowUp, Filter, Pause, Play, ScrollText } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import { type AuditEntry, AuditFilter } from '#contract';
import { client } from '../../client/index.ts';
import { navigate, useRoute } from '../../frame/route.ts';
import { remembered, useSessions } from '../../state/index.ts';
import {
  Button,
  DataGrid,
  EmptyState,
  ErrorState,
  formatCount,
  MasterDetail,
  type MenuAction,
  Screen,
} from '../../ui/index.ts';
import { columnsFor } from './columns.tsx';
import { EntryInspector } from './entry-inspector.tsx';
import { type FilterToken, formatToken, isEmptyFilter, TOKEN_KEYS, withToken } from './filter.ts';
import { FilterBar } from './filter-bar.tsx';
import { useEntries } from './use-entries.ts';
import { VerifyPanel } from './verify-panel.tsx';

/** The filter outlives the window. */
const lastFilter = remembered<AuditFilter>('ledger.filter', AuditFilter, {});
const NO_FILTER: AuditFilter = {};

export function LedgerScreen() {
  const route = useRoute((state) => state.route);
  const filter = route.screen === 'ledger' ? route.filter : NO_FILTER;
  const selected = route.screen === 'ledger' ? route.id : null;
  const [paused, setPaused] = useState(false);
  const [atTop, setAtTop] = useState(true);
  const [jumps, setJumps] = useState(0);
  const list = useEntries(filter, !paused && atTop);

  const select = (id: string | null) => navigate({ screen: 'ledger', id, filter }, { replace: true });
  const addToken = (token: FilterToken) => setFilterNow(withToken(filter, token));
  useEffect(restoreFilter, []);

  const sessions = useSessions();
  const names = useMemo(
    () => new Map(sessions.map((session) => [session.id as string, session.name])),
    [sessions],
  );
  const columns = useMemo(
    () =>
      columnsFor({
        onFilter: (token) => setFilterNow(withToken(filterNow(), token)),
        sessionName: (id) => names.get(id) ?? null,
      }),
    [names],
  );

  const grid = (
    <DataGrid
      label="Ledger entries"
      columns={columns}
      items={list.entries}
      rowKey={(entry) => entry.id}
      activeKey={selected}
      onActiveKey={select}
      actions={(entry) => filterActions(entry, addToken)}
      loading={list.loading}
      onEndReached={list.more}
      onTopChange={setAtTop}
      topKey={`${JSON.stringify(filter)} ${jumps}`}
      empty={
        list.failure ? (
          <ErrorState failure={list.failure} onRetry={list.reload} />
        ) : isEmptyFilter(filter) ? (
          <EmptyState icon={ScrollText} title="The ledger is empty">
            Everything agents do, and everything you decide, will be written here.
          </EmptyState>
        ) : (
          <EmptyState
            title="No entry matches this filter"
            action={<Button onClick={() => setFilterNow({})}>Clear filter</Button>}
          />
        )
      }
    />
  );
  return (
    <Screen
      title="Ledger"
      actions={<VerifyPanel onShow={(seq) => void showSeq(seq, filter)} />}
      toolbar={
        <>
          <FilterBar filter={filter} onFilter={setFilterNow} entries={list.entries} />
          <Button
            icon={paused ? Play : Pause}
            aria-pressed={paused}
            onClick={() => setPaused(!paused)}
            title={paused ? 'Show new entries as they are written' : 'Let the list stand still'}
          >
            {paused ? 'Resume' : 'Pause'}
          </Button>
        </>
      }
    >
      {list.failure && list.entries.length > 0 ? (
        <ErrorState failure={list.failure} onRetry={list.reload} compact />
      ) : null}
      {list.held > 0 ? (
        <HeldBar
          count={isEmptyFilter(filter) ? list.held : null}
          onShow={() => {
            setPaused(false);
            setJumps(jumps + 1);
            list.reload();
          }}
        />
      ) : null}
      <MasterDetail
        id="ledger"
        detailSize={400}
        list={grid}
        detail={
          selected === null ? null : (
            <EntryInspector
              id={selected}
              known={list.entries.find((entry) => entry.id === selected)}
              onClose={() => select(null)}
              onSelect={select}
              onFilter={addToken}
            />
          )
        }
      />
    </Screen>
  );
}

/** New entries wait while the list stands still. */
function HeldBar({ count, onShow }: { count: number | null; onShow: () => void }) {
  return (
    <button
      type="button"
      className="flex h-7 shrink-0 items-center justify-center gap-1.5 border-b border-line bg-info-soft text-sm text-info"
      onClick={onShow}
    >
      <ArrowUp size={13} aria-hidden="true" />
      {count === null ? 'New entries' : `${formatCount(count)} new ${count === 1 ? 'entry' : 'entries'}`}
    </button>
  );
}

/** Opened without a filter, the screen brings back the last one. */
function restoreFilter(): void {
  const { route } = useRoute.getState();
  const kept = lastFilter.read();
  if (route.screen !== 'ledger' || route.id !== null || !isEmptyFilter(route.filter) || isEmptyFilter(kept))
    return;
  navigate({ screen: 'ledger', id: null, filter: kept }, { replace: true });
}

// Cells are drawn by the thousand and keep their handlers; they read the filter of the moment from the route.
function filterNow(): AuditFilter {
  const { route } = useRoute.getState();
  return route.screen === 'ledger' ? route.filter : NO_FILTER;
}

function setFilterNow(filter: AuditFilter): void {
  const { route } = useRoute.getState();
  lastFilter.write(filter);
  navigate({ screen: 'ledger', id: route.screen === 'ledger' ? route.id : null, filter }, { replace: true });
}

function filterActions(entry: AuditEntry, add: (token: FilterToken) => void): MenuAction[] {
  return TOKEN_KEYS.flatMap((key) => {
    const value = (entry as Record<string, unknown>)[key];
    if (typeof value !== 'string' || value === '') return [];
    const token = { key, value };
    const label = formatToken(token);
    return [
      {
        id: key,
        label: `Filter ${label.length > 60 ? `${label.slice(0, 59)}…` : label}`,
        icon: Filter,
        run: () => add(token),
      },
    ];
  });
}

async function showSeq(seq: number, filter: AuditFilter): Promise<void> {
  // The page before the cursor `seq + 1` begins with the entry itself.
  const { items } = await client.audit.list({ limit: 1, cursor: String(seq + 1) });
  const entry = items[0];
  if (entry) navigate({ screen: 'ledger', id: entry.id, filter });
}
