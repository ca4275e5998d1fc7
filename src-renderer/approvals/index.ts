/** Approvals: the inbox, the dialog and what other screens show of requests. */
export { ApprovalsScreen } from './approvals-screen.tsx';
export { ApprovalDialogHost } from './dialog-host.tsx';
export { showApproval } from './dialog-state.ts';
export { inputPreview } from './queue.ts';
export { WaitingBar } from './waiting-bar.tsx';
