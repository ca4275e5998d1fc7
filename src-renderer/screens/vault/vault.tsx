import { KeyRound, Lock, LockOpen, Plus, ScrollText, Trash2 } from 'lucide-react';
import { useState } from 'react';
import type { Credential } from '#contract';
import { client } from '../../client/index.ts';
import { lockVault, unlockVault } from '../../frame/app-commands.ts';
import { navigate, useRoute } from '../../frame/route.ts';
import {
  credentialStore,
  DEFAULT_VAULT,
  openDialog,
  readCredentials,
  useCredentials,
  useVault,
} from '../../state/index.ts';
import {
  Badge,
  Button,
  type Column,
  ConfirmDialog,
  DataGrid,
  EmptyState,
  ErrorState,
  MasterDetail,
  notify,
  RelativeTime,
  Screen,
  SearchField,
} from '../../ui/index.ts';
import { CredentialInspector } from './credential-inspector.tsx';

const columns: Column<Credential>[] = [
  {
    id: 'name',
    header: 'Name',
    width: 'minmax(0, 1.2fr)',
    sortBy: (c) => c.name,
    cell: (c) => <span className="font-medium">{c.name}</span>,
  },
  {
    id: 'service',
    header: 'Service',
    width: 'minmax(0, 1fr)',
    sortBy: (c) => c.service,
    cell: (c) => <code className="text-sm">{c.service}</code>,
  },
  {
    id: 'domains',
    header: 'Allowed hosts',
    width: 'minmax(0, 2fr)',
    showFrom: 520,
    cell: (c) => <code className="text-sm text-muted">{c.domains.join(', ')}</code>,
  },
  {
    id: 'expires',
    header: 'Expires',
    width: '96px',
    showFrom: 760,
    sortBy: (c) => c.expires_at ?? '9',
    cell: (c) => <Expiry credential={c} />,
  },
  {
    id: 'used',
    header: 'Last used',
    width: '96px',
    align: 'end',
    sortBy: (c) => c.last_used_at ?? '',
    cell: (c) =>
      c.last_used_at ? (
        <RelativeTime at={c.last_used_at} className="text-muted" />
      ) : (
        <span className="text-faint">never</span>
      ),
  },
];

function Expiry({ credential }: { credential: Credential }) {
  if (!credential.expires_at) return <span className="text-faint">never</span>;
  if (Date.parse(credential.expires_at) <= Date.now()) {
    return (
      <Badge tone="deny" icon={Lock} quiet>
        Expired
      </Badge>
    );
  }
  return <RelativeTime at={credential.expires_at} className="text-muted" />;
}

export function VaultScreen() {
  const credentials = useCredentials();
  const { loaded, failure } = credentialStore.use();
  const selected = useRoute(({ route }) => (route.screen === 'vault' ? route.id : null));
  const [search, setSearch] = useState('');
  const [deleting, setDeleting] = useState<Credential | null>(null);
  const select = (id: string | null) => navigate({ screen: 'vault', id }, { replace: true });
  const words = search.trim().toLowerCase();
  const shown = credentials.filter((c) =>
    `${c.name} ${c.service} ${c.domains.join(' ')}`.toLowerCase().includes(words),
  );
  const current = credentials.find((c) => c.name === selected);

  const grid = (
    <DataGrid
      label="Credentials"
      columns={columns}
      items={shown}
      rowKey={(c) => c.name}
      activeKey={selected}
      onActiveKey={select}
      onDelete={setDeleting}
      loading={!loaded}
      actions={(c) => [
        {
          id: 'ledger',
          label: 'Show its use in the ledger',
          icon: ScrollText,
          run: () => navigate({ screen: 'ledger', id: null, filter: { service: c.service } }),
        },
        {
          id: 'delete',
          label: 'Delete credential',
          icon: Trash2,
          danger: true,
          shortcut: 'Delete',
          run: () => setDeleting(c),
        },
      ]}
      empty={
        failure ? (
          <ErrorState failure={failure} onRetry={() => void readCredentials()} />
        ) : words === '' ? (
          <EmptyState
            icon={KeyRound}
            title="No key is stored yet"
            action={
              <Button variant="primary" icon={Plus} onClick={() => openDialog({ kind: 'add-credential' })}>
                Store a key
              </Button>
            }
          >
            A key in the vault is put into requests by the Gate, so that no agent ever holds it.
          </EmptyState>
        ) : (
          <EmptyState
            title="No credential by that name"
            action={<Button onClick={() => setSearch('')}>Clear search</Button>}
          />
        )
      }
    />
  );
  return (
    <Screen
      title="Vault"
      subtitle={<VaultState />}
      actions={
        <>
          <LockButton />
          <Button variant="primary" icon={Plus} onClick={() => openDialog({ kind: 'add-credential' })}>
            Store a key
          </Button>
        </>
      }
      toolbar={<SearchField label="Search credentials" value={search} onChange={setSearch} />}
    >
      <MasterDetail
        id="vault"
        list={grid}
        detail={
          current ? (
            <CredentialInspector
              credential={current}
              onClose={() => select(null)}
              onDelete={() => setDeleting(current)}
            />
          ) : null
        }
      />
      <DeleteCredential credential={deleting} onClose={() => setDeleting(null)} />
    </Screen>
  );
}

function VaultState() {
  const vault = useVault();
  if (!vault) return null;
  if (vault.state === 'open') {
    return (
      <Badge tone="allow" icon={LockOpen}>
        Open
      </Badge>
    );
  }
  return (
    <Badge tone="ask" icon={Lock} title={vault.reason ?? undefined}>
      {vault.state === 'locked' ? 'Locked' : 'Not set up'}
    </Badge>
  );
}

function LockButton() {
  const vault = useVault();
  if (!vault) return null;
  switch (vault.state) {
    case 'open':
      return (
        <Button icon={Lock} onClick={() => void lockVault().catch(notify.failure)}>
          Lock vault
        </Button>
      );
    case 'locked':
      return (
        <Button icon={LockOpen} onClick={() => void unlockVault().catch(notify.failure)}>
          Unlock vault
        </Button>
      );
    case 'not_set_up':
      return <Button onClick={() => openDialog({ kind: 'vault-passphrase' })}>Set a passphrase</Button>;
  }
}

function DeleteCredential({ credential, onClose }: { credential: Credential | null; onClose: () => void }) {
  if (!credential) return null;
  const remove = async () => {
    try {
      await client.vault.remove({ vault: DEFAULT_VAULT, name: credential.name });
      credentialStore.remove(credential.id);
      navigate({ screen: 'vault', id: null }, { replace: true });
      notify.done(`${credential.name} was deleted`);
    } catch (error) {
      notify.failure(error);
    }
  };
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Delete ${credential.name}`}
      action="Delete credential"
      typed={credential.name}
      onConfirm={remove}
    >
      The secret and its rules are destroyed for good, and every grant on it ends. Agents that use it are
      refused from then on. The ledger keeps what it was used for.
    </ConfirmDialog>
  );
}
