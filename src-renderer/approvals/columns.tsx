/** The columns of the inbox. */
import type { Approval } from '#contract';
import { AGENT_LOOK } from '../sessions/agent-look.tsx';
import { StateBadge } from '../ui/badge.tsx';
import type { Column } from '../ui/data-grid.tsx';
import { RelativeTime } from '../ui/relative-time.tsx';
import { visibleString } from '../ui/visible.ts';
import { inputPreview } from './queue.ts';

/** Sorts pending ones by risk, the highest first, before the answered ones. */
const RISK_ORDER = { low: '2', medium: '1', high: '0' };

export const approvalColumns: readonly Column<Approval>[] = [
  {
    id: 'request',
    header: 'Request',
    width: 'minmax(0, 1fr)',
    cell: (approval) => (
      <span className="flex min-w-0 flex-col">
        <span className="truncate font-medium">{visibleString(approval.summary)}</span>
        {/* Two agents may ask for the very same: who asks stands in every row, however narrow the list. */}
        <span className="truncate text-sm text-muted">
          {visibleString(approval.session_name)} · <code>{visibleString(inputPreview(approval))}</code>
        </span>
      </span>
    ),
    sortBy: (approval) => approval.summary,
  },
  {
    id: 'state',
    header: 'Risk or answer',
    width: '146px',
    cell: (approval) =>
      approval.state === 'pending' ? (
        <StateBadge quiet kind="risk" state={approval.risk.level} />
      ) : (
        <StateBadge quiet kind="approval" state={approval.state} />
      ),
    sortBy: (approval) => (approval.state === 'pending' ? RISK_ORDER[approval.risk.level] : approval.state),
  },
  {
    id: 'agent',
    header: 'Agent',
    width: '100px',
    showFrom: 800,
    cell: (approval) => AGENT_LOOK[approval.agent].name,
    sortBy: (approval) => approval.agent,
  },
  {
    id: 'age',
    header: 'Asked',
    width: '84px',
    align: 'end',
    showFrom: 400,
    cell: (approval) => <RelativeTime at={approval.opened_at} className="text-muted" />,
    sortBy: (approval) => approval.opened_at,
  },
];
