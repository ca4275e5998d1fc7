// biome-ignore-all lint/a11y/useSemanticElements: rows that are drawn only while in view cannot be a table element
// biome-ignore-all lint/a11y/useFocusableInteractive: the grid has the focus and points at its active row
import { Filter } from 'lucide-react';
import { memo, useState } from 'react';
import type { AuditEntry } from '#contract';
import { cx, visibleString } from '../../ui/index.ts';
import type { EntryColumn } from './columns.tsx';
import { type FilterToken, formatToken } from './filter.ts';

export const ROW_HEIGHT = 32;

export interface EntryRowProps {
  id: string;
  index: number;
  /** Undefined while it is read; null when it cannot be read. */
  entry: AuditEntry | null | undefined;
  /** Number of the entry, where it is known before the entry itself. */
  columns: readonly EntryColumn[];
  template: string;
  active: boolean;
  selected: boolean;
  top: number;
  onFilter: (token: FilterToken) => void;
}

/** One entry. Drawn by the hundred while scrolling: whatever is for the pointer is added when the pointer is there. */
export const EntryRow = memo(function EntryRow(props: EntryRowProps) {
  const { entry, active, selected, columns } = props;
  const [hovered, setHovered] = useState(false);
  return (
    <div
      id={props.id}
      role="row"
      data-index={props.index}
      aria-rowindex={props.index + 2}
      aria-selected={selected || active}
      aria-busy={entry === undefined || undefined}
      onPointerEnter={() => setHovered(true)}
      onPointerLeave={() => setHovered(false)}
      className={cx(
        'absolute inset-x-0 grid items-center gap-x-3 border-b border-line px-3 [contain:strict]',
        active ? 'bg-selected' : selected ? 'bg-hover' : 'hover:bg-hover',
        selected && 'shadow-[inset_2px_0_0_var(--accent-solid)]',
      )}
      style={{
        gridTemplateColumns: props.template,
        height: ROW_HEIGHT,
        transform: `translateY(${props.top}px)`,
      }}
    >
      {columns.map((column, i) => (
        <div
          key={column.id}
          role="gridcell"
          className={cx('flex min-w-0 items-center gap-1', column.align === 'end' && 'justify-end')}
        >
          {entry ? (
            <>
              <span className="min-w-0 truncate">{column.cell(entry)}</span>
              {hovered ? <FilterCell token={column.token?.(entry)} onFilter={props.onFilter} /> : null}
            </>
          ) : entry === null ? (
            i === 1 && <span className="text-deny">Cannot be read</span>
          ) : (
            <span aria-hidden="true" className="h-2.5 w-3/5 rounded-sm bg-hover" />
          )}
        </div>
      ))}
    </div>
  );
});

/** Makes a filter of the cell. Keyboards have the same in the menu of the row. */
function FilterCell({
  token,
  onFilter,
}: {
  token: FilterToken | null | undefined;
  onFilter: (token: FilterToken) => void;
}) {
  if (!token) return null;
  const label = `Filter ${visibleString(formatToken(token))}`;
  return (
    <button
      type="button"
      tabIndex={-1}
      aria-label={label}
      title={label}
      className="flex size-5 shrink-0 items-center justify-center rounded-sm text-faint hover:bg-bg hover:text-accent"
      onClick={(event) => {
        event.stopPropagation();
        onFilter(token);
      }}
    >
      <Filter size={12} aria-hidden="true" />
    </button>
  );
}
