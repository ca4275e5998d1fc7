// biome-ignore-all lint/a11y/useKeyWithClickEvents: keys are handled once, by the grid around the rows
// biome-ignore-all lint/a11y/useSemanticElements: rows that are drawn only while in view cannot be a table element
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus and points at its active row
import { useVirtualizer } from '@tanstack/react-virtual';
import { ArrowDown, ArrowUp, Braces } from 'lucide-react';
import { type KeyboardEvent, type MouseEvent, type ReactNode, useId, useMemo, useRef, useState } from 'react';
import { copyText } from './copy-button.tsx';
import { cx } from './cx.ts';
import { moveIndex } from './list-keys.ts';
import { ContextMenu, type MenuAction } from './menu.tsx';
import { Skeleton } from './states.tsx';
import { notify } from './toast.tsx';
import { useSize } from './use-size.ts';

export interface Column<T> {
  id: string;
  header: string;
  /** A CSS grid track: `120px`, `minmax(0, 1fr)`. */
  width: string;
  /** Shown only when the list is at least this wide, in pixels. */
  showFrom?: number | undefined;
  align?: 'end' | undefined;
  cell: (item: T) => ReactNode;
  /** Makes the column sortable. */
  sortBy?: ((item: T) => string | number) | undefined;
}

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
  rowHeight?: number | undefined;
}

/**
 * The one list of the product: virtual rows, sorting, keyboard (j/k, arrows, Home/End, Enter, Space to select,
 * Mod+A, Mod+C copies as JSON), right click, and the states empty and loading.
 */
export function DataGrid<T>(props: DataGridProps<T>) {
  const { columns, rowKey, activeKey, onActiveKey, rowHeight = 32 } = props;
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const { width } = useSize(scroller);
  const [sort, setSort] = useState<{ column: string; down: boolean } | null>(null);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());

  const shown = columns.filter((column) => width === 0 || width >= (column.showFrom ?? 0));
  const template = shown.map((column) => column.width).join(' ');
  const items = useMemo(() => sorted(props.items, columns, sort), [props.items, columns, sort]);
  const active = activeKey === null ? -1 : items.findIndex((item) => rowKey(item) === activeKey);
  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  });

  const selection = (index: number): T[] => {
    const chosen = items.filter((item) => selected.has(rowKey(item)));
    const item = items[index];
    if (chosen.length > 0) return chosen;
    return item === undefined ? [] : [item];
  };
  const moveTo = (index: number) => {
    const item = items[index];
    if (item === undefined) return;
    onActiveKey(rowKey(item));
    virtual.scrollToIndex(index);
  };
  const toggle = (index: number) => {
    const item = items[index];
    if (item === undefined) return;
    const key = rowKey(item);
    const next = new Set(selected);
    if (!next.delete(key)) next.add(key);
    setSelected(next);
  };
  const copyJson = async () => {
    const chosen = selection(active);
    if (chosen.length === 0) return;
    const value = chosen.length === 1 ? chosen[0] : chosen;
    if (await copyText(JSON.stringify(value, null, 2))) {
      notify.done(chosen.length === 1 ? 'Copied as JSON' : `${chosen.length} copied as JSON`);
    }
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget) return;
    const item = items[active];
    const mod = event.ctrlKey || event.metaKey;
    const handled = () => {
      event.preventDefault();
      event.stopPropagation();
    };
    if (mod && event.key === 'c' && !window.getSelection()?.toString()) {
      handled();
      void copyJson();
    } else if (mod && event.key === 'a') {
      handled();
      setSelected(new Set(items.map(rowKey)));
    } else if (mod || event.altKey) {
      return;
    } else if (event.key === 'Enter' && item !== undefined) {
      handled();
      props.onOpen?.(item);
    } else if (event.key === ' ') {
      handled();
      toggle(active);
    } else if (event.key === 'Escape' && (selected.size > 0 || active >= 0)) {
      handled();
      if (selected.size > 0) setSelected(new Set());
      else onActiveKey(null);
    } else if (event.key === 'Delete' && item !== undefined && props.onDelete) {
      handled();
      props.onDelete(item);
    } else {
      const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 320) / rowHeight) - 2);
      const next = moveIndex(event.key, active, items.length, page);
      if (next === null) return;
      handled();
      if (event.shiftKey && event.key.startsWith('Arrow')) {
        setSelected(
          new Set([
            ...selected,
            ...[items[active], items[next]].flatMap((x) => (x === undefined ? [] : [rowKey(x)])),
          ]),
        );
      }
      moveTo(next);
    }
  };
  const rowOf = (event: MouseEvent): number => {
    const row = event.target instanceof Element ? event.target.closest('[data-index]') : null;
    return row instanceof HTMLElement ? Number(row.dataset.index) : -1;
  };
  const onClick = (event: MouseEvent) => {
    const index = rowOf(event);
    const item = items[index];
    if (item === undefined) return;
    if (event.ctrlKey || event.metaKey) toggle(index);
    else setSelected(new Set());
    onActiveKey(rowKey(item));
  };
  const wasAtTop = useRef(true);
  const onScroll = () => {
    const box = scroller.current;
    if (!box) return;
    if (props.onEndReached && box.scrollHeight - box.scrollTop - box.clientHeight < rowHeight * 12) {
      props.onEndReached();
    }
    const atTop = box.scrollTop < 4;
    if (atTop !== wasAtTop.current) {
      wasAtTop.current = atTop;
      props.onTopChange?.(atTop);
    }
  };

  const current = items[active];
  const menu: MenuAction[] =
    current === undefined
      ? []
      : [
          ...(props.actions?.(current, selection(active)) ?? []),
          {
            id: 'copy-json',
            label: 'Copy as JSON',
            icon: Braces,
            shortcut: 'Mod+C',
            separated: Boolean(props.actions),
            run: () => void copyJson(),
          },
        ];

  return (
    <div className="flex min-h-0 min-w-0 flex-1 flex-col">
      <div
        role="grid"
        aria-label={props.label}
        aria-rowcount={items.length + 1}
        aria-multiselectable="true"
        aria-activedescendant={active >= 0 ? `${id}-${active}` : undefined}
        tabIndex={0}
        onKeyDown={onKeyDown}
        className="group/grid flex min-h-0 flex-1 flex-col focus-visible:outline-offset-[-2px]"
      >
        <HeaderRow columns={shown} template={template} sort={sort} onSort={setSort} />
        <ContextMenu actions={menu}>
          <div
            ref={scroller}
            role="rowgroup"
            onScroll={onScroll}
            onClick={onClick}
            onContextMenu={(event) => {
              const item = items[rowOf(event)];
              if (item === undefined) event.preventDefault();
              else onActiveKey(rowKey(item));
            }}
            onDoubleClick={(event) => {
              const item = items[rowOf(event)];
              if (item !== undefined) props.onOpen?.(item);
            }}
            className="relative min-h-0 flex-1 overflow-auto"
          >
            {items.length > 0 ? (
              <div role="presentation" style={{ height: virtual.getTotalSize(), position: 'relative' }}>
                {virtual.getVirtualItems().map((row) => {
                  const item = items[row.index];
                  if (item === undefined) return null;
                  const key = rowKey(item);
                  return (
                    <GridRow
                      key={key}
                      id={`${id}-${row.index}`}
                      index={row.index}
                      item={item}
                      columns={shown}
                      template={template}
                      active={key === activeKey}
                      selected={selected.has(key)}
                      top={row.start}
                      height={rowHeight}
                    />
                  );
                })}
              </div>
            ) : null}
          </div>
        </ContextMenu>
        {items.length === 0 ? (
          <div className="min-h-0 flex-[1000] overflow-auto">
            {props.loading ? <Skeleton rows={6} /> : props.empty}
          </div>
        ) : null}
      </div>
      {selected.size > 1 ? (
        <p role="status" className="shrink-0 border-t border-line px-3 py-1 text-sm text-muted">
          {selected.size} selected · Ctrl+C copies them as JSON · Esc clears
        </p>
      ) : null}
    </div>
  );
}

interface HeaderRowProps<T> {
  columns: readonly Column<T>[];
  template: string;
  sort: { column: string; down: boolean } | null;
  onSort: (sort: { column: string; down: boolean } | null) => void;
}

function HeaderRow<T>({ columns, template, sort, onSort }: HeaderRowProps<T>) {
  return (
    <div role="rowgroup" className="shrink-0 border-b border-line [scrollbar-gutter:stable]">
      <div
        role="row"
        aria-rowindex={1}
        className="grid h-7 items-center gap-x-3 px-3 text-sm text-faint"
        style={{ gridTemplateColumns: template }}
      >
        {columns.map((column) => {
          const on = sort?.column === column.id;
          const Arrow = sort?.down ? ArrowDown : ArrowUp;
          return (
            <div
              key={column.id}
              role="columnheader"
              aria-sort={on ? (sort?.down ? 'descending' : 'ascending') : undefined}
              className={cx('min-w-0 truncate', column.align === 'end' && 'text-right')}
            >
              {column.sortBy ? (
                <button
                  type="button"
                  tabIndex={-1}
                  className="inline-flex items-center gap-1 rounded-sm hover:text-fg"
                  onClick={() =>
                    onSort(
                      on
                        ? sort?.down
                          ? null
                          : { column: column.id, down: true }
                        : { column: column.id, down: false },
                    )
                  }
                >
                  {column.header}
                  {on ? <Arrow size={12} aria-hidden="true" /> : null}
                </button>
              ) : (
                column.header
              )}
            </div>
          );
        })}
      </div>
    </div>
  );
}

interface GridRowProps<T> {
  id: string;
  index: number;
  item: T;
  columns: readonly Column<T>[];
  template: string;
  active: boolean;
  selected: boolean;
  top: number;
  height: number;
}

function GridRow<T>({ id, index, item, columns, template, active, selected, top, height }: GridRowProps<T>) {
  return (
    <div
      id={id}
      role="row"
      data-index={index}
      aria-rowindex={index + 2}
      aria-selected={selected || active}
      className={cx(
        'absolute inset-x-0 grid items-center gap-x-3 border-b border-line px-3',
        active ? 'bg-selected' : selected ? 'bg-hover' : 'hover:bg-hover',
        selected && 'shadow-[inset_2px_0_0_var(--accent-solid)]',
      )}
      style={{ gridTemplateColumns: template, height, transform: `translateY(${top}px)` }}
    >
      {columns.map((column) => (
        <div
          key={column.id}
          role="gridcell"
          className={cx('min-w-0 truncate', column.align === 'end' && 'text-right')}
        >
          {column.cell(item)}
        </div>
      ))}
    </div>
  );
}

function sorted<T>(
  items: readonly T[],
  columns: readonly Column<T>[],
  sort: { column: string; down: boolean } | null,
): readonly T[] {
  const by = sort && columns.find((column) => column.id === sort.column)?.sortBy;
  if (!by) return items;
  const direction = sort.down ? -1 : 1;
  return [...items].sort((a, b) => {
    const x = by(a);
    const y = by(b);
    const order = typeof x === 'number' && typeof y === 'number' ? x - y : String(x).localeCompare(String(y));
    return order * direction;
  });
}
