import { Autocomplete } from '@base-ui/react/autocomplete';
import { Dialog } from '@base-ui/react/dialog';
import { Search } from 'lucide-react';
import { useMemo, useState } from 'react';
import { closeDialog, useAgents, useApprovals, useCredentials, useSessions } from '../state/index.ts';
import { APPROVAL_LOOK, Kbd, SESSION_LOOK, visibleString } from '../ui/index.ts';
import { runCommand, shortcutsOf, useCommands } from './commands.ts';
import { rank } from './rank.ts';
import { navigate } from './route.ts';

interface PaletteItem {
  id: string;
  title: string;
  kind: string;
  keywords: string;
  shortcut: string | undefined;
  run: () => void;
}

/** Objects are listed only once something is typed: there can be hundreds. */
const SHOWN = 60;

/** Every action and every object, by name. */
export function Palette({ open }: { open: boolean }) {
  return (
    <Dialog.Root
      open={open}
      onOpenChange={(next) => {
        if (!next) closeDialog();
      }}
    >
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-backdrop" />
        <Dialog.Popup
          aria-label="Command palette"
          className="fixed top-[12vh] left-1/2 z-40 flex max-h-[70vh] w-[calc(100vw-32px)] max-w-150 -translate-x-1/2 flex-col overflow-hidden rounded-lg border border-line-strong bg-raised outline-none"
        >
          <PaletteList />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}

function PaletteList() {
  const [query, setQuery] = useState('');
  const commands = useCommandItems();
  const objects = useObjectItems();
  const shown = useMemo(() => {
    const pool = query.trim() === '' ? commands : [...commands, ...objects];
    return rank(query, pool).slice(0, SHOWN);
  }, [query, commands, objects]);
  const choose = (item: PaletteItem) => {
    closeDialog();
    item.run();
  };
  return (
    <Autocomplete.Root
      open
      inline
      items={shown}
      filter={null}
      itemToStringValue={(item: PaletteItem) => item.title}
      value={query}
      onValueChange={(value, details) => {
        if (details.reason !== 'item-press') setQuery(value);
      }}
      autoHighlight="always"
      keepHighlight
    >
      <div className="flex items-center gap-2 border-b border-line px-3">
        <Search size={15} className="shrink-0 text-faint" aria-hidden="true" />
        <Autocomplete.Input
          aria-label="Search commands, sessions, requests, credentials and agents"
          placeholder="What do you want to do?"
          spellCheck={false}
          className="h-11 w-full bg-transparent text-lg outline-none"
        />
        <Kbd shortcut="Escape" />
      </div>
      <Autocomplete.Empty>
        <p className="p-4 text-muted empty:hidden">
          {shown.length === 0 ? 'Nothing by that name. Try another word.' : null}
        </p>
      </Autocomplete.Empty>
      <Autocomplete.List className="min-h-0 flex-1 overflow-y-auto p-1 outline-none">
        {(item: PaletteItem) => (
          <Autocomplete.Item
            key={item.id}
            value={item}
            onClick={() => choose(item)}
            className="flex h-8 cursor-default items-center gap-3 rounded-md px-2 outline-none select-none data-highlighted:bg-selected"
          >
            <span className="min-w-0 flex-1 truncate">{item.title}</span>
            <span className="shrink-0 text-sm text-faint">{item.kind}</span>
            {item.shortcut ? <Kbd shortcut={item.shortcut} /> : null}
          </Autocomplete.Item>
        )}
      </Autocomplete.List>
    </Autocomplete.Root>
  );
}

function useCommandItems(): PaletteItem[] {
  const commands = useCommands();
  return useMemo(
    () =>
      commands
        .filter((command) => !command.hidden && command.when?.() !== false)
        .map((command) => ({
          id: command.id,
          title: command.title,
          kind: command.group,
          keywords: command.keywords ?? '',
          shortcut: shortcutsOf(command.shortcut)[0],
          run: () => runCommand(command.id),
        })),
    [commands],
  );
}

function useObjectItems(): PaletteItem[] {
  const sessions = useSessions();
  const approvals = useApprovals();
  const credentials = useCredentials();
  const agents = useAgents();
  return useMemo(
    () => [
      ...sessions.map((session) => ({
        id: session.id,
        title: visibleString(session.name),
        kind: `Session · ${SESSION_LOOK[session.state].word}`,
        keywords: `session ${session.agent} ${session.work_dir}`,
        shortcut: undefined,
        run: () => navigate({ screen: 'sessions', id: session.id }),
      })),
      ...approvals.slice(0, 100).map((approval) => ({
        id: approval.id,
        title: visibleString(`${approval.summary} (${approval.session_name})`),
        kind: `Request · ${APPROVAL_LOOK[approval.state].word}`,
        keywords: `approval request ${approval.tool}`,
        shortcut: undefined,
        run: () => navigate({ screen: 'approvals', id: approval.id }),
      })),
      ...credentials.map((credential) => ({
        id: credential.id,
        title: credential.name,
        kind: 'Credential',
        keywords: `credential key ${credential.service} ${credential.domains.join(' ')}`,
        shortcut: undefined,
        run: () => navigate({ screen: 'vault', id: credential.name }),
      })),
      ...agents
        .filter((agent) => agent.session_id === null)
        .map((agent) => ({
          id: agent.id,
          title: visibleString(agent.name),
          kind: 'Agent',
          keywords: 'agent identity',
          shortcut: undefined,
          run: () => navigate({ screen: 'agents', id: agent.id }),
        })),
    ],
    [sessions, approvals, credentials, agents],
  );
}
