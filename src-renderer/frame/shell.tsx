import { lazy, Suspense } from 'react';
import { ApprovalDialogHost, ApprovalsScreen } from '../approvals/index.ts';
import { Overview } from '../screens/overview/overview.tsx';
import { Skeleton } from '../ui/index.ts';
import { Announcer } from './announcer.tsx';
import { ConnectionBanner } from './connection-banner.tsx';
import { DialogHost } from './dialog-host.tsx';
import { ErrorBoundary } from './error-boundary.tsx';
import { PLACES } from './places.ts';
import { BottomBar, Rail } from './rail.tsx';
import { type Route, useRoute } from './route.ts';
import { StatusBar } from './status-bar.tsx';

// The terminal is the heaviest part; it and the rarer screens are read when first opened.
const SessionsScreen = lazy(() =>
  import('../sessions/index.ts').then((m) => ({ default: m.SessionsScreen })),
);
const LedgerScreen = lazy(() =>
  import('../screens/ledger/ledger.tsx').then((m) => ({ default: m.LedgerScreen })),
);
const VaultScreen = lazy(() =>
  import('../screens/vault/vault.tsx').then((m) => ({ default: m.VaultScreen })),
);
const AgentsScreen = lazy(() =>
  import('../screens/agents/agents.tsx').then((m) => ({ default: m.AgentsScreen })),
);
const SettingsScreen = lazy(() =>
  import('../screens/settings.tsx').then((m) => ({ default: m.SettingsScreen })),
);

/** The frame around every screen: rail, content, status bar, dialogs. */
export function Shell() {
  const route = useRoute((state) => state.route);
  const label = PLACES.find((place) => place.screen === route.screen)?.label ?? 'This screen';
  return (
    <div className="flex h-full flex-col">
      <ConnectionBanner />
      <div className="flex min-h-0 flex-1">
        <Rail />
        <main className="flex min-h-0 min-w-0 flex-1 flex-col">
          <ApprovalDialogHost />
          <ErrorBoundary place={label} resetKey={route.screen}>
            <Suspense fallback={<Skeleton />}>
              <CurrentScreen route={route} />
            </Suspense>
          </ErrorBoundary>
        </main>
      </div>
      <BottomBar />
      <StatusBar />
      <DialogHost />
      <Announcer />
    </div>
  );
}

function CurrentScreen({ route }: { route: Route }) {
  switch (route.screen) {
    case 'sessions':
      return <SessionsScreen />;
    case 'approvals':
      return <ApprovalsScreen />;
    case 'ledger':
      return <LedgerScreen />;
    case 'vault':
      return <VaultScreen />;
    case 'agents':
      return <AgentsScreen />;
    case 'settings':
      return <SettingsScreen />;
    default:
      return <Overview />;
  }
}
