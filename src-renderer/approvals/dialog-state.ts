/** Which request the dialog shows, and when it may appear by itself. */
import { create } from 'zustand';
import type { Approval } from '#contract';

export const useApprovalDialog = create<{ id: string | null }>(() => ({ id: null }));

/** Opens the dialog on a request: from the inbox, a notification, a link or a session. */
export const showApproval = (id: string): void => useApprovalDialog.setState({ id });
export const hideApproval = (): void => useApprovalDialog.setState({ id: null });

export interface Surroundings {
  /** A dialog or menu is open, ours or another. */
  dialogOpen: boolean;
  terminalFocused: boolean;
  /** Somebody writes in a text field. */
  typing: boolean;
  /** The inbox is on the screen and shows the request anyway. */
  inboxShown: boolean;
}

/** Only when it interrupts nothing. Otherwise a bar says that something waits. */
export const mayOpenByItself = (around: Surroundings): boolean =>
  !around.dialogOpen && !around.terminalFocused && !around.typing && !around.inboxShown;

/** Pending requests that were not known before, the longest waiting first. */
export const arrivals = (pending: readonly Approval[], known: ReadonlySet<string>): Approval[] =>
  pending.filter((approval) => !known.has(approval.id));
