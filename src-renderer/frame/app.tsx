import { useEffect } from 'react';
import { useStore } from 'zustand';
import { client, connection, isDesktop } from '../client/index.ts';
import { Connecting } from '../screens/connecting.tsx';
import { SignInPage } from '../screens/sign-in.tsx';
import { useEffectiveTheme } from '../state/index.ts';
import { Toaster, TooltipProvider } from '../ui/index.ts';
import { appCommands } from './app-commands.ts';
import { registerCommands, runCommand } from './commands.ts';
import { ErrorBoundary } from './error-boundary.tsx';
import { useRoute } from './route.ts';
import { Shell } from './shell.tsx';
import { useShortcuts } from './use-shortcuts.ts';

/** Everything: signed out, connecting for the first time, or at work. */
export function App() {
  const theme = useEffectiveTheme();
  return (
    <ErrorBoundary place="Aegis">
      <TooltipProvider delay={500}>
        <Stage />
        <Toaster theme={theme} />
      </TooltipProvider>
    </ErrorBoundary>
  );
}

function Stage() {
  const state = useStore(connection.status, (status) => status.state);
  const signingIn = useRoute(({ route }) => route.screen === 'sign-in');
  if (!isDesktop && (state === 'signed_out' || signingIn)) return <SignInPage />;
  if (state === 'connecting') return <Connecting />;
  return <AtWork />;
}

function AtWork() {
  useEffect(() => registerCommands(appCommands), []);
  useShortcuts();
  useNativeCommands();
  return <Shell />;
}

/** Menus, tray and notifications of the desktop app run commands here. */
function useNativeCommands(): void {
  useEffect(() => {
    if (!isDesktop) return;
    const listen = async () => {
      try {
        // No signal: the stream ends with its connection, and this page listens as long as it lives.
        const commands = await client.desktop.commands({});
        for await (const { command, argument } of commands) runCommand(command, argument);
      } catch {
        // The connection ended; the next one listens again.
      }
    };
    return connection.whileOpen(() => void listen());
  }, []);
}
