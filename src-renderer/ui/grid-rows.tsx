// biome-ignore-all lint/a11y/useSemanticElements: rows that are drawn only while in view cannot be a table element
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus and points at its active row
import { ArrowDown, ArrowUp } from 'lucide-react';
import type { ReactNode } from 'react';
import { cx } from './cx.ts';

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

export interface GridSort {
  column: string;
  down: boolean;
}

interface HeaderRowProps<T> {
  columns: readonly Column<T>[];
  template: string;
  sort: GridSort | null;
  onSort: (sort: GridSort | null) => void;
}

export function HeaderRow<T>({ columns, template, sort, onSort }: HeaderRowProps<T>) {
  return (
    <div role="rowgroup" className="shrink-0 border-b border-line [scrollbar-gutter:stable]">
      <div
        role="row"
        aria-rowindex={1}
        className="grid h-7 items-center gap-x-3 px-3 text-sm text-faint"
        style={{ gridTemplateColumns: template }}
      >
        {columns.map((column) => (
          <HeaderCell key={column.id} column={column} sort={sort} onSort={onSort} />
        ))}
      </div>
    </div>
  );
}

function HeaderCell<T>({
  column,
  sort,
  onSort,
}: {
  column: Column<T>;
  sort: GridSort | null;
  onSort: (sort: GridSort | null) => void;
}) {
  const own = sort?.column === column.id ? sort : null;
  const Arrow = own?.down ? ArrowDown : ArrowUp;
  return (
    <div
      role="columnheader"
      aria-sort={own ? (own.down ? 'descending' : 'ascending') : undefined}
      className={cx('min-w-0 truncate', column.align === 'end' && 'text-right')}
    >
      {column.sortBy ? (
        <button
          type="button"
          tabIndex={-1}
          className="inline-flex items-center gap-1 rounded-sm hover:text-fg"
          onClick={() => onSort(nextSort(column.id, own))}
        >
          {column.header}
          {own ? <Arrow size={12} aria-hidden="true" /> : null}
        </button>
      ) : (
        column.header
      )}
    </div>
  );
}

/** Up, down, as it came. */
function nextSort(column: string, own: GridSort | null): GridSort | null {
  if (own === null) return { column, down: false };
  return own.down ? null : { column, down: true };
}

export function sortItems<T>(
  items: readonly T[],
  columns: readonly Column<T>[],
  sort: GridSort | null,
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

interface GridRowProps<T> {
  id: string;
  index: number;
  item: T;
  columns: readonly Column<T>[];
  template: string;
  active: boolean;
  selected: boolean;
  /** Pixels from the top of the list. */
  top: number;
  height: number;
}

export function GridRow<T>(props: GridRowProps<T>) {
  const { active, selected, item } = props;
  return (
    <div
      id={props.id}
      role="row"
      data-index={props.index}
      aria-rowindex={props.index + 2}
      aria-selected={selected || active}
      className={cx(
        'absolute inset-x-0 grid items-center gap-x-3 border-b border-line px-3',
        active ? 'bg-selected' : selected ? 'bg-hover' : 'hover:bg-hover',
        selected && 'shadow-[inset_2px_0_0_var(--accent-solid)]',
      )}
      style={{
        gridTemplateColumns: props.template,
        height: props.height,
        transform: `translateY(${props.top}px)`,
      }}
    >
      {props.columns.map((column) => (
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
