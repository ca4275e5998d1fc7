import { Pause, Play, ScrollText, SlidersHorizontal } from 'lucide-react';
import { useCallback, useEffect, useMemo, useState } from 'react';
import { type AuditEntry, AuditFilter } from '#contract';
import { client } from '../../client/index.ts';
import { navigate, useRoute } from '../../frame/route.ts';
import { remembered } from '../../state/index.ts';
import {
  Button,
  EmptyState,
  ErrorState,
  IconButton,
  MasterDetail,
  Screen,
  Skeleton,
  SplitPanels,
} from '../../ui/index.ts';
import { columnsFor } from './columns.tsx';
import { EntryGrid } from './entry-grid.tsx';
import { EntryInspector, useEntry } from './entry-inspector.tsx';
import { ExportDialog } from './export-dialog.tsx';
import { FacetPanel } from './facet-panel.tsx';
import { type FilterToken, isEmptyFilter, withToken } from './filter.ts';
import { FilterBar } from './filter-bar.tsx';
import { Histogram } from './histogram.tsx';
import { Following, HeldBar, Total, useFacets, useSessionNames, useValues } from './ledger-parts.tsx';
import { entryActions, MoreMenu } from './more-menu.tsx';
import { ProofDialog } from './proof-dialog.tsx';
import { SavedMenu, SaveFilterDialog } from './saved-menu.tsx';
import { Seal } from './seal.tsx';
import { useEntries } from './use-entries.ts';
import { useLedgerCommands } from './use-ledger-commands.ts';
import { useStats } from './use-stats.ts';

/** The filter outlives the window. */
const lastFilter = remembered<AuditFilter>('ledger.filter', AuditFilter, {});
const NO_FILTER: AuditFilter = {};

type LedgerDialog = 'export' | 'save' | 'proof' | null;

export function LedgerScreen() {
  const route = useRoute((state) => state.route);
  const filter = route.screen === 'ledger' ? route.filter : NO_FILTER;
  const selected = route.screen === 'ledger' ? route.id : null;
  const [paused, setPaused] = useState(false);
  const [atTop, setAtTop] = useState(true);
  const [jumps, setJumps] = useState(0);
  const [dialog, setDialog] = useState<LedgerDialog>(null);
  const facets = useFacets(selected !== null);
  const { list, held, catchUp } = useEntries(filter, !paused && atTop);
  const stats = useStats(filter);
  const { overview } = stats;
  const [chosen, setChosen] = useState<AuditEntry | null>(null);
  const active = useEntry(selected, chosen);
  useEffect(restoreFilter, []);

  const select = (entry: AuditEntry | null) => {
    setChosen(entry);
    navigate({ screen: 'ledger', id: entry?.id ?? null, filter }, { replace: true });
  };
  const addToken = useCallback((token: FilterToken) => setFilterNow(withToken(filterNow(), token)), []);
  const toTop = () => {
    setPaused(false);
    setAtTop(true);
    setJumps((n) => n + 1);
    catchUp();
  };
  const sessionName = useSessionNames();
  const columns = useMemo(() => columnsFor(sessionName), [sessionName]);
  const valuesOf = useValues(overview, list.rows.at(0));
  useLedgerCommands({
    filter,
    entry: active.entry,
    paused,
    onPause: () => setPaused((was) => !was),
    onFilter: setFilterNow,
    onFacets: facets.toggle,
    onDialog: setDialog,
    onNewest: toTop,
  });

  const empty = list.failure ? (
    <ErrorState failure={list.failure} onRetry={() => list.retry()} />
  ) : isEmptyFilter(filter) ? (
    <EmptyState icon={ScrollText} title="The ledger is empty">
      Everything agents do, and everything you decide, will be written here.
    </EmptyState>
  ) : (
    <EmptyState
      title="No entry matches this filter"
      action={<Button onClick={() => setFilterNow({})}>Clear filter</Button>}
    />
  );
  const grid = (
    <EntryGrid
      list={list}
      columns={columns}
      active={active.entry}
      onActive={select}
      onOpen={openInspector}
      onFilter={addToken}
      actions={(entry, selection) => entryActions(entry, selection, addToken)}
      onTopChange={setAtTop}
      total={stats.loading ? null : (overview?.total ?? null)}
      topKey={`${JSON.stringify(filter)} ${jumps}`}
      footer={<Following paused={paused} atTop={atTop} />}
      empty={empty}
    />
  );
  const panel =
    facets.place !== null && overview ? (
      <FacetPanel overview={overview} filter={filter} onFilter={setFilterNow} sessionName={sessionName} />
    ) : null;
  return (
    <Screen
      title="Ledger"
      subtitle={<Total overview={overview} loading={stats.loading} filtered={!isEmptyFilter(filter)} />}
      actions={<Seal onShow={(seq) => void showSeq(seq, filter)} />}
      toolbar={
        <>
          <IconButton
            label={facets.place === null ? 'Show counts by field' : 'Hide counts by field'}
            icon={SlidersHorizontal}
            shortcut="Shift+F"
            pressed={facets.place !== null}
            onClick={facets.toggle}
          />
          <FilterBar filter={filter} onFilter={setFilterNow} valuesOf={valuesOf} />
          <SavedMenu filter={filter} onFilter={setFilterNow} onSave={() => setDialog('save')} />
          <Button
            icon={paused ? Play : Pause}
            aria-pressed={paused}
            onClick={() => setPaused(!paused)}
            title={paused ? 'Show new entries as they are written' : 'Let the list stand still'}
          >
            {paused ? 'Resume' : 'Pause'}
          </Button>
          <MoreMenu filter={filter} onExport={() => setDialog('export')} />
        </>
      }
    >
      {stats.failure && stats.failure.code !== list.failure?.code ? (
        <ErrorState failure={stats.failure} onRetry={stats.retry} compact />
      ) : overview ? (
        <Histogram overview={overview} filter={filter} onFilter={setFilterNow} stale={stats.loading} />
      ) : (
        // Keeps the room, so that the list does not jump.
        <div className="h-27 shrink-0 overflow-hidden border-b border-line">
          <Skeleton rows={3} />
        </div>
      )}
      {list.failure && list.rows.count > 0 ? (
        <ErrorState failure={list.failure} onRetry={() => list.retry()} compact />
      ) : null}
      {held > 0 ? (
        <HeldBar count={held} exact={filter.q === undefined && filter.until === undefined} onShow={toTop} />
      ) : null}
      <div ref={facets.room} className="relative flex min-h-0 min-w-0 flex-1">
        <MasterDetail
          id="ledger"
          detailSize={400}
          list={
            // One tree with and without the counts: the list keeps its place and its focus.
            <SplitPanels
              id="ledger-facets"
              panels={[
                ...(panel && facets.place === 'beside'
                  ? [{ id: 'facets', minSize: 140, defaultSize: 180, content: panel }]
                  : []),
                { id: 'entries', minSize: 280, content: grid },
              ]}
            />
          }
          detail={
            selected === null ? null : (
              <EntryInspector
                entry={active.entry}
                failure={active.failure}
                onClose={() => select(null)}
                onSelect={select}
                onFilter={addToken}
                onProve={() => setDialog('proof')}
              />
            )
          }
        />
        {panel && facets.place === 'over' ? (
          <div className="absolute inset-y-0 left-0 z-10 w-55 border-r border-line-strong">{panel}</div>
        ) : null}
      </div>
      {dialog === 'export' ? (
        <ExportDialog filter={filter} total={overview?.total ?? null} onClose={() => setDialog(null)} />
      ) : null}
      {dialog === 'save' ? <SaveFilterDialog filter={filter} onClose={() => setDialog(null)} /> : null}
      {dialog === 'proof' && active.entry ? (
        <ProofDialog entry={active.entry} onClose={() => setDialog(null)} />
      ) : null}
    </Screen>
  );
}

/** Enter goes on to what the inspector shows. */
function openInspector(): void {
  document.querySelector<HTMLElement>('aside[aria-label="Details"] button')?.focus();
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

async function showSeq(seq: number, filter: AuditFilter): Promise<void> {
  // The page before the cursor `seq + 1` begins with the entry itself.
  const { items } = await client.audit.list({ limit: 1, cursor: String(seq + 1) });
  const entry = items[0];
  if (entry) navigate({ screen: 'ledger', id: entry.id, filter });
}
