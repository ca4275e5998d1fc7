import { client, isDesktop, signOut } from '../client/index.ts';
import { verifyLedger } from '../screens/ledger/verify.ts';
import { chooseTheme, DEFAULT_VAULT, openDialog, railCollapsed, vaultStore } from '../state/index.ts';
import { notify } from '../ui/toast.tsx';
import { type Command, runCommand } from './commands.ts';
import { navigate } from './route.ts';

const vault = () => vaultStore.use.getState().byId.get(DEFAULT_VAULT);

/** Ledger filters are remembered, so going there brings back what was looked at last. */
export const goToLedger = (): void => navigate({ screen: 'ledger', id: null, filter: {} });

const places: Command[] = [
  {
    id: 'go.overview',
    title: 'Go to Overview',
    group: 'Go to',
    shortcut: 'G O',
    run: () => navigate({ screen: 'overview' }),
  },
  {
    id: 'go.sessions',
    title: 'Go to Sessions',
    group: 'Go to',
    shortcut: 'G S',
    run: () => navigate({ screen: 'sessions', id: null }),
  },
  {
    id: 'go.approvals',
    title: 'Go to Approvals',
    group: 'Go to',
    shortcut: 'G A',
    run: () => navigate({ screen: 'approvals', id: null }),
  },
  {
    id: 'go.ledger',
    title: 'Go to Ledger',
    group: 'Go to',
    shortcut: 'G L',
    keywords: 'audit log',
    run: goToLedger,
  },
  {
    id: 'go.vault',
    title: 'Go to Vault',
    group: 'Go to',
    shortcut: 'G V',
    keywords: 'credentials keys secrets',
    run: () => navigate({ screen: 'vault', id: null }),
  },
  {
    id: 'go.agents',
    title: 'Go to Agents',
    group: 'Go to',
    shortcut: 'G I',
    keywords: 'identities grants tokens',
    run: () => navigate({ screen: 'agents', id: null }),
  },
  {
    id: 'go.settings',
    title: 'Go to Settings',
    group: 'Go to',
    shortcut: 'Mod+,',
    keywords: 'preferences theme about',
    run: () => navigate({ screen: 'settings' }),
  },
];

const actions: Command[] = [
  {
    id: 'sessions.new',
    title: 'New session',
    group: 'Create',
    shortcut: 'N S',
    keywords: 'start agent',
    run: () => openDialog({ kind: 'new-session' }),
  },
  { id: 'sessions.demo', title: 'Try it with the demo agent', group: 'Create', run: startDemo },
  {
    id: 'vault.add',
    title: 'Store a key',
    group: 'Create',
    shortcut: 'N K',
    keywords: 'add credential secret',
    run: () => openDialog({ kind: 'add-credential' }),
  },
  {
    id: 'agents.create',
    title: 'Create an agent identity',
    group: 'Create',
    shortcut: 'N A',
    run: () => openDialog({ kind: 'create-agent' }),
  },
  {
    id: 'vault.lock',
    title: 'Lock vault',
    group: 'Vault',
    shortcut: 'Mod+Shift+L',
    when: () => vault()?.state === 'open',
    run: lockVault,
  },
  {
    id: 'vault.unlock',
    title: 'Unlock vault',
    group: 'Vault',
    when: () => vault()?.state === 'locked',
    run: unlockVault,
  },
  {
    id: 'vault.passphrase',
    title: 'Set a vault passphrase',
    group: 'Vault',
    when: () => vault()?.state !== 'locked',
    run: () => openDialog({ kind: 'vault-passphrase' }),
  },
  {
    id: 'ledger.verify',
    title: 'Verify the ledger',
    group: 'Ledger',
    keywords: 'audit check hash',
    run: verifyLedger,
  },
  {
    id: 'palette.open',
    title: 'Search commands',
    group: 'View',
    shortcut: 'Mod+K / Mod+Shift+P',
    hidden: true,
    run: () => openDialog({ kind: 'palette' }),
  },
  {
    id: 'view.rail',
    title: 'Collapse or widen the navigation',
    group: 'View',
    shortcut: 'Mod+B',
    run: () => railCollapsed.write(!railCollapsed.read()),
  },
  {
    id: 'view.theme-system',
    title: 'Theme: follow the system',
    group: 'View',
    run: () => chooseTheme('system'),
  },
  { id: 'view.theme-light', title: 'Theme: light', group: 'View', run: () => chooseTheme('light') },
  { id: 'view.theme-dark', title: 'Theme: dark', group: 'View', run: () => chooseTheme('dark') },
  {
    id: 'help.open',
    title: 'Keyboard shortcuts',
    group: 'Help',
    shortcut: '?',
    run: () => openDialog({ kind: 'help' }),
  },
  { id: 'sign-out', title: 'Sign out', group: 'View', when: () => !isDesktop, run: leave },
];

/** From notifications, the tray and deep links: they name what to show. */
const fromOutside: Command[] = [
  {
    id: 'approvals.open',
    title: 'Open a request',
    group: 'Approvals',
    hidden: true,
    run: (id) => runCommand('approval.open', id),
  },
  {
    id: 'gate.requests',
    title: 'Show requests through the Gate',
    group: 'Ledger',
    run: () => navigate({ screen: 'ledger', id: null, filter: { action: 'gate.request' } }),
  },
  {
    id: 'sessions.open',
    title: 'Open a session',
    group: 'Sessions',
    hidden: true,
    run: (id) => navigate({ screen: 'sessions', id }),
  },
];

export const appCommands: readonly Command[] = [...places, ...actions, ...fromOutside];

export async function lockVault(): Promise<void> {
  vaultStore.put(await client.vault.lock({ vault: DEFAULT_VAULT }));
  notify.done('Vault locked. Requests through the Gate are refused until you unlock it.');
}

/** Tries the keychain first; asks for the passphrase only where that is what opens it. */
export async function unlockVault(): Promise<void> {
  const slots = vault()?.slots ?? [];
  if (!slots.includes('keychain') && slots.includes('passphrase'))
    return openDialog({ kind: 'vault-unlock' });
  try {
    vaultStore.put(await client.vault.unlock({ vault: DEFAULT_VAULT }));
    notify.done('Vault unlocked');
  } catch (error) {
    if (!slots.includes('passphrase')) throw error;
    openDialog({ kind: 'vault-unlock' });
  }
}

/** The whole story in a minute, with nothing set up: a scripted agent in a folder of its own. */
export async function startDemo(): Promise<void> {
  const session = await client.sessions.create({ agent: 'demo', name: 'Demo' });
  navigate({ screen: 'sessions', id: session.id });
}

/** Reloads the page, so that nothing that was read stays in its memory. */
async function leave(): Promise<void> {
  await signOut();
  window.location.hash = '';
  window.location.reload();
}
