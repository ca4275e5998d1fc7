import { Ban, Bot, KeyRound, Plus } from 'lucide-react';
import { useState } from 'react';
import { z } from 'zod';
import type { Agent } from '#contract';
import { client } from '../../client/index.ts';
import { navigate, useRoute } from '../../frame/route.ts';
import {
  agentStore,
  openDialog,
  readEverything,
  remembered,
  useAgents,
  useRemembered,
} from '../../state/index.ts';
import {
  Badge,
  Button,
  Checkbox,
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
  visibleString,
} from '../../ui/index.ts';
import { AgentInspector } from './agent-inspector.tsx';

const showSessions = remembered('agents.show-sessions', z.boolean(), false);
const showRevoked = remembered('agents.show-revoked', z.boolean(), false);

const columns: Column<Agent>[] = [
  {
    id: 'name',
    header: 'Name',
    width: 'minmax(0, 1.4fr)',
    sortBy: (agent) => agent.name,
    cell: (agent) => <span className="font-medium">{visibleString(agent.name)}</span>,
  },
  {
    id: 'state',
    header: 'State',
    width: '96px',
    sortBy: (agent) => (agent.revoked_at ? 1 : 0),
    cell: (agent) => <AgentState agent={agent} />,
  },
  {
    id: 'token',
    header: 'Token begins',
    width: '120px',
    showFrom: 640,
    cell: (agent) => <code className="text-sm text-muted">{agent.token_prefix}…</code>,
  },
  {
    id: 'grants',
    header: 'May use',
    width: 'minmax(0, 1.4fr)',
    showFrom: 420,
    cell: (agent) => (
      <span className="text-muted">
        {agent.grants.map((grant) => grant.credential).join(', ') || 'nothing yet'}
      </span>
    ),
  },
  {
    id: 'used',
    header: 'Last used',
    width: '96px',
    align: 'end',
    sortBy: (agent) => agent.last_used_at ?? '',
    cell: (agent) =>
      agent.last_used_at ? (
        <RelativeTime at={agent.last_used_at} className="text-muted" />
      ) : (
        <span className="text-faint">never</span>
      ),
  },
];

export function AgentState({ agent }: { agent: Agent }) {
  if (agent.revoked_at) {
    return (
      <Badge icon={Ban} quiet>
        Revoked
      </Badge>
    );
  }
  return (
    <Badge tone="allow" icon={KeyRound} quiet>
      Active
    </Badge>
  );
}

export function AgentsScreen() {
  const agents = useAgents();
  const { loaded, failure } = agentStore.use();
  const selected = useRoute(({ route }) => (route.screen === 'agents' ? route.id : null));
  const [search, setSearch] = useState('');
  const [withSessions, setWithSessions] = useRemembered(showSessions);
  const [withRevoked, setWithRevoked] = useRemembered(showRevoked);
  const [revoking, setRevoking] = useState<Agent | null>(null);
  const select = (id: string | null) => navigate({ screen: 'agents', id }, { replace: true });
  const words = search.trim().toLowerCase();
  const current = agents.find((agent) => agent.id === selected);
  const shown = agents.filter(
    (agent) =>
      (withSessions || agent.session_id === null || agent === current) &&
      (withRevoked || agent.revoked_at === null || agent === current) &&
      agent.name.toLowerCase().includes(words),
  );
  const create = (
    <Button variant="primary" icon={Plus} onClick={() => openDialog({ kind: 'create-agent' })}>
      Create agent
    </Button>
  );
  const grid = (
    <DataGrid
      label="Agents"
      columns={columns}
      items={shown}
      rowKey={(agent) => agent.id}
      activeKey={selected}
      onActiveKey={select}
      loading={!loaded}
      actions={(agent) =>
        agent.revoked_at
          ? []
          : [{ id: 'revoke', label: 'Revoke agent', icon: Ban, danger: true, run: () => setRevoking(agent) }]
      }
      empty={
        failure ? (
          <ErrorState failure={failure} onRetry={() => void readEverything()} />
        ) : words !== '' ? (
          <EmptyState
            title="No agent by that name"
            action={<Button onClick={() => setSearch('')}>Clear search</Button>}
          />
        ) : (
          <EmptyState icon={Bot} title="No agent identity yet" action={create}>
            Sessions get an identity by themselves. Create one for a program that runs outside Aegis and
            should use your keys through the Gate.
          </EmptyState>
        )
      }
    />
  );
  return (
    <Screen
      title="Agents"
      actions={create}
      toolbar={
        <>
          <SearchField label="Search agents" value={search} onChange={setSearch} />
          <Checkbox checked={withSessions} onChange={setWithSessions} label="Of sessions" />
          <Checkbox checked={withRevoked} onChange={setWithRevoked} label="Revoked" />
        </>
      }
    >
      <MasterDetail
        id="agents"
        list={grid}
        detail={
          current ? (
            <AgentInspector
              agent={current}
              onClose={() => select(null)}
              onRevoke={() => setRevoking(current)}
            />
          ) : null
        }
      />
      <RevokeAgent agent={revoking} onClose={() => setRevoking(null)} />
    </Screen>
  );
}

function RevokeAgent({ agent, onClose }: { agent: Agent | null; onClose: () => void }) {
  if (!agent) return null;
  const revoke = async () => {
    try {
      agentStore.put(await client.agents.revoke({ id: agent.id }));
      notify.done(`${visibleString(agent.name)} was revoked`);
    } catch (error) {
      notify.failure(error);
    }
  };
  return (
    <ConfirmDialog
      open
      onClose={onClose}
      title={`Revoke ${visibleString(agent.name)}`}
      action="Revoke agent"
      onConfirm={revoke}
    >
      Its token stops working at once and cannot be brought back. Whatever uses it is refused at the Gate from
      then on.
    </ConfirmDialog>
  );
}
