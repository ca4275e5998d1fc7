import { useEffect, useState, useSyncExternalStore } from 'react';
import type { AuditEntry, AuditFilter } from '#contract';
import { client } from '../../client/index.ts';
import { ledgerFeed } from '../../state/index.ts';
import { EntryList } from './entry-list.ts';
import { isEmptyFilter, mayMatch } from './filter.ts';

/** News are gathered this long before they are shown, in milliseconds: the Gate can write thousands a second. */
const GATHER_MS = 250;

export interface LedgerList {
  list: EntryList;
  /** New entries not shown because the list is held; an estimate while a filter is on. */
  held: number;
  /** Shows what is held. */
  catchUp(): void;
}

/**
 * Entries that match, newest first.
 * @param live follow the log; otherwise the list stands still and counts what it holds back
 */
export function useEntries(filter: AuditFilter, live: boolean): LedgerList {
  const list = useList(filter);
  const [held, setHeld] = useState(0);
  useSyncExternalStore(list.subscribe, list.version);
  const key = JSON.stringify(filter);

  useEffect(() => {
    const matches = JSON.parse(key) as AuditFilter;
    let gathered: AuditEntry[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const show = () => {
      timer = undefined;
      const news = gathered;
      gathered = [];
      void list.follow(news, Math.max(...news.map((entry) => entry.seq)));
    };
    const onEntries = (entries: readonly AuditEntry[]) => {
      const own = entries.filter((entry) => mayMatch(entry, matches));
      if (own.length === 0) return;
      if (!live) return setHeld((n) => n + own.length);
      gathered.push(...own);
      timer ??= setTimeout(show, GATHER_MS);
    };
    if (live) {
      // Following again after a pause.
      setHeld(0);
      void list.catchUp();
    }
    const unsubscribe = ledgerFeed.subscribe(onEntries, () =>
      live ? void list.catchUp() : setHeld((n) => n + 1),
    );
    return () => {
      clearTimeout(timer);
      unsubscribe();
    };
  }, [list, live, key]);

  const catchUp = () => {
    setHeld(0);
    void list.catchUp();
  };
  return { list, held, catchUp };
}

/** The list of this filter; another filter gets another list. */
function useList(filter: AuditFilter): EntryList {
  const key = JSON.stringify(filter);
  const make = () => {
    const asked = JSON.parse(key) as AuditFilter;
    return new EntryList((query) => client.audit.list({ ...asked, ...query }), isEmptyFilter(asked));
  };
  const [held, setHeld] = useState(() => ({ key, list: make() }));
  let current = held;
  if (held.key !== key) {
    current = { key, list: make() };
    setHeld(current);
  }
  const { list } = current;
  useEffect(() => {
    void list.start();
    return () => list.close();
  }, [list]);
  return list;
}
