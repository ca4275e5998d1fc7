import { lazy, Suspense } from 'react';
import { CreateAgentDialog } from '../screens/agents/create-agent-dialog.tsx';
import { AddCredentialDialog } from '../screens/vault/add-credential-dialog.tsx';
import { PassphraseDialog, UnlockDialog } from '../screens/vault/passphrase-dialogs.tsx';
import { closeDialog, useDialog } from '../state/index.ts';
import { HelpSheet } from './help-sheet.tsx';
import { Palette } from './palette.tsx';

const NewSessionDialog = lazy(() =>
  import('../sessions/index.ts').then((m) => ({ default: m.NewSessionDialog })),
);

/** Dialogs that any screen or command can open. */
export function DialogHost() {
  const dialog = useDialog((state) => state.dialog);
  return (
    <>
      <Palette open={dialog?.kind === 'palette'} />
      <HelpSheet open={dialog?.kind === 'help'} />
      <AddCredentialDialog
        open={dialog?.kind === 'add-credential'}
        preset={dialog?.kind === 'add-credential' ? dialog.preset : undefined}
        onClose={closeDialog}
      />
      <CreateAgentDialog open={dialog?.kind === 'create-agent'} onClose={closeDialog} />
      <PassphraseDialog open={dialog?.kind === 'vault-passphrase'} onClose={closeDialog} />
      <UnlockDialog open={dialog?.kind === 'vault-unlock'} onClose={closeDialog} />
      <Suspense>
        {dialog?.kind === 'new-session' ? (
          <NewSessionDialog open agent={dialog.agent} onClose={closeDialog} />
        ) : null}
      </Suspense>
    </>
  );
}
