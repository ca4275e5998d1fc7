import { Ban, RotateCw, ScrollText, X } from 'lucide-react';
import { useState } from 'react';
import type { Agent } from '#contract';
import { client } from '../../client/index.ts';
import { navigate } from '../../frame/route.ts';
import { agentStore, openDialog, useCredentials, useStatus } from '../../state/index.ts';
import {
  Button,
  ConfirmDialog,
  CopyButton,
  Fact,
  Facts,
  IconButton,
  Inspector,
  notify,
  RelativeTime,
  Select,
  visibleString,
} from '../../ui/index.ts';
import { AgentState } from './agents.tsx';
import { TokenDialog } from './token-dialog.tsx';

export interface AgentInspectorProps {
  agent: Agent;
  onClose: () => void;
  onRevoke: () => void;
}

export function AgentInspector({ agent, onClose, onRevoke }: AgentInspectorProps) {
  const gate = useStatus((state) => state.status?.gate.url ?? null);
  const live = agent.revoked_at === null;
  const { session_id } = agent;
  return (
    <Inspector title={visibleString(agent.name)} onClose={onClose}>
      <div className="flex flex-col gap-5">
        <Facts>
          <Fact name="State">
            <AgentState agent={agent} />
          </Fact>
          <Fact name="Token begins">
            <code className="text-sm">{agent.token_prefix}…</code>
          </Fact>
          {gate ? (
            <Fact name="Gate">
              <span className="flex items-center gap-1">
                <code className="min-w-0 text-sm">{gate}</code>
                <CopyButton text={gate} label="Copy Gate address" />
              </span>
            </Fact>
          ) : null}
          <Fact name="Created">
            <RelativeTime at={agent.created_at} copyable />
          </Fact>
          <Fact name="Last used">
            {agent.last_used_at ? <RelativeTime at={agent.last_used_at} copyable /> : 'never'}
          </Fact>
          {agent.revoked_at ? (
            <Fact name="Revoked">
              <RelativeTime at={agent.revoked_at} copyable />
            </Fact>
          ) : null}
          <Fact name="Id">
            <span className="flex items-center gap-1">
              <code className="min-w-0 truncate text-xs">{agent.id}</code>
              <CopyButton text={agent.id} label="Copy id" />
            </span>
          </Fact>
        </Facts>
        <Grants agent={agent} />
        <div className="flex flex-wrap gap-2">
          {session_id ? (
            <Button onClick={() => navigate({ screen: 'sessions', id: session_id })}>Open the session</Button>
          ) : null}
          <Button
            icon={ScrollText}
            onClick={() => navigate({ screen: 'ledger', id: null, filter: { agent: agent.name } })}
          >
            Show in the ledger
          </Button>
          {live && session_id === null ? <Regenerate agent={agent} /> : null}
          {live ? (
            <Button icon={Ban} onClick={onRevoke}>
              Revoke agent
            </Button>
          ) : null}
        </div>
      </div>
    </Inspector>
  );
}

function Grants({ agent }: { agent: Agent }) {
  const credentials = useCredentials();
  const [chosen, setChosen] = useState<string>('');
  const live = agent.revoked_at === null;
  const granted = new Set(agent.grants.map((grant) => grant.credential_id));
  const open = credentials.filter((credential) => !granted.has(credential.id));
  const options = open.map((credential) => ({
    value: credential.name as string,
    label: credential.name as string,
    description: credential.domains.join(', '),
  }));
  const choice = options.some((option) => option.value === chosen) ? chosen : (options[0]?.value ?? '');
  const grant = async (credential: string) => {
    try {
      agentStore.put(await client.agents.grant({ id: agent.id, credential }));
    } catch (error) {
      notify.failure(error);
    }
  };
  const ungrant = async (credential: string) => {
    try {
      agentStore.put(await client.agents.ungrant({ id: agent.id, credential }));
      notify.undoable(
        `${visibleString(agent.name)} may no longer use ${credential}`,
        () => void grant(credential),
      );
    } catch (error) {
      notify.failure(error);
    }
  };
  return (
    <section aria-label="Grants">
      <h3 className="mb-2 font-semibold">May use</h3>
      {agent.grants.length === 0 ? (
        <p className="text-muted">No credential. The Gate refuses its requests.</p>
      ) : null}
      <ul className="m-0 flex list-none flex-col gap-1 p-0">
        {agent.grants.map((each) => (
          <li
            key={each.credential_id}
            className="flex h-8 items-center gap-2 rounded-md border border-line pr-1 pl-3"
          >
            <button
              type="button"
              className="min-w-0 flex-1 truncate text-left hover:text-accent"
              onClick={() => navigate({ screen: 'vault', id: each.credential })}
            >
              {each.credential}
            </button>
            <RelativeTime at={each.granted_at} className="text-sm text-faint" />
            {live ? (
              <IconButton
                label={`Take ${each.credential} away`}
                icon={X}
                size="sm"
                onClick={() => void ungrant(each.credential)}
              />
            ) : null}
          </li>
        ))}
      </ul>
      {live && options.length > 0 ? (
        <div className="mt-2 flex gap-2">
          <Select aria-label="Credential to grant" value={choice} onChange={setChosen} options={options} />
          <Button onClick={() => void grant(choice)}>Grant</Button>
        </div>
      ) : null}
      {live && credentials.length === 0 ? (
        <Button size="sm" className="mt-2" onClick={() => openDialog({ kind: 'add-credential' })}>
          Store a key
        </Button>
      ) : null}
    </section>
  );
}

function Regenerate({ agent }: { agent: Agent }) {
  const [asking, setAsking] = useState(false);
  const [token, setToken] = useState<string | null>(null);
  const regenerate = async () => {
    try {
      const { token: fresh, ...record } = await client.agents.regenerate({ id: agent.id });
      agentStore.put(record);
      setToken(fresh);
    } catch (error) {
      notify.failure(error);
    }
  };
  return (
    <>
      <Button icon={RotateCw} onClick={() => setAsking(true)}>
        Replace token
      </Button>
      <ConfirmDialog
        open={asking}
        onClose={() => setAsking(false)}
        title="Replace the token"
        action="Replace token"
        onConfirm={regenerate}
      >
        The old token stops working at once. Put the new one wherever the old one was.
      </ConfirmDialog>
      <TokenDialog name={agent.name} token={token} onClose={() => setToken(null)} />
    </>
  );
}
