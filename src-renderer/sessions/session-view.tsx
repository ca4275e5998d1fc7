/** One open session: its toolbar, why it waits, the terminal large, and a panel with requests, ledger and details. */
import {
  Activity,
  ArrowLeft,
  CircleStop,
  Ellipsis,
  Hourglass,
  Keyboard,
  OctagonX,
  PanelRight,
} from 'lucide-react';
import { useRef, useState } from 'react';
import { isEnded, type Session } from '#contract';
import { showApproval } from '../approvals/index.ts';
import { navigate } from '../frame/route.ts';
import { useRemembered } from '../state/index.ts';
import { TerminalView } from '../terminal/index.ts';
import { StateBadge } from '../ui/badge.tsx';
import { Button, IconButton } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { Menu } from '../ui/menu.tsx';
import { SplitPanels } from '../ui/split-panels.tsx';
import { Tabs } from '../ui/tabs.tsx';
import { useSize } from '../ui/use-size.ts';
import { visibleString } from '../ui/visible.ts';
import { AgentIcon } from './agent-look.tsx';
import { needsYou, statusLine } from './groups.ts';
import { isTouch, sendBoxShown, sidePanelShown, useFocusWanted } from './screen-state.ts';
import { SendBox } from './send-box.tsx';
import { askKill, interrupt, sessionActions } from './session-actions.ts';
import { SessionApprovals, useSessionApprovals } from './session-approvals.tsx';
import { SessionDetails } from './session-details.tsx';
import { SessionLedger } from './session-ledger.tsx';

/** Narrower than this, the panel becomes tabs beside the terminal's own. */
const WITH_PANEL = 820;

type PanelTab = 'approvals' | 'ledger' | 'details';

export function SessionView({ session, narrow }: { session: Session; narrow: boolean }) {
  const body = useRef<HTMLDivElement>(null);
  const { width } = useSize(body);
  const [panelShown] = useRemembered(sidePanelShown);
  const stacked = width > 0 && width < WITH_PANEL;
  return (
    <div ref={body} className="flex min-h-0 min-w-0 flex-1 flex-col">
      <Toolbar session={session} narrow={narrow} stacked={stacked} />
      <StatusLine session={session} />
      {width === 0 ? null : stacked ? (
        <StackedBody session={session} narrow={narrow} />
      ) : panelShown ? (
        <SplitPanels
          id="session"
          panels={[
            { id: 'terminal', minSize: 320, content: <TerminalArea session={session} /> },
            { id: 'panel', minSize: 240, defaultSize: 280, content: <SidePanel session={session} /> },
          ]}
        />
      ) : (
        <TerminalArea session={session} />
      )}
    </div>
  );
}

function Toolbar({ session, narrow, stacked }: { session: Session; narrow: boolean; stacked: boolean }) {
  const [panelShown, setPanelShown] = useRemembered(sidePanelShown);
  const [boxShown, setBoxShown] = useRemembered(sendBoxShown);
  const ended = isEnded(session.state);
  // Alone on a narrow screen it is the page's heading; beside the list, the list has that.
  const Heading = narrow ? 'h1' : 'h2';
  return (
    <div
      role="toolbar"
      aria-label={`Session ${visibleString(session.name)}`}
      className="flex min-h-10 shrink-0 items-center gap-2 border-b border-line px-2"
    >
      {narrow ? (
        <IconButton
          label="Back to the list"
          icon={ArrowLeft}
          onClick={() => navigate({ screen: 'sessions', id: null })}
        />
      ) : null}
      <AgentIcon agent={session.agent} />
      <Heading className="min-w-0 shrink truncate font-medium">{visibleString(session.name)}</Heading>
      <span className="min-w-0 shrink-0 max-sm:hidden">
        <StateBadge kind="session" state={session.state} title={visibleString(session.state_reason)} />
      </span>
      <span className="flex-1" />
      <Button
        size="sm"
        icon={CircleStop}
        disabled={ended}
        title="Press Ctrl+C in the terminal"
        onClick={() => void interrupt(session)}
      >
        Interrupt
      </Button>
      <Button size="sm" icon={OctagonX} disabled={ended} onClick={() => askKill(session)}>
        {stacked ? 'End…' : 'End session…'}
      </Button>
      {isTouch() || narrow ? null : (
        <IconButton
          label={boxShown ? 'Hide the text box' : 'Show a text box'}
          icon={Keyboard}
          pressed={boxShown}
          onClick={() => setBoxShown(!boxShown)}
        />
      )}
      {stacked ? null : (
        <IconButton
          label={panelShown ? 'Hide the panel' : 'Show the panel'}
          icon={PanelRight}
          pressed={panelShown}
          onClick={() => setPanelShown(!panelShown)}
        />
      )}
      <Menu
        trigger={<IconButton label="More actions" icon={Ellipsis} />}
        actions={sessionActions(session).filter((action) => action.id !== 'open')}
      />
    </div>
  );
}

/** What it does or why it waits, and the button that answers. Always there, so that the terminal keeps its size. */
function StatusLine({ session }: { session: Session }) {
  const { pending } = useSessionApprovals(session.id);
  const [first] = pending;
  const waits = needsYou(session) || session.state === 'waiting_input';
  const words = visibleString(first ? `Asks: ${first.summary}` : statusLine(session));
  const Icon = waits ? Hourglass : Activity;
  return (
    <div
      className={cx(
        'flex h-8 shrink-0 items-center gap-2 border-b border-line px-3',
        first ? 'bg-ask-soft text-ask' : 'text-muted',
      )}
    >
      <Icon size={14} className="shrink-0" aria-hidden="true" />
      <span role="status" className="min-w-0 flex-1 truncate" title={words}>
        {words}
      </span>
      {first ? (
        <Button size="sm" onClick={() => showApproval(first.id)}>
          Review
        </Button>
      ) : null}
    </div>
  );
}

function TerminalArea({ session }: { session: Session }) {
  const [boxShown] = useRemembered(sendBoxShown);
  const wanted = useFocusWanted((state) => state.id === session.id);
  const box = (boxShown || isTouch()) && !isEnded(session.state);
  return (
    <div className="flex min-h-0 min-w-0 flex-1 flex-col">
      <TerminalView
        key={session.id}
        sessionId={session.id}
        name={visibleString(session.name)}
        takeFocus={wanted}
      />
      {box ? <SendBox key={session.id} session={session} /> : null}
    </div>
  );
}

function SidePanel({ session }: { session: Session }) {
  const [tab, setTab] = useState<PanelTab>('approvals');
  return (
    <Tabs<PanelTab>
      label="About this session"
      value={tab}
      onChange={setTab}
      tabs={usePanelTabs(session)}
      className="h-full flex-1 bg-panel"
    />
  );
}

/** On narrow screens the terminal is one tab among the others. */
function StackedBody({ session, narrow }: { session: Session; narrow: boolean }) {
  const [boxShown] = useRemembered(sendBoxShown);
  const [tab, setTab] = useState<PanelTab | 'terminal'>('terminal');
  const tabs = usePanelTabs(session);
  const box = (boxShown || narrow || isTouch()) && !isEnded(session.state);
  return (
    <Tabs<PanelTab | 'terminal'>
      label="This session"
      value={tab}
      onChange={setTab}
      className="flex-1"
      tabs={[
        {
          id: 'terminal',
          label: 'Terminal',
          content: (
            <div className="flex h-full flex-col">
              <TerminalView key={session.id} sessionId={session.id} name={visibleString(session.name)} />
              {box ? <SendBox key={session.id} session={session} /> : null}
            </div>
          ),
        },
        ...tabs,
      ]}
    />
  );
}

function usePanelTabs(session: Session) {
  const { pending } = useSessionApprovals(session.id);
  return [
    {
      id: 'approvals' as const,
      label: 'Approvals',
      count: pending.length > 0 ? pending.length : undefined,
      content: <SessionApprovals session={session} />,
    },
    { id: 'ledger' as const, label: 'Ledger', content: <SessionLedger key={session.id} session={session} /> },
    { id: 'details' as const, label: 'Details', content: <SessionDetails session={session} /> },
  ];
}
