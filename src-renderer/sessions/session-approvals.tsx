/** The requests of one session: what waits on top, what was answered below. */
import { ShieldCheck } from 'lucide-react';
import { useMemo } from 'react';
import type { Approval, Session } from '#contract';
import { inputPreview, showApproval } from '../approvals/index.ts';
import { useApprovals } from '../state/index.ts';
import { StateBadge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { RelativeTime } from '../ui/relative-time.tsx';
import { EmptyState } from '../ui/states.tsx';
import { visibleString } from '../ui/visible.ts';

export function useSessionApprovals(id: string): { pending: Approval[]; settled: Approval[] } {
  const approvals = useApprovals();
  return useMemo(() => {
    const own = approvals.filter((approval) => approval.session_id === id);
    return {
      // The store gives newest first; whoever waits longest comes first here.
      pending: own.filter((approval) => approval.state === 'pending').reverse(),
      settled: own.filter((approval) => approval.state !== 'pending'),
    };
  }, [approvals, id]);
}

export function SessionApprovals({ session }: { session: Session }) {
  const { pending, settled } = useSessionApprovals(session.id);
  if (pending.length + settled.length === 0)
    return (
      <EmptyState icon={ShieldCheck} title="No requests yet">
        When this agent asks for permission, the request appears here.
      </EmptyState>
    );
  return (
    <ul aria-label="Requests of this session" className="m-0 list-none divide-y divide-line p-0">
      {[...pending, ...settled].map((approval) => (
        <li key={approval.id}>
          <Item approval={approval} />
        </li>
      ))}
    </ul>
  );
}

function Item({ approval }: { approval: Approval }) {
  const waiting = approval.state === 'pending';
  return (
    <div className="flex flex-col gap-1 px-3 py-2">
      <div className="flex items-center gap-2">
        <StateBadge quiet kind="approval" state={approval.state} />
        <StateBadge quiet kind="risk" state={approval.risk.level} />
        <RelativeTime
          at={approval.decided_at ?? approval.opened_at}
          className="ml-auto shrink-0 text-xs whitespace-nowrap text-faint"
        />
      </div>
      <p className="font-medium wrap-anywhere">{visibleString(approval.summary)}</p>
      <code className="line-clamp-2 text-xs text-muted wrap-anywhere">
        {visibleString(inputPreview(approval))}
      </code>
      <div>
        <Button
          size="sm"
          variant={waiting ? 'primary' : 'quiet'}
          className={waiting ? undefined : '-ml-2'}
          onClick={() => showApproval(approval.id)}
        >
          {waiting ? 'Review' : 'Show'}
        </Button>
      </div>
    </div>
  );
}
