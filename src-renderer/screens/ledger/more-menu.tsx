import { Braces, Download, Ellipsis, Filter, SquareTerminal, Terminal } from 'lucide-react';
import type { AuditEntry, AuditFilter } from '#contract';
import { useStatus } from '../../state/index.ts';
import { copyText, IconButton, Menu, type MenuAction, notify, visibleString } from '../../ui/index.ts';
import { asCli, asCurl } from './copy-as.ts';
import { type FilterToken, formatToken, TOKEN_KEYS } from './filter.ts';

/** Where the API listens, as far as the page can tell. */
function apiUrl(): string | null {
  return useStatus.getState().status?.api.url ?? null;
}

export async function copyCurl(filter: AuditFilter): Promise<void> {
  if (await copyText(asCurl(filter, apiUrl())))
    notify.done('Copied. It reads the token from AEGIS_AUTH_TOKEN.');
}

export async function copyCli(filter: AuditFilter): Promise<void> {
  if (await copyText(asCli(filter))) notify.done('Copied as a command line');
}

/** What can be done with everything that matches. */
export function MoreMenu({ filter, onExport }: { filter: AuditFilter; onExport: () => void }) {
  const actions: MenuAction[] = [
    { id: 'export', label: 'Export…', icon: Download, shortcut: 'E', run: onExport },
    { id: 'curl', label: 'Copy as curl', icon: Terminal, separated: true, run: () => void copyCurl(filter) },
    { id: 'cli', label: 'Copy as aegis command', icon: SquareTerminal, run: () => void copyCli(filter) },
  ];
  return <Menu trigger={<IconButton label="Export and copy" icon={Ellipsis} />} actions={actions} />;
}

/** Right-click menu of an entry: a filter for each of its fields, and copying. */
export function entryActions(
  entry: AuditEntry,
  selection: readonly AuditEntry[],
  onFilter: (token: FilterToken) => void,
): MenuAction[] {
  const chosen = selection.length > 1 ? selection : [entry];
  const filters = TOKEN_KEYS.flatMap((key): MenuAction[] => {
    const value = (entry as Record<string, unknown>)[key];
    if (typeof value !== 'string' || value === '') return [];
    const token = { key, value };
    const label = visibleString(formatToken(token));
    return [
      {
        id: key,
        label: `Filter ${label.length > 60 ? `${label.slice(0, 59)}…` : label}`,
        icon: Filter,
        run: () => onFilter(token),
      },
    ];
  });
  const copy = async () => {
    const text = JSON.stringify(chosen.length === 1 ? chosen[0] : chosen, null, 2);
    if (await copyText(text))
      notify.done(chosen.length === 1 ? 'Copied as JSON' : `${chosen.length} copied as JSON`);
  };
  return [
    ...filters,
    {
      id: 'copy-json',
      label: chosen.length === 1 ? 'Copy as JSON' : `Copy ${chosen.length} entries as JSON`,
      icon: Braces,
      shortcut: 'Mod+C',
      separated: true,
      run: () => void copy(),
    },
  ];
}
