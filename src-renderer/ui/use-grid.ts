import { type KeyboardEvent, type MouseEvent, useState } from 'react';
import { copyText } from './copy-button.tsx';
import { moveIndex } from './list-keys.ts';
import { notify } from './toast.tsx';

export interface GridCursorOptions<T> {
  items: readonly T[];
  rowKey: (item: T) => string;
  activeKey: string | null;
  onActiveKey: (key: string | null) => void;
  onOpen?: ((item: T) => void) | undefined;
  onDelete?: ((item: T) => void) | undefined;
  /** Brings a row into view. */
  reveal: (index: number) => void;
  /** Rows that fit on the screen. */
  pageSize: () => number;
}

export interface GridCursor<T> {
  active: number;
  selected: ReadonlySet<string>;
  /** The selected rows, or else the one with the cursor. */
  chosen(): T[];
  copyJson(): Promise<void>;
  onKeyDown(event: KeyboardEvent): void;
  onClick(event: MouseEvent): void;
  /** The index of the row under the pointer, or -1. */
  rowOf(event: MouseEvent): number;
}

/** Cursor and selection of a list: what keys and clicks do to them. */
export function useGridCursor<T>(options: GridCursorOptions<T>): GridCursor<T> {
  const { items, rowKey, activeKey, onActiveKey } = options;
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const active = activeKey === null ? -1 : items.findIndex((item) => rowKey(item) === activeKey);

  const keysOf = (...indexes: number[]) =>
    indexes.flatMap((index) => {
      const item = items[index];
      return item === undefined ? [] : [rowKey(item)];
    });
  const toggle = (index: number) => {
    const next = new Set(selected);
    for (const key of keysOf(index)) if (!next.delete(key)) next.add(key);
    setSelected(next);
  };
  const chosen = (): T[] => {
    const marked = items.filter((item) => selected.has(rowKey(item)));
    return marked.length > 0 ? marked : items.slice(Math.max(active, 0), active + 1);
  };
  const copyJson = async () => {
    const rows = chosen();
    if (rows.length === 0) return;
    const text = JSON.stringify(rows.length === 1 ? rows[0] : rows, null, 2);
    if (await copyText(text))
      notify.done(rows.length === 1 ? 'Copied as JSON' : `${rows.length} copied as JSON`);
  };

  /** Answers whether the key was one of ours. */
  const withModifier = (event: KeyboardEvent): boolean => {
    if (event.key === 'c' && !window.getSelection()?.toString()) void copyJson();
    else if (event.key === 'a') setSelected(new Set(items.map(rowKey)));
    else return false;
    return true;
  };
  const onItem = (key: string, item: T): boolean => {
    if (key === 'Enter') options.onOpen?.(item);
    else if (key === ' ') toggle(active);
    else if (key === 'Delete' && options.onDelete) options.onDelete(item);
    else if (key === 'Escape' && selected.size === 0) onActiveKey(null);
    else return false;
    return true;
  };
  const move = (event: KeyboardEvent): boolean => {
    const next = moveIndex(event.key, active, items.length, options.pageSize());
    if (next === null) return false;
    if (event.shiftKey && event.key.startsWith('Arrow'))
      setSelected(new Set([...selected, ...keysOf(active, next)]));
    onActiveKey(keysOf(next)[0] ?? null);
    options.reveal(next);
    return true;
  };
  const press = (event: KeyboardEvent): boolean => {
    if (event.ctrlKey || event.metaKey) return withModifier(event);
    if (event.altKey) return false;
    if (event.key === 'Escape' && selected.size > 0) {
      setSelected(new Set());
      return true;
    }
    const item = items[active];
    return (item !== undefined && onItem(event.key, item)) || move(event);
  };
  const rowOf = (event: MouseEvent): number => {
    const row = event.target instanceof Element ? event.target.closest('[data-index]') : null;
    return row instanceof HTMLElement ? Number(row.dataset.index) : -1;
  };
  return {
    active,
    selected,
    chosen,
    copyJson,
    rowOf,
    onKeyDown(event) {
      // Buttons inside the grid keep their own keys.
      if (event.target !== event.currentTarget || !press(event)) return;
      event.preventDefault();
      event.stopPropagation();
    },
    onClick(event) {
      const index = rowOf(event);
      const key = keysOf(index)[0];
      if (key === undefined) return;
      if (event.ctrlKey || event.metaKey) toggle(index);
      else setSelected(new Set());
      onActiveKey(key);
    },
  };
}
