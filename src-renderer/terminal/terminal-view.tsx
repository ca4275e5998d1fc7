/** The component around a terminal: mounts it while visible, and shows what it has to say. */
import {
  ClipboardCopy,
  ClipboardPaste,
  Maximize2,
  RefreshCw,
  Search,
  TextSelect,
  Type,
  Unplug,
} from 'lucide-react';
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import type { SessionId } from '#contract';
import { client, isDesktop } from '../client/index.ts';
import { useRemembered } from '../state/storage.ts';
import { Button } from '../ui/button.tsx';
import { ContextMenu, type MenuAction } from '../ui/menu.tsx';
import { isMac } from '../ui/shortcut.ts';
import { ErrorState } from '../ui/states.tsx';
import { notify } from '../ui/toast.tsx';
import { TERMINAL_ATTRIBUTE } from './focus.ts';
import { LiveTerminal } from './live-terminal.ts';
import { SearchBar } from './search-bar.tsx';
import { terminalSettings } from './settings.ts';
import './terminal.css';
import { TerminalBar } from './terminal-bar.tsx';
import { TerminalQuestions } from './terminal-questions.tsx';
import { INITIAL_STATUS, type TerminalStatus } from './terminal-status.ts';

export interface TerminalViewProps {
  sessionId: SessionId;
  /** Names the terminal for screen readers. */
  name: string;
  /** True when the person has just opened this terminal and expects to type into it. */
  takeFocus?: boolean | undefined;
  onTitle?: ((title: string) => void) | undefined;
}

/** A new terminal for each session: give the component the session's id as its key. */
export function TerminalView({ sessionId, name, takeFocus = false, onTitle }: TerminalViewProps) {
  const holder = useRef<HTMLDivElement>(null);
  const terminal = useLiveTerminal(sessionId, holder, takeFocus);
  const status = useTerminalStatus(terminal);
  useEffect(() => onTitle?.(status.title), [onTitle, status.title]);

  return (
    <section
      aria-label={`Terminal of ${name}`}
      className="relative flex min-h-0 min-w-0 flex-1 flex-col bg-sunken"
      {...{ [TERMINAL_ATTRIBUTE]: sessionId }}
    >
      {status.connection.state === 'refused' ? (
        <ErrorState failure={status.connection.failure} />
      ) : (
        <Notices terminal={terminal} status={status} />
      )}
      {status.exit ? <TerminalBar tone="neutral">{exitSentence(status.exit)}</TerminalBar> : null}
      <TerminalMenu terminal={terminal}>
        <div ref={holder} className="aegis-terminal min-h-0 min-w-0 flex-1 overflow-auto" />
      </TerminalMenu>
      {terminal && status.searchOpen ? (
        <SearchBar terminal={terminal} results={status.searchResults} />
      ) : null}
      {terminal ? <TerminalQuestions terminal={terminal} status={status} onOpenLink={openLink} /> : null}
    </section>
  );
}

function useLiveTerminal(
  sessionId: SessionId,
  holder: React.RefObject<HTMLDivElement | null>,
  takeFocus: boolean,
): LiveTerminal | null {
  const [terminal, setTerminal] = useState<LiveTerminal | null>(null);
  const wantsFocus = useRef(takeFocus);
  wantsFocus.current = takeFocus;
  useEffect(() => {
    const element = holder.current;
    if (!element) return;
    const live = new LiveTerminal(sessionId);
    setTerminal(live);
    void live.mount(element).then(() => {
      if (wantsFocus.current) live.focus();
    });
    return () => {
      live.dispose();
      setTerminal(null);
      element.replaceChildren();
    };
  }, [sessionId, holder]);
  return terminal;
}

const noSubscription = () => () => {};
const initial = () => INITIAL_STATUS;

function useTerminalStatus(terminal: LiveTerminal | null): TerminalStatus {
  return useSyncExternalStore(terminal?.subscribe ?? noSubscription, terminal?.status ?? initial);
}

/**
 * Not connected, ended, another window's size. They lie over the terminal: a line that took its room would change its
 * size, and with it the program's.
 */
function Notices({ terminal, status }: { terminal: LiveTerminal | null; status: TerminalStatus }) {
  return (
    <div className="absolute inset-x-0 top-0 z-10 flex flex-col empty:hidden">
      {status.connection.state === 'lost' ? (
        <TerminalBar tone="ask" icon={Unplug}>
          The connection to this terminal was lost. The program runs on; connecting again…
        </TerminalBar>
      ) : null}
      {status.foreignSize && status.size ? (
        <TerminalBar
          tone="info"
          icon={Maximize2}
          actions={
            <Button size="sm" onClick={() => terminal?.claimSize()}>
              Fit to this window
            </Button>
          }
        >
          Shown at {status.size.cols} × {status.size.rows}, the size of another window.
        </TerminalBar>
      ) : null}
    </div>
  );
}

export function exitSentence(exit: { exit_code: number | null; signal: string | null }): string {
  if (exit.signal) return `The program was ended by ${exit.signal}. What you see is its last screen.`;
  return exit.exit_code === 0
    ? 'The program ended. What you see is its last screen.'
    : `The program ended with exit code ${exit.exit_code ?? 'unknown'}. What you see is its last screen.`;
}

async function openLink(url: string): Promise<void> {
  if (isDesktop) await client.desktop.openExternal({ url }).catch(notify.failure);
  else window.open(url, '_blank', 'noopener,noreferrer');
}

function TerminalMenu({
  terminal,
  children,
}: {
  terminal: LiveTerminal | null;
  children: React.ReactElement;
}) {
  // Each opening looks anew whether something is selected.
  const [, setOpen] = useState(false);
  const [settings, setSettings] = useRemembered(terminalSettings);
  const size = (by: number) =>
    setSettings({ ...settings, fontSize: Math.min(32, Math.max(8, settings.fontSize + by)) });
  const pasteFromClipboard = async () => {
    try {
      terminal?.paste(await navigator.clipboard.readText());
      terminal?.focus();
    } catch {
      notify.info('Pasting from the menu was refused. Paste with the keyboard instead.');
    }
  };
  const actions: MenuAction[] = [
    {
      id: 'copy',
      label: 'Copy',
      icon: ClipboardCopy,
      shortcut: isMac() ? 'Mod+C' : 'Mod+Shift+C',
      disabled: !terminal?.hasSelection,
      run: () => void terminal?.copySelection(),
    },
    {
      id: 'paste',
      label: 'Paste',
      icon: ClipboardPaste,
      shortcut: isMac() ? 'Mod+V' : 'Mod+Shift+V',
      run: () => void pasteFromClipboard(),
    },
    { id: 'select-all', label: 'Select all', icon: TextSelect, run: () => terminal?.selectAll() },
    {
      id: 'find',
      label: 'Find…',
      icon: Search,
      shortcut: 'Mod+F',
      separated: true,
      run: () => terminal?.openSearch(),
    },
    { id: 'rebuild', label: 'Rebuild view', icon: RefreshCw, run: () => terminal?.rebuild() },
    { id: 'larger', label: 'Larger text', icon: Type, separated: true, run: () => size(1) },
    { id: 'smaller', label: 'Smaller text', icon: Type, run: () => size(-1) },
    {
      id: 'screen-reader',
      label: settings.screenReader ? 'Turn screen reader support off' : 'Turn screen reader support on',
      run: () => setSettings({ ...settings, screenReader: !settings.screenReader }),
    },
    {
      id: 'renderer',
      label: settings.renderer === 'auto' ? 'Draw without graphics card' : 'Draw with graphics card',
      run: () => setSettings({ ...settings, renderer: settings.renderer === 'auto' ? 'dom' : 'auto' }),
    },
  ];
  return (
    <ContextMenu actions={actions} onOpenChange={setOpen}>
      {children}
    </ContextMenu>
  );
}
