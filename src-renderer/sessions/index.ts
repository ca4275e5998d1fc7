/** Sessions: the screen and the dialog that starts one. */
export { NewSessionDialog, type NewSessionDialogProps } from './new-session-dialog.tsx';
export { SessionsScreen } from './sessions-screen.tsx';
