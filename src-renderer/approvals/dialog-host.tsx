/** Mounted once beside all screens: shows the dialog and the bar that says something waits. */
import { useEffect, useRef, useState } from 'react';
import { registerCommands } from '../frame/commands.ts';
import { navigate, useRoute } from '../frame/route.ts';
import { approvalStore, pendingOf, useDialog, usePendingApprovals } from '../state/index.ts';
import { terminalHasFocus } from '../terminal/focus.ts';
import { ApprovalDialog } from './approval-dialog.tsx';
import {
  arrivals,
  hideApproval,
  mayOpenByItself,
  type Surroundings,
  showApproval,
  useApprovalDialog,
} from './dialog-state.ts';
import { WaitingBar } from './waiting-bar.tsx';

/** Screens that show what waits in a place of their own, so that nothing is covered. */
const SHOWN_THERE = new Set(['approvals', 'sessions', 'overview', 'sign-in']);

export function ApprovalDialogHost() {
  const id = useApprovalDialog((state) => state.id);
  const route = useRoute((state) => state.route);
  const routeId = route.screen === 'approvals' ? route.id : null;
  const [dismissed, setDismissed] = useState(false);
  useArrivals((arrived) => {
    setDismissed(false);
    const [first] = arrived;
    if (first && mayOpenByItself(surroundings())) showApproval(first.id);
  });
  useApprovalCommands();
  // A link or notification names a request in the address.
  useEffect(() => {
    if (routeId !== null) showApproval(routeId);
  }, [routeId]);

  const close = () => {
    hideApproval();
    if (routeId !== null) navigate({ screen: 'approvals', id: null }, { replace: true });
  };
  return (
    <>
      {id === null ? null : <ApprovalDialog id={id} onClose={close} />}
      {id === null && !dismissed && !SHOWN_THERE.has(route.screen) ? (
        <div className="shrink-0 border-b border-line p-1.5 empty:hidden">
          <WaitingBar onDismiss={() => setDismissed(true)} />
        </div>
      ) : null}
    </>
  );
}

function surroundings(): Surroundings {
  const active = document.activeElement;
  return {
    dialogOpen:
      useDialog.getState().dialog !== null ||
      document.querySelector('[role="dialog"], [role="alertdialog"], [role="menu"]') !== null,
    terminalFocused: terminalHasFocus(),
    typing: active?.closest('input, textarea, select, [contenteditable="true"]') != null,
    inboxShown: useRoute.getState().route.screen === 'approvals',
  };
}

/** Calls back for requests that arrive while the page is open; what waited before is shown by the bar. */
function useArrivals(onArrival: (arrived: ReturnType<typeof pendingOf>) => void): void {
  const loaded = approvalStore.use((state) => state.loaded);
  const pending = usePendingApprovals();
  const known = useRef<Set<string> | null>(null);
  const callback = useRef(onArrival);
  callback.current = onArrival;
  useEffect(() => {
    if (!loaded) return;
    const arrived = known.current ? arrivals(pending, known.current) : [];
    known.current ??= new Set();
    for (const approval of pending) known.current.add(approval.id);
    if (arrived.length > 0) callback.current(arrived);
  }, [loaded, pending]);
}

/** The commands of the menus and notifications, answered by the dialog wherever one is. */
function useApprovalCommands(): void {
  useEffect(
    () =>
      registerCommands([
        {
          id: 'approval.next',
          title: 'Open the request that waits longest',
          group: 'Approvals',
          shortcut: 'Mod+Shift+A',
          when: () => pendingOf(approvalStore.use.getState().byId).length > 0,
          run: () => {
            const first = pendingOf(approvalStore.use.getState().byId)[0];
            if (first) showApproval(first.id);
          },
        },
        {
          id: 'approval.open',
          title: 'Open a request',
          group: 'Approvals',
          hidden: true,
          run: (id) => {
            if (id !== null) showApproval(id);
          },
        },
      ]),
    [],
  );
}
