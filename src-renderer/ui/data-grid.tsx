// biome-ignore-all lint/a11y/useKeyWithClickEvents: keys are handled once, by the grid around the rows
// biome-ignore-all lint/a11y/useSemanticElements: rows that are drawn only while in view cannot be a table element
import { useVirtualizer } from '@tanstack/react-virtual';
import { Braces } from 'lucide-react';
import { type ReactNode, type RefObject, useEffect, useId, useMemo, useRef, useState } from 'react';
import { type Column, GridRow, type GridSort, HeaderRow, sortItems } from './grid-rows.tsx';
import { ContextMenu, type MenuAction } from './menu.tsx';
import { Skeleton } from './states.tsx';
import { useGridCursor } from './use-grid.ts';
import { useSize } from './use-size.ts';

export type { Column } from './grid-rows.tsx';

export interface DataGridProps<T> {
  /** Name for screen readers: "Credentials". */
  label: string;
  columns: readonly Column<T>[];
  items: readonly T[];
  rowKey: (item: T) => string;
  /** Key of the row with the cursor; the inspector shows it. */
  activeKey: string | null;
  onActiveKey: (key: string | null) => void;
  /** Enter or double click. */
  onOpen?: ((item: T) => void) | undefined;
  /** Right-click menu of a row; "Copy as JSON" is added to it. */
  actions?: ((item: T, selection: readonly T[]) => MenuAction[]) | undefined;
  /** Delete key. */
  onDelete?: ((item: T) => void) | undefined;
  empty?: ReactNode;
  loading?: boolean | undefined;
  /** Nearly scrolled to the end: time to read the next page. */
  onEndReached?: (() => void) | undefined;
  /** Told when the list leaves or reaches its top. */
  onTopChange?: ((atTop: boolean) => void) | undefined;
  /** A change of this value scrolls to the top: another filter, another list. */
  topKey?: string | undefined;
  rowHeight?: number | undefined;
}

/** Rows from the end at which the next page is asked for. */
const READ_AHEAD = 12;

/**
 * The one list of the product: virtual rows, sorting, keyboard (j/k, arrows, Home/End, Enter, Space to select,
 * Mod+A, Mod+C copies as JSON), right click, and the states empty and loading.
 */
export function DataGrid<T>(props: DataGridProps<T>) {
  const { columns, rowKey, activeKey, rowHeight = 32 } = props;
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const { width } = useSize(scroller);
  const [sort, setSort] = useState<GridSort | null>(null);
  const shown = columns.filter((column) => width === 0 || width >= (column.showFrom ?? 0));
  const template = shown.map((column) => column.width).join(' ');
  const items = useMemo(() => sortItems(props.items, columns, sort), [props.items, columns, sort]);
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  });
  const cursor = useGridCursor({
    items,
    rowKey,
    activeKey,
    onActiveKey: props.onActiveKey,
    onOpen: props.onOpen,
    onDelete: props.onDelete,
    reveal: (index) => virtual.scrollToIndex(index),
    pageSize: () => Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight) - 2),
  });
  const onScroll = useScrollReports(scroller, rowHeight, props);
  const current = items[cursor.active];
  return (
    <div className="flex min-h-0 min-w-0 flex-1 flex-col">
      <div
        role="grid"
        aria-label={props.label}
        aria-rowcount={items.length + 1}
        aria-multiselectable="true"
        aria-activedescendant={cursor.active >= 0 ? `${id}-${cursor.active}` : undefined}
        tabIndex={0}
        onKeyDown={cursor.onKeyDown}
        className="flex min-h-0 flex-1 flex-col focus-visible:outline-offset-[-2px]"
      >
        <HeaderRow columns={shown} template={template} sort={sort} onSort={setSort} />
        <ContextMenu actions={current === undefined ? [] : menuOf(current, cursor, props.actions)}>
          <div
            ref={scroller}
            role="rowgroup"
            onScroll={onScroll}
            onClick={cursor.onClick}
            onContextMenu={(event) => {
              const item = items[cursor.rowOf(event)];
              if (item === undefined) event.preventDefault();
              else props.onActiveKey(rowKey(item));
            }}
            onDoubleClick={(event) => {
              const item = items[cursor.rowOf(event)];
              if (item !== undefined) props.onOpen?.(item);
            }}
            className="relative min-h-0 flex-1 overflow-auto"
          >
            <div role="presentation" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
              {virtual.getVirtualItems().map((row) => {
                const item = items[row.index];
                return item === undefined ? null : (
                  <GridRow
                    key={rowKey(item)}
                    id={`${id}-${row.index}`}
                    index={row.index}
                    item={item}
                    columns={shown}
                    template={template}
                    active={rowKey(item) === activeKey}
                    selected={cursor.selected.has(rowKey(item))}
                    top={row.start}
                    height={rowHeight}
                  />
                );
              })}
            </div>
          </div>
        </ContextMenu>
        {items.length === 0 ? (
          // The list above keeps measuring itself but leaves the room to this.
          <div className="min-h-0 flex-[1000] overflow-auto">
            {props.loading ? <Skeleton rows={6} /> : props.empty}
          </div>
        ) : null}
      </div>
      {cursor.selected.size > 1 ? (
        <p role="status" className="shrink-0 border-t border-line px-3 py-1 text-sm text-muted">
          {cursor.selected.size} selected · Ctrl+C copies them as JSON · Esc clears
        </p>
      ) : null}
    </div>
  );
}

function menuOf<T>(
  item: T,
  cursor: { chosen(): T[]; copyJson(): Promise<void> },
  actions: DataGridProps<T>['actions'],
): MenuAction[] {
  const own = actions?.(item, cursor.chosen()) ?? [];
  const copy: MenuAction = {
    id: 'copy-json',
    label: 'Copy as JSON',
    icon: Braces,
    shortcut: 'Mod+C',
    separated: own.length > 0,
    run: () => void cursor.copyJson(),
  };
  return [...own, copy];
}

interface ScrollReports {
  onEndReached?: (() => void) | undefined;
  onTopChange?: ((atTop: boolean) => void) | undefined;
  topKey?: string | undefined;
}

/** Tells about reaching the end and leaving the top; goes back to the top when asked. */
function useScrollReports(
  scroller: RefObject<HTMLDivElement | null>,
  rowHeight: number,
  { onEndReached, onTopChange, topKey }: ScrollReports,
): () => void {
  const wasAtTop = useRef(true);
  const lastTopKey = useRef(topKey);
  useEffect(() => {
    if (lastTopKey.current === topKey) return;
    lastTopKey.current = topKey;
    scroller.current?.scrollTo({ top: 0 });
  }, [scroller, topKey]);
  return () => {
    const box = scroller.current;
    if (!box) return;
    const left = box.scrollHeight - box.scrollTop - box.clientHeight;
    if (left < rowHeight * READ_AHEAD) onEndReached?.();
    const atTop = box.scrollTop < 4;
    if (atTop === wasAtTop.current) return;
    wasAtTop.current = atTop;
    onTopChange?.(atTop);
  };
}
