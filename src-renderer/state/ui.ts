import { z } from 'zod';
import { create } from 'zustand';
import type { AgentKind } from '#contract';
import { remembered } from './storage.ts';

/** Dialogs that any screen or command may open; one at a time. Approvals have a host of their own. */
export type AppDialog =
  | { kind: 'palette' }
  | { kind: 'help' }
  | { kind: 'new-session'; agent?: AgentKind }
  | { kind: 'add-credential'; preset?: string }
  | { kind: 'create-agent' }
  | { kind: 'vault-passphrase' }
  | { kind: 'vault-unlock' };

export const useDialog = create<{ dialog: AppDialog | null }>(() => ({ dialog: null }));
export const openDialog = (dialog: AppDialog): void => useDialog.setState({ dialog });
export const closeDialog = (): void => useDialog.setState({ dialog: null });

export const railCollapsed = remembered('rail-collapsed', z.boolean(), false);
