import { useEffect, useRef } from 'react';
import type { AuditEntry, AuditFilter } from '#contract';
import { registerCommands } from '../../frame/commands.ts';
import { isEmptyFilter, withoutKey } from './filter.ts';
import { copyCli, copyCurl } from './more-menu.tsx';

export interface LedgerCommandsOptions {
  filter: AuditFilter;
  entry: AuditEntry | null;
  paused: boolean;
  onPause: () => void;
  onFilter: (filter: AuditFilter) => void;
  onFacets: () => void;
  onDialog: (dialog: 'export' | 'save' | 'proof') => void;
  onNewest: () => void;
}

const focus = (id: string) => document.getElementById(id)?.focus();

/** What the ledger screen adds to palette, shortcuts and help sheet while it is open. */
export function useLedgerCommands(options: LedgerCommandsOptions): void {
  const now = useRef(options);
  now.current = options;
  useEffect(() => {
    const group = 'Ledger' as const;
    const filtered = () => !isEmptyFilter(now.current.filter);
    const zoomed = () => now.current.filter.since !== undefined || now.current.filter.until !== undefined;
    return registerCommands([
      {
        id: 'ledger.filter',
        title: 'Filter the ledger',
        group,
        shortcut: 'F',
        keywords: 'search',
        run: () => focus('ledger-filter'),
      },
      {
        id: 'ledger.clear-filter',
        title: 'Clear the filter of the ledger',
        group,
        shortcut: 'Shift+X',
        when: filtered,
        run: () => now.current.onFilter({}),
      },
      {
        id: 'ledger.facets',
        title: 'Show or hide counts by field',
        group,
        shortcut: 'Shift+F',
        keywords: 'facets',
        run: () => now.current.onFacets(),
      },
      {
        id: 'ledger.histogram',
        title: 'Go to the chart over time',
        group,
        shortcut: 'H',
        keywords: 'histogram zoom time',
        run: () => focus('ledger-histogram'),
      },
      {
        id: 'ledger.all-time',
        title: 'Show all time',
        group,
        shortcut: 'Shift+H',
        when: zoomed,
        run: () => now.current.onFilter(withoutKey(withoutKey(now.current.filter, 'since'), 'until')),
      },
      {
        id: 'ledger.pause',
        title: 'Pause or resume following the ledger',
        group,
        shortcut: 'P',
        keywords: 'live tail',
        run: () => now.current.onPause(),
      },
      {
        id: 'ledger.newest',
        title: 'Show the newest entries',
        group,
        shortcut: 'T',
        keywords: 'top live tail follow',
        run: () => now.current.onNewest(),
      },
      {
        id: 'ledger.save-filter',
        title: 'Save the filter of the ledger',
        group,
        shortcut: 'S',
        when: filtered,
        run: () => now.current.onDialog('save'),
      },
      {
        id: 'ledger.export',
        title: 'Export ledger entries',
        group,
        shortcut: 'E',
        keywords: 'csv json download',
        run: () => now.current.onDialog('export'),
      },
      {
        id: 'ledger.prove',
        title: 'Prove this entry',
        group,
        shortcut: 'Shift+P',
        keywords: 'inclusion merkle signature',
        when: () => now.current.entry !== null,
        run: () => now.current.onDialog('proof'),
      },
      {
        id: 'ledger.copy-curl',
        title: 'Copy the ledger filter as curl',
        group,
        shortcut: 'Shift+C',
        run: () => copyCurl(now.current.filter),
      },
      {
        id: 'ledger.copy-cli',
        title: 'Copy the ledger filter as an aegis command',
        group,
        shortcut: 'C',
        run: () => copyCli(now.current.filter),
      },
    ]);
  }, []);
}
