/** All sessions on the left, the open ones as tabs on the right. On narrow screens one at a time. */
import { FlaskConical, Play, SquareTerminal } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import type { Session } from '#contract';
import { startDemo } from '../frame/app-commands.ts';
import { navigate, useRoute } from '../frame/route.ts';
import { openDialog, sessionStore, useRemembered, useSession } from '../state/index.ts';
import { Button } from '../ui/button.tsx';
import { ConfirmDialog } from '../ui/dialog.tsx';
import { SplitPanels } from '../ui/split-panels.tsx';
import { EmptyState, Skeleton } from '../ui/states.tsx';
import { notify } from '../ui/toast.tsx';
import { useSize } from '../ui/use-size.ts';
import { visibleString } from '../ui/visible.ts';
import { killSentence } from './groups.ts';
import { openTab } from './open-tabs.ts';
import { lastSession, tabIds, useKillQuestion } from './screen-state.ts';
import { kill } from './session-actions.ts';
import { SessionList } from './session-list.tsx';
import { SessionTabs } from './session-tabs.tsx';
import { SessionView } from './session-view.tsx';

/** Narrower than this, list and session take turns. */
const SIDE_BY_SIDE = 700;

export function SessionsScreen() {
  const routeId = useRoute(({ route }) => (route.screen === 'sessions' ? route.id : null));
  const session = useSession(routeId);
  const loaded = sessionStore.use((state) => state.loaded);
  const empty = sessionStore.use((state) => state.loaded && state.byId.size === 0);
  const body = useRef<HTMLDivElement>(null);
  const { width } = useSize(body);
  const narrow = width > 0 && width < SIDE_BY_SIDE;
  useTabOfRoute(routeId, session, narrow, loaded);

  const list = <SessionList activeId={routeId} />;
  return (
    <div ref={body} className="flex min-h-0 min-w-0 flex-1">
      {width === 0 ? null : empty ? (
        <StartPage />
      ) : narrow ? (
        session ? (
          <SessionView session={session} narrow />
        ) : (
          list
        )
      ) : (
        <SplitPanels
          id="sessions"
          panels={[
            { id: 'list', minSize: 200, defaultSize: 240, content: list },
            {
              id: 'session',
              minSize: 360,
              content: <Main session={session} routeId={routeId} loaded={loaded} />,
            },
          ]}
        />
      )}
      <KillQuestion />
    </div>
  );
}

/** Keeps the tabs in step with the address: a shown session has a tab; without one the last is shown again. */
function useTabOfRoute(
  routeId: string | null,
  session: Session | undefined,
  narrow: boolean,
  loaded: boolean,
): void {
  useEffect(() => {
    if (session) {
      tabIds.write(openTab(tabIds.read(), session.id));
      lastSession.write(session.id);
      return;
    }
    const last = lastSession.read();
    if (routeId !== null || narrow || !loaded || last === null) return;
    if (sessionStore.use.getState().byId.has(last))
      navigate({ screen: 'sessions', id: last }, { replace: true });
  }, [routeId, session, narrow, loaded]);
}

function Main({
  session,
  routeId,
  loaded,
}: {
  session: Session | undefined;
  routeId: string | null;
  loaded: boolean;
}) {
  const [ids] = useRemembered(tabIds);
  const byId = sessionStore.use((state) => state.byId);
  const tabs = ids.map((id) => byId.get(id)).filter((one): one is Session => one !== undefined);
  if (!session) {
    if (routeId !== null && !loaded) return <Skeleton />;
    return (
      <EmptyState
        icon={SquareTerminal}
        title={routeId === null ? 'No session chosen' : 'This session is not on the list'}
      >
        Choose a session on the left, or start a new one.
      </EmptyState>
    );
  }
  return (
    <div className="flex min-h-0 min-w-0 flex-1 flex-col">
      <SessionTabs sessions={tabs} activeId={session.id} />
      <SessionView key={session.id} session={session} narrow={false} />
    </div>
  );
}

/** The first thing a newcomer sees here. */
function StartPage() {
  const [busy, setBusy] = useState(false);
  const demo = async () => {
    setBusy(true);
    try {
      await startDemo();
    } catch (error) {
      notify.failure(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <div className="flex-1">
      <EmptyState
        icon={SquareTerminal}
        title="Run an agent under your eyes"
        action={
          <>
            <Button variant="primary" icon={Play} onClick={() => openDialog({ kind: 'new-session' })}>
              New session
            </Button>
            <Button icon={FlaskConical} busy={busy} onClick={() => void demo()}>
              Start the demo agent
            </Button>
          </>
        }
      >
        A session is one agent in a live terminal. It asks you before it acts, and it never sees a key. The
        demo agent shows all of it in a minute; it needs no key and no agent.
      </EmptyState>
    </div>
  );
}

function KillQuestion() {
  const session = useKillQuestion((state) => state.session);
  return (
    <ConfirmDialog
      open={session !== null}
      title={`End ${visibleString(session?.name ?? 'session')}?`}
      action="End session"
      onClose={() => useKillQuestion.setState({ session: null })}
      onConfirm={() => (session ? kill(session) : undefined)}
    >
      {session ? visibleString(killSentence(session)) : ''}
    </ConfirmDialog>
  );
}
