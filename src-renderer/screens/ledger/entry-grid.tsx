// biome-ignore-all lint/a11y/useKeyWithClickEvents: keys are handled once, by the grid around the rows
// biome-ignore-all lint/a11y/useSemanticElements: rows that are drawn only while in view cannot be a table element
import { type ReactNode, useEffect, useId, useLayoutEffect, useMemo, useRef } from 'react';
import type { AuditEntry } from '#contract';
import { HeaderRow } from '../../ui/grid-rows.tsx';
import { ContextMenu, formatCount, type MenuAction, Skeleton } from '../../ui/index.ts';
import { useSize } from '../../ui/use-size.ts';
import type { EntryColumn } from './columns.tsx';
import type { EntryList } from './entry-list.ts';
import { EntryRow, ROW_HEIGHT } from './entry-row.tsx';
import type { FilterToken } from './filter.ts';
import { useEntryCursor } from './use-entry-cursor.ts';
import { useScroll } from './use-scroll.ts';

export interface EntryGridProps {
  list: EntryList;
  columns: readonly EntryColumn[];
  /** The entry the inspector shows. */
  active: AuditEntry | null;
  onActive: (entry: AuditEntry | null) => void;
  onOpen: () => void;
  onFilter: (token: FilterToken) => void;
  actions: (entry: AuditEntry, selection: readonly AuditEntry[]) => MenuAction[];
  onTopChange: (atTop: boolean) => void;
  /** A change of this value scrolls to the top. */
  topKey: string;
  /** Entries there are, once they are counted; the list may not have come so far yet. */
  total: number | null;
  /** Beside the position at the bottom. */
  footer: ReactNode;
  empty: ReactNode;
}

/** Height of the header row, which stays at the top, with its line. */
const HEADER_HEIGHT = 29;

/** Entries of the ledger, any number of them; only what is in view is drawn and only what is near it is kept. */
export function EntryGrid(props: EntryGridProps) {
  const { list, columns, active, onTopChange } = props;
  const { rows } = list;
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const { width } = useSize(scroller);
  const scroll = useScroll(scroller, { count: rows.count, rowHeight: ROW_HEIGHT, above: HEADER_HEIGHT });
  const shown = useMemo(
    () => columns.filter((column) => width === 0 || width >= (column.showFrom ?? 0)),
    [columns, width],
  );
  const template = shown.map((column) => column.width).join(' ');
  const cursor = useEntryCursor({
    list,
    active,
    onActive: props.onActive,
    onOpen: props.onOpen,
    reveal: scroll.reveal,
    pageSize: () => Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / ROW_HEIGHT) - 2),
  });
  useTop(scroll.toTop, props.topKey);
  useReveal(scroll.reveal, active, cursor.index, list);
  const { first, last } = scroll.rows;
  // After every drawing: which rows are there, or what was forgotten, may have changed.
  useEffect(() => list.show(first, Math.max(last, 1)));
  const wasAtTop = useRef(true);
  const onScroll = () => {
    scroll.onScroll();
    const atTop = scroll.view().first === 0;
    if (atTop !== wasAtTop.current) onTopChange(atTop);
    wasAtTop.current = atTop;
  };
  const current = cursor.index >= 0 ? rows.at(cursor.index) : null;
  const drawn = Array.from({ length: last - first }, (_, i) => first + i);
  return (
    <div className="relative flex min-h-0 min-w-0 flex-1 flex-col">
      <ContextMenu actions={current ? props.actions(current, cursor.chosen()) : []}>
        <div
          ref={scroller}
          role="grid"
          aria-label="Ledger entries"
          aria-rowcount={rows.more ? -1 : rows.count + 1}
          aria-multiselectable="true"
          aria-busy={!list.ready}
          aria-activedescendant={
            cursor.index >= first && cursor.index < last ? `${id}-${cursor.index}` : undefined
          }
          tabIndex={0}
          onKeyDown={cursor.onKeyDown}
          onScroll={onScroll}
          onClick={cursor.onClick}
          onDoubleClick={props.onOpen}
          onContextMenu={(event) => {
            const entry = rows.at(cursor.rowOf(event));
            if (entry) props.onActive(entry);
            else event.preventDefault();
          }}
          className="peer relative min-h-8 flex-1 overflow-x-hidden overflow-y-auto [overflow-anchor:none] outline-none"
        >
          <div role="presentation" className="sticky top-0 z-1 bg-bg">
            <HeaderRow columns={shown} template={template} sort={null} onSort={() => undefined} />
          </div>
          <div role="rowgroup" style={{ height: scroll.space.laid, position: 'relative' }}>
            {drawn.map((index) => {
              const entry = rows.at(index);
              return (
                <EntryRow
                  // Elements are used again for other entries: making new ones is what takes time.
                  key={index % scroll.most}
                  id={`${id}-${index}`}
                  index={index}
                  entry={entry}
                  columns={shown}
                  template={template}
                  active={index === cursor.index}
                  selected={entry ? cursor.selected.has(entry.seq) : false}
                  top={index * ROW_HEIGHT - scroll.offset}
                  onFilter={props.onFilter}
                />
              );
            })}
          </div>
        </div>
      </ContextMenu>
      {/* Rows would lie over the grid's own outline. */}
      <div
        aria-hidden="true"
        className="pointer-events-none absolute inset-x-0 top-0 bottom-7 z-2 border-2 border-transparent peer-focus-visible:border-(--focus)"
      />
      {rows.count === 0 ? (
        // The list above keeps measuring itself but leaves the room to this.
        <div className="min-h-0 flex-[1000] overflow-auto">
          {!list.ready || (rows.more && !list.failure) ? <Skeleton rows={6} /> : props.empty}
        </div>
      ) : null}
      <footer className="flex h-7 shrink-0 items-center gap-3 border-t border-line px-3 text-sm text-faint">
        {cursor.selected.size > 1 ? (
          <p role="status" className="truncate text-muted">
            {cursor.selected.size} selected · Ctrl+C copies them as JSON · Esc clears
          </p>
        ) : (
          <p className="truncate tabular-nums">
            {positionText(scroll.view(), rows.count, rows.more, props.total)}
          </p>
        )}
        <div className="ml-auto flex shrink-0 items-center gap-2">{props.footer}</div>
      </footer>
    </div>
  );
}

/** "812,001 to 812,030 of 1,000,000" */
function positionText(
  view: { first: number; last: number },
  count: number,
  more: boolean,
  total: number | null,
): string {
  if (count === 0) return '';
  const last = Math.min(view.last, count);
  const all =
    more && total !== null && total >= count
      ? formatCount(total)
      : `${formatCount(count)}${more ? ' and more' : ''}`;
  return `${formatCount(Math.min(view.first + 1, last))} to ${formatCount(last)} of ${all}`;
}

function useTop(toTop: () => void, topKey: string): void {
  const latest = useRef(toTop);
  latest.current = toTop;
  const last = useRef(topKey);
  useLayoutEffect(() => {
    if (last.current === topKey) return;
    last.current = topKey;
    latest.current();
  }, [topKey]);
}

/** An entry chosen elsewhere (a link, a step of a thread) is brought into view once its row is known. */
function useReveal(
  reveal: (index: number) => void,
  active: AuditEntry | null,
  index: number,
  list: EntryList,
): void {
  const shownSeq = useRef<number | null>(null);
  useLayoutEffect(() => {
    const seq = active?.seq ?? null;
    if (seq === shownSeq.current && seq !== null) return;
    if (seq !== null && (index < 0 || !list.ready)) return;
    shownSeq.current = seq;
    if (seq !== null) reveal(index);
  });
}
