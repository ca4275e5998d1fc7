import { CircleCheck, KeyRound, Play, ShieldQuestionMark, SquareTerminal, TriangleAlert } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import type { Approval, Session } from '#contract';
import { startDemo } from '../../frame/app-commands.ts';
import { runCommand } from '../../frame/commands.ts';
import { navigate } from '../../frame/route.ts';
import {
  approvalStore,
  openDialog,
  sessionStore,
  useCredentials,
  usePendingApprovals,
  useSessions,
  useStatus,
  useVault,
} from '../../state/index.ts';
import {
  Button,
  ErrorState,
  notify,
  RelativeTime,
  Screen,
  Skeleton,
  StateBadge,
  useNow,
  visibleString,
} from '../../ui/index.ts';
import { useLastVerification } from '../ledger/verify.ts';
import { type Problem, problemsOf } from './problems.ts';

const RECENT = 8;

/** In two seconds: is anything waiting for me, is anything wrong. */
export function Overview() {
  const sessions = useSessions();
  const pending = usePendingApprovals();
  const problems = useProblems();
  const loaded = sessionStore.use((state) => state.loaded);
  const failure = sessionStore.use((state) => state.failure) ?? approvalStore.use((state) => state.failure);
  const fresh = loaded && sessions.length === 0;
  return (
    <Screen
      title="Overview"
      actions={
        fresh ? null : (
          <Button variant="primary" icon={Play} onClick={() => openDialog({ kind: 'new-session' })}>
            Start a session
          </Button>
        )
      }
    >
      <div className="min-h-0 flex-1 overflow-y-auto">
        <div className="mx-auto flex max-w-240 flex-col gap-6 p-4">
          {failure ? <ErrorState failure={failure} compact /> : null}
          {pending.length > 0 ? <Waiting approvals={pending} /> : null}
          {problems.length > 0 ? <Problems problems={problems} /> : null}
          {loaded ? null : <Skeleton />}
          {fresh ? <FirstRun /> : null}
          {loaded && !fresh ? (
            <>
              {pending.length === 0 && problems.length === 0 ? <AllQuiet sessions={sessions} /> : null}
              <Recent sessions={sessions.slice(0, RECENT)} />
            </>
          ) : null}
        </div>
      </div>
    </Screen>
  );
}

function useProblems(): Problem[] {
  const status = useStatus((state) => state.status);
  const vault = useVault();
  const verification = useLastVerification();
  const sessions = useSessions();
  const now = useNow();
  return problemsOf({ status, vault, verification, sessions, now });
}

function Section({ title, children, action }: { title: string; children: ReactNode; action?: ReactNode }) {
  return (
    <section aria-label={title}>
      <div className="mb-2 flex h-6 items-center gap-2">
        <h2 className="font-semibold">{title}</h2>
        <div className="ml-auto">{action}</div>
      </div>
      {children}
    </section>
  );
}

const rows = 'm-0 list-none divide-y divide-line overflow-hidden rounded-md border border-line bg-raised p-0';
const row =
  'flex w-full min-w-0 items-center gap-3 px-3 py-2 text-left hover:bg-hover focus-visible:outline-offset-[-2px]';

function Waiting({ approvals }: { approvals: Approval[] }) {
  return (
    <Section
      title={
        approvals.length === 1 ? 'One request waits for you' : `${approvals.length} requests wait for you`
      }
    >
      <ul className={rows}>
        {approvals.map((approval) => (
          <li key={approval.id}>
            <button
              type="button"
              className={row}
              onClick={() => navigate({ screen: 'approvals', id: approval.id })}
            >
              <ShieldQuestionMark size={16} className="shrink-0 text-ask" aria-hidden="true" />
              <span className="min-w-0 flex-1">
                <span className="block truncate font-medium">{visibleString(approval.summary)}</span>
                <span className="block truncate text-sm text-muted">
                  {visibleString(approval.session_name)} · {visibleString(approval.work_dir)}
                </span>
              </span>
              <span className="max-sm:hidden">
                <StateBadge kind="risk" state={approval.risk.level} />
              </span>
              <RelativeTime at={approval.opened_at} className="shrink-0 text-sm text-faint" />
            </button>
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Problems({ problems }: { problems: Problem[] }) {
  return (
    <Section title="Needs attention">
      <ul className={rows}>
        {problems.map((problem) => (
          <li key={problem.id} className="flex flex-wrap items-center gap-x-3 gap-y-1 px-3 py-2">
            <TriangleAlert size={16} className="shrink-0 text-deny" aria-hidden="true" />
            <div className="min-w-48 flex-1">
              <p className="font-medium">{visibleString(problem.title)}</p>
              <p className="text-sm text-muted wrap-anywhere">{visibleString(problem.detail)}</p>
            </div>
            {problem.action ? <ProblemAction problem={problem} action={problem.action} /> : null}
          </li>
        ))}
      </ul>
    </Section>
  );
}

function ProblemAction({
  problem,
  action,
}: {
  problem: Problem;
  action: { label: string; command: string };
}) {
  return (
    <Button size="sm" onClick={() => runCommand(action.command, problem.id)}>
      {action.label}
    </Button>
  );
}

function AllQuiet({ sessions }: { sessions: Session[] }) {
  const running = sessions.filter((session) => session.ended_at === null).length;
  return (
    <p className="flex items-center gap-2 text-lg">
      <CircleCheck size={18} className="text-allow" aria-hidden="true" />
      Nothing waits for you and nothing is wrong.
      <span className="text-base text-muted">
        {running === 0
          ? 'No session is running.'
          : `${running} ${running === 1 ? 'session is' : 'sessions are'} running.`}
      </span>
    </p>
  );
}

function Recent({ sessions }: { sessions: Session[] }) {
  return (
    <Section
      title="Recent sessions"
      action={
        <Button size="sm" variant="quiet" onClick={() => runCommand('go.sessions')}>
          All sessions
        </Button>
      }
    >
      <ul className={rows}>
        {sessions.map((session) => (
          <li key={session.id}>
            <button
              type="button"
              className={row}
              onClick={() => navigate({ screen: 'sessions', id: session.id })}
            >
              <span className="min-w-0 flex-1">
                <span className="flex items-center gap-2">
                  <span className="truncate font-medium">{visibleString(session.name)}</span>
                  <span className="shrink-0 text-sm text-faint">{session.agent}</span>
                </span>
                <span className="block truncate font-mono text-xs text-muted">
                  {visibleString(session.last_line || session.work_dir)}
                </span>
              </span>
              <StateBadge kind="session" state={session.state} title={visibleString(session.state_reason)} />
              <RelativeTime
                at={session.ended_at ?? session.state_since}
                className="w-18 shrink-0 text-right text-sm text-faint max-sm:hidden"
              />
            </button>
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** The first minute: see the whole story with the demo agent, or start for real. */
function FirstRun() {
  const [busy, setBusy] = useState(false);
  const credentials = useCredentials();
  const demo = async () => {
    setBusy(true);
    try {
      await startDemo();
    } catch (error) {
      notify.failure(error);
    } finally {
      setBusy(false);
    }
  };
  return (
    <section aria-label="First steps" className="flex flex-col gap-4 pt-2">
      <div>
        <h2 className="text-xl font-semibold">Welcome to Aegis</h2>
        <p className="mt-1 max-w-150 text-muted">
          Run coding agents without handing them your keys. They work in a terminal you watch, ask before they
          act, and everything they do is written down.
        </p>
      </div>
      <div className="grid grid-cols-1 gap-3 md:grid-cols-3">
        <Step
          icon={<Play size={18} aria-hidden="true" />}
          title="See it work"
          text="A scripted agent calls a service through the Gate and asks you for permission. One minute, no key, nothing to install."
          button={
            <Button variant="primary" busy={busy} onClick={() => void demo()}>
              Try it with the demo agent
            </Button>
          }
        />
        <Step
          icon={<KeyRound size={18} aria-hidden="true" />}
          title={credentials.length > 0 ? 'A key is stored' : 'Store a key'}
          text="An API key goes into the vault and from there only into requests to the service it is for. Agents never see it."
          button={<Button onClick={() => openDialog({ kind: 'add-credential' })}>Store a key</Button>}
        />
        <Step
          icon={<SquareTerminal size={18} aria-hidden="true" />}
          title="Start a session"
          text="Pick an agent and a folder. Its environment holds a throw-away token, never your key."
          button={<Button onClick={() => openDialog({ kind: 'new-session' })}>Start a session</Button>}
        />
      </div>
    </section>
  );
}

function Step({
  icon,
  title,
  text,
  button,
}: {
  icon: ReactNode;
  title: string;
  text: string;
  button: ReactNode;
}) {
  return (
    <div className="flex flex-col items-start gap-2 rounded-md border border-line bg-raised p-4">
      <span className="text-accent">{icon}</span>
      <h3 className="font-semibold">{title}</h3>
      <p className="flex-1 text-muted">{text}</p>
      <div className="mt-1">{button}</div>
    </div>
  );
}
