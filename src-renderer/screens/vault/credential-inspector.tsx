import { ScrollText, Trash2 } from 'lucide-react';
import type { Credential } from '#contract';
import { navigate } from '../../frame/route.ts';
import { useAgents, useStatus } from '../../state/index.ts';
import {
  Badge,
  Button,
  CopyButton,
  Fact,
  Facts,
  IconButton,
  Inspector,
  RelativeTime,
  visibleString,
} from '../../ui/index.ts';
import { AUTH_LABELS } from './credential-fields.tsx';

export function CredentialInspector({
  credential,
  onClose,
  onDelete,
}: {
  credential: Credential;
  onClose: () => void;
  onDelete: () => void;
}) {
  const gate = useStatus((state) => state.status?.gate.url ?? null);
  const path = gate === null ? null : `${gate.replace(/\/$/, '')}/${credential.service}/`;
  return (
    <Inspector
      title={credential.name}
      onClose={onClose}
      actions={<IconButton label="Delete credential" icon={Trash2} size="sm" onClick={onDelete} />}
    >
      <Facts>
        <Fact name="Secret">
          <span className="text-muted">Stored encrypted, never shown</span>
        </Fact>
        <Fact name="Service">
          <code className="text-sm">{credential.service}</code>
        </Fact>
        {path ? (
          <Fact name="At the Gate">
            <span className="flex items-center gap-1">
              <code className="min-w-0 text-sm">{path}</code>
              <CopyButton text={path} label="Copy address" />
            </span>
          </Fact>
        ) : null}
        <Fact name="Allowed hosts">
          {credential.domains.map((domain) => (
            <code key={domain} className="block text-sm">
              {domain}
            </code>
          ))}
        </Fact>
        <Fact name="Sent as">
          {AUTH_LABELS[credential.auth_type]}
          {credential.header_name ? <code className="ml-1 text-sm">{credential.header_name}</code> : null}
          {credential.query_name ? <code className="ml-1 text-sm">?{credential.query_name}=</code> : null}
        </Fact>
        <Fact name="May be used to">
          {credential.scopes.includes('*') ? 'read and write' : credential.scopes.join(' and ')}
        </Fact>
        {credential.upstream ? (
          <Fact name="Upstream">
            <code className="text-sm">{credential.upstream}</code>
          </Fact>
        ) : null}
        {credential.allow_private ? (
          <Fact name="Private hosts">plain HTTP and private addresses allowed</Fact>
        ) : null}
        <Fact name="Version">{credential.version}</Fact>
        <Fact name="Stored">
          <RelativeTime at={credential.created_at} copyable />
        </Fact>
        <Fact name="Expires">
          {credential.expires_at ? <RelativeTime at={credential.expires_at} copyable /> : 'never'}
        </Fact>
        <Fact name="Last used">
          {credential.last_used_at ? <RelativeTime at={credential.last_used_at} copyable /> : 'never'}
        </Fact>
        <Fact name="Id">
          <span className="flex items-center gap-1">
            <code className="min-w-0 truncate text-xs">{credential.id}</code>
            <CopyButton text={credential.id} label="Copy id" />
          </span>
        </Fact>
      </Facts>
      <h3 className="mt-5 mb-2 font-semibold">Who may use it</h3>
      <Grantees credential={credential} />
      <div className="mt-5">
        <Button
          icon={ScrollText}
          onClick={() => navigate({ screen: 'ledger', id: null, filter: { service: credential.service } })}
        >
          Show its use in the ledger
        </Button>
      </div>
    </Inspector>
  );
}

function Grantees({ credential }: { credential: Credential }) {
  const agents = useAgents().filter(
    (agent) =>
      agent.revoked_at === null && agent.grants.some((grant) => grant.credential_id === credential.id),
  );
  if (agents.length === 0) {
    return (
      <p className="text-muted">
        Nobody yet. A session gets a grant when you start it; an agent under Agents.
      </p>
    );
  }
  return (
    <ul className="m-0 flex list-none flex-col gap-1 p-0">
      {agents.map((agent) => (
        <li key={agent.id}>
          <button
            type="button"
            className="flex w-full items-center gap-2 rounded-sm py-0.5 text-left hover:text-accent"
            onClick={() =>
              navigate(
                agent.session_id
                  ? { screen: 'sessions', id: agent.session_id }
                  : { screen: 'agents', id: agent.id },
              )
            }
          >
            <span className="min-w-0 truncate">{visibleString(agent.name)}</span>
            {agent.session_id ? <Badge>session</Badge> : null}
          </button>
        </li>
      ))}
    </ul>
  );
}
