import { useCallback, useEffect, useRef, useState } from 'react';
import type { AuditEntry, AuditFilter } from '#contract';
import { client, type Failure, toFailure } from '../../client/index.ts';
import { ledgerFeed } from '../../state/index.ts';
import { isEmptyFilter } from './filter.ts';
import { meets, prepend } from './merge.ts';

const PAGE = 100;
/** News are gathered this long before they are shown, in milliseconds: the Gate can write thousands a second. */
const GATHER_MS = 250;
/** Beyond this many entries a list that follows the log starts over with its newest page. */
const MOST = 5000;

export interface LedgerList {
  entries: AuditEntry[];
  loading: boolean;
  failure: Failure | null;
  /** New entries not shown because the list is held; an estimate while a filter is on. */
  held: number;
  /** Reads the next older page. */
  more(): void;
  reload(): void;
}

interface Page {
  entries: AuditEntry[];
  cursor: string | null;
}

/**
 * Entries that match, newest first, page by page.
 * @param live follow the log; otherwise the list stands still and counts what it holds back
 */
export function useEntries(filter: AuditFilter, live: boolean): LedgerList {
  const [page, setPage] = useState<Page>({ entries: [], cursor: null });
  const [loading, setLoading] = useState(true);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [held, setHeld] = useState(0);
  const key = JSON.stringify(filter);
  // Answers to questions asked before the filter changed are dropped.
  const question = useRef(0);
  const busy = useRef(false);
  const current = useRef(page);
  current.current = page;

  const read = useCallback(
    async (cursor: string | null, take: (answer: Page) => void) => {
      const mine = question.current;
      busy.current = true;
      try {
        const answer = await client.audit.list({
          ...(JSON.parse(key) as AuditFilter),
          limit: PAGE,
          ...(cursor === null ? {} : { cursor }),
        });
        if (mine !== question.current) return;
        take({ entries: answer.items, cursor: answer.next_cursor });
        setFailure(null);
      } catch (error) {
        if (mine === question.current) setFailure(toFailure(error));
      } finally {
        if (mine === question.current) {
          busy.current = false;
          setLoading(false);
        }
      }
    },
    [key],
  );

  const reload = useCallback(() => {
    question.current += 1;
    setHeld(0);
    void read(null, setPage);
  }, [read]);

  useEffect(() => {
    setLoading(true);
    // What is shown stays until the answer is there: an empty list in between would only flicker.
    reload();
  }, [reload]);

  /** Reads the newest page and joins it to what is shown. */
  const refresh = useCallback(() => {
    setHeld(0);
    void read(null, (top) => {
      const known = current.current;
      const joined = meets(known.entries, top.entries, top.cursor === null);
      if (!joined || known.entries.length > MOST) setPage(top);
      else
        setPage({
          entries: prepend(known.entries, top.entries),
          cursor: known.entries.length === 0 ? top.cursor : known.cursor,
        });
    });
  }, [read]);

  const plain = isEmptyFilter(filter);
  useEffect(() => {
    let gathered: AuditEntry[] = [];
    let timer: ReturnType<typeof setTimeout> | undefined;
    const show = () => {
      timer = undefined;
      const news = gathered;
      gathered = [];
      const known = current.current;
      // What the log says matches is for the control plane to judge; without a filter everything does.
      const contiguous = news.some((entry) => entry.seq === (known.entries[0]?.seq ?? 0) + 1);
      if (plain && contiguous && known.entries.length + news.length <= MOST) {
        setPage({ entries: prepend(known.entries, news), cursor: known.cursor });
      } else refresh();
    };
    const onEntries = (entries: readonly AuditEntry[]) => {
      if (!live) return setHeld((n) => n + entries.length);
      gathered.push(...entries);
      timer ??= setTimeout(show, GATHER_MS);
    };
    const unsubscribe = ledgerFeed.subscribe(onEntries, () => (live ? refresh() : setHeld((n) => n + 1)));
    return () => {
      clearTimeout(timer);
      unsubscribe();
    };
  }, [live, plain, refresh]);

  // Following again after a pause: catch up.
  const wasLive = useRef(live);
  useEffect(() => {
    if (live && !wasLive.current) refresh();
    wasLive.current = live;
  }, [live, refresh]);

  const more = useCallback(() => {
    const { cursor } = current.current;
    if (cursor === null || busy.current) return;
    void read(cursor, (next) =>
      setPage((known) => ({ entries: [...known.entries, ...next.entries], cursor: next.cursor })),
    );
  }, [read]);

  return { entries: page.entries, loading, failure, held, more, reload };
}
