import { type KeyboardEvent, type MouseEvent, useRef, useState } from 'react';
import type { AuditEntry } from '#contract';
import { copyText, notify } from '../../ui/index.ts';
import { moveIndex } from '../../ui/list-keys.ts';
import type { EntryList } from './entry-list.ts';

export interface EntryCursorOptions {
  list: EntryList;
  active: AuditEntry | null;
  onActive: (entry: AuditEntry | null) => void;
  onOpen: () => void;
  reveal: (index: number) => void;
  /** Rows that fit on the screen. */
  pageSize: () => number;
}

export interface EntryCursor {
  /** Row of the active entry, or -1. */
  index: number;
  /** Selected entries by number; they are kept here while their rows are far away. */
  selected: ReadonlyMap<number, AuditEntry>;
  chosen(): AuditEntry[];
  onKeyDown(event: KeyboardEvent): void;
  onClick(event: MouseEvent): void;
  rowOf(event: MouseEvent): number;
}

const NONE: ReadonlyMap<number, AuditEntry> = new Map();

/** Cursor and selection over entries of which most are not read: the same keys as in every list. */
export function useEntryCursor(options: EntryCursorOptions): EntryCursor {
  const { list, active, onActive } = options;
  const [selected, setSelected] = useState(NONE);
  // The row the cursor is on its way to, while its entry is being read.
  const [goal, setGoal] = useState<number | null>(null);
  const moves = useRef(0);
  const index = goal ?? (active ? list.rows.indexOf(active.seq) : -1);

  const toggle = (...entries: (AuditEntry | null | undefined)[]) => {
    const next = new Map(selected);
    for (const entry of entries) if (entry && !next.delete(entry.seq)) next.set(entry.seq, entry);
    setSelected(next);
  };
  const chosen = () => {
    const marked = [...selected.values()].sort((a, b) => b.seq - a.seq);
    return marked.length > 0 ? marked : active ? [active] : [];
  };
  const go = (to: number, mark: boolean) => {
    moves.current += 1;
    const mine = moves.current;
    options.reveal(to);
    const take = (entry: AuditEntry | null) => {
      if (mine !== moves.current) return;
      setGoal(null);
      if (!entry) return;
      if (mark) setSelected(new Map([...selected, ...chosenPair(active, entry)]));
      onActive(entry);
    };
    const known = list.rows.at(to);
    if (known !== undefined) return take(known);
    setGoal(to);
    void list.entry(to).then(take, () => setGoal(null));
  };
  const copyJson = async () => {
    const entries = chosen();
    if (entries.length === 0) return;
    const text = JSON.stringify(entries.length === 1 ? entries[0] : entries, null, 2);
    if (await copyText(text))
      notify.done(entries.length === 1 ? 'Copied as JSON' : `${entries.length} copied as JSON`);
  };
  /** Answers whether the key was one of ours. */
  const press = (event: KeyboardEvent): boolean => {
    const { key } = event;
    if (event.ctrlKey || event.metaKey) {
      if (key === 'c' && !window.getSelection()?.toString()) void copyJson();
      else if (key === 'a')
        notify.info('The ledger can be longer than memory. Export takes every entry that matches.');
      else return false;
      return true;
    }
    if (event.altKey) return false;
    if (key === 'Escape' && selected.size > 0) setSelected(NONE);
    else if (key === 'Escape' && active) onActive(null);
    else if (key === 'Enter' && active) options.onOpen();
    else if (key === ' ' && active) toggle(active);
    else {
      const next = moveIndex(key, index, list.rows.count, options.pageSize());
      if (next === null) return false;
      go(next, event.shiftKey && key.startsWith('Arrow'));
    }
    return true;
  };
  const rowOf = (event: MouseEvent): number => {
    const row = event.target instanceof Element ? event.target.closest('[data-index]') : null;
    return row instanceof HTMLElement ? Number(row.dataset.index) : -1;
  };
  return {
    index,
    selected,
    chosen,
    rowOf,
    onKeyDown(event) {
      // Buttons inside the grid keep their own keys.
      if (event.target !== event.currentTarget || !press(event)) return;
      event.preventDefault();
      event.stopPropagation();
    },
    onClick(event) {
      const entry = list.rows.at(rowOf(event));
      if (!entry) return;
      if (event.ctrlKey || event.metaKey) toggle(entry);
      else setSelected(NONE);
      onActive(entry);
    },
  };
}

const chosenPair = (from: AuditEntry | null, to: AuditEntry): [number, AuditEntry][] =>
  (from ? [from, to] : [to]).map((entry) => [entry.seq, entry]);
