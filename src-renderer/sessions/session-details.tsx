/** The facts of one session: what was started, where, with which identity, token and grants. */
import { KeyRound } from 'lucide-react';
import { isEnded, type Session } from '#contract';
import { navigate } from '../frame/route.ts';
import { agentStore, useStatus } from '../state/index.ts';
import { Badge, StateBadge } from '../ui/badge.tsx';
import { CodeText } from '../ui/code-text.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { RelativeTime } from '../ui/relative-time.tsx';
import { Fact, Facts } from '../ui/screen.tsx';
import { visibleString } from '../ui/visible.ts';
import { AGENT_LOOK } from './agent-look.tsx';

export function SessionDetails({ session }: { session: Session }) {
  return (
    <div className="flex flex-col gap-4 px-3 py-3">
      <Facts>
        <Fact name="State">
          <StateBadge quiet kind="session" state={session.state} /> {visibleString(session.state_reason)}
        </Fact>
        <Fact name="Agent">{AGENT_LOOK[session.agent].name}</Fact>
        <Fact name="Command">
          <CodeText inline text={session.command.map(quoted).join(' ')} />
        </Fact>
        <Fact name="Folder">
          <CodeText inline text={session.work_dir} />
        </Fact>
        <Fact name="Started">
          <RelativeTime copyable at={session.created_at} /> by {visibleString(session.owner)}
        </Fact>
        {session.ended_at ? (
          <Fact name="Ended">
            <RelativeTime copyable at={session.ended_at} />
            {session.exit_code === null ? null : `, exit code ${session.exit_code}`}
          </Fact>
        ) : null}
        <Fact name="Process">{session.pid ?? 'not running'}</Fact>
        <Fact name="Terminal">
          {session.cols} × {session.rows}
        </Fact>
        <Fact name="Id">
          <span className="inline-flex items-center gap-1">
            <CodeText inline text={session.id} />
            <CopyButton text={session.id} label="Copy id" />
          </span>
        </Fact>
      </Facts>
      <Access session={session} />
    </div>
  );
}

function quoted(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

function Access({ session }: { session: Session }) {
  const agent = agentStore.use((state) => state.byId.get(session.agent_id));
  const gate = useStatus((state) => state.status?.gate.url ?? null);
  const dead = isEnded(session.state) || (agent?.revoked_at ?? null) !== null;
  return (
    <section aria-label="Access">
      <h2 className="mb-1.5 font-semibold">Access</h2>
      <Facts>
        <Fact name="Token">
          {dead ? (
            <Badge quiet tone="neutral">
              Revoked
            </Badge>
          ) : (
            <Badge quiet tone="allow" icon={KeyRound}>
              Works until the session ends
            </Badge>
          )}
          {agent ? <code className="ml-1 text-xs text-faint">{agent.token_prefix}…</code> : null}
        </Fact>
        <Fact name="Last used">
          {agent?.last_used_at ? <RelativeTime at={agent.last_used_at} /> : 'never'}
        </Fact>
        <Fact name="May use">
          {session.credentials.length === 0
            ? 'no credential'
            : session.credentials.map((name) => (
                <button
                  key={name}
                  type="button"
                  className="mr-2 rounded-sm text-accent underline"
                  onClick={() => navigate({ screen: 'vault', id: name })}
                >
                  {visibleString(name)}
                </button>
              ))}
        </Fact>
        <Fact name="Gate">{gate ? <CodeText inline text={gate} /> : 'not running'}</Fact>
      </Facts>
      <p className="mt-2 text-sm text-faint">
        The environment of the agent holds this throw-away token and the address of the Gate. Keys stay in the
        vault.
      </p>
    </section>
  );
}
