/** One request, top to bottom: who asks, what it would do in our words, the risk and why, and all the agent sent. */
import { Folder, Hourglass, ScanEye, SquareTerminal } from 'lucide-react';
import { useEffect, useMemo, useState } from 'react';
import type { Approval } from '#contract';
import { navigate } from '../frame/route.ts';
import { AGENT_LOOK, AgentIcon } from '../sessions/agent-look.tsx';
import { useApprovals } from '../state/index.ts';
import { Badge, RISK_LOOK, StateBadge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { RelativeTime } from '../ui/relative-time.tsx';
import { visibleString } from '../ui/visible.ts';
import { AgentWords } from './agent-words.tsx';
import { answeredBefore, timeLeft } from './answers.ts';
import { ownFindings } from './block-marks.ts';
import { type ToolBlock, toolBlocks } from './tool-view.ts';

export function RequestView({ approval, onGoToSession }: { approval: Approval; onGoToSession?: () => void }) {
  const blocks = useMemo(() => toolBlocks(approval.tool, approval.input), [approval.tool, approval.input]);
  return (
    <div className="flex flex-col gap-3">
      <WhoAsks approval={approval} onGoToSession={onGoToSession} />
      <p className="text-lg leading-6 font-semibold wrap-anywhere">{visibleString(approval.summary)}</p>
      <RiskLine approval={approval} blocks={blocks} />
      <AgentWords approval={approval} blocks={blocks} />
      <Before approval={approval} />
    </div>
  );
}

function WhoAsks({
  approval,
  onGoToSession,
}: {
  approval: Approval;
  onGoToSession?: (() => void) | undefined;
}) {
  const goToSession = () => {
    onGoToSession?.();
    navigate({ screen: 'sessions', id: approval.session_id });
  };
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-muted">
      <span className="inline-flex items-center gap-1.5 text-fg">
        <AgentIcon agent={approval.agent} size={14} />
        {AGENT_LOOK[approval.agent].name} asks
      </span>
      <Button
        size="sm"
        variant="quiet"
        icon={SquareTerminal}
        onClick={goToSession}
        title="Go to the terminal"
      >
        {visibleString(approval.session_name)}
      </Button>
      <span className="inline-flex min-w-0 items-start gap-1.5" title="Folder of the session">
        <Folder size={14} className="mt-0.5 shrink-0" aria-hidden="true" />
        <code className="text-sm wrap-anywhere">{visibleString(approval.work_dir)}</code>
      </span>
      <span className="ml-auto inline-flex items-center gap-3 text-sm">
        <TimeLeft expiresAt={approval.state === 'pending' ? approval.expires_at : null} />
        <RelativeTime at={approval.opened_at} />
      </span>
    </div>
  );
}

function RiskLine({ approval, blocks }: { approval: Approval; blocks: readonly ToolBlock[] }) {
  const own = useMemo(
    () => ownFindings(blocks, approval.work_dir, approval.risk.level),
    [blocks, approval.work_dir, approval.risk.level],
  );
  const { tone } = RISK_LOOK[approval.risk.level];
  return (
    <ul aria-label="Risk and its reasons" className="m-0 flex list-none flex-wrap gap-1.5 p-0">
      <li className="flex">
        <StateBadge kind="risk" state={approval.risk.level} />
      </li>
      {approval.risk.reasons.map((reason) => (
        <li key={reason} className="flex min-w-0">
          <Badge tone={tone} title={reason} className="max-w-full">
            <span className="whitespace-normal wrap-anywhere">{visibleString(reason)}</span>
          </Badge>
        </li>
      ))}
      {own.map((finding) => (
        <li key={finding} className="flex min-w-0">
          <Badge tone="deny" icon={ScanEye}>
            {finding}
          </Badge>
        </li>
      ))}
    </ul>
  );
}

function TimeLeft({ expiresAt }: { expiresAt: string | null }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    if (expiresAt === null) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [expiresAt]);
  const left = timeLeft(expiresAt, now);
  return left === null ? null : (
    <span className="inline-flex items-center gap-1 text-ask tabular-nums">
      <Hourglass size={13} aria-hidden="true" />
      {left} left
    </span>
  );
}

/** What has been answered to exactly this before. */
function Before({ approval }: { approval: Approval }) {
  const approvals = useApprovals();
  const before = useMemo(() => answeredBefore(approval, approvals), [approval, approvals]);
  if (before.allowed + before.denied === 0) return null;
  const times = (n: number) => (n === 1 ? 'once' : `${n} times`);
  const parts = [
    ...(before.allowed > 0 ? [`allowed ${times(before.allowed)}`] : []),
    ...(before.denied > 0 ? [`denied ${times(before.denied)}`] : []),
  ];
  return <p className="text-sm text-muted">Exactly this was {parts.join(' and ')} before in this session.</p>;
}
