import type { Approval } from '#contract';
import { APPROVAL_LOOK } from '../ui/badge.tsx';
import { cx } from '../ui/cx.ts';
import { RelativeTime } from '../ui/relative-time.tsx';
import { visibleString } from '../ui/visible.ts';
import { settledSentence } from './queue.ts';

const tints = {
  neutral: 'border-line-strong bg-hover',
  accent: 'border-line-strong bg-hover',
  info: 'border-line-strong bg-hover',
  allow: 'border-allow bg-allow-soft',
  ask: 'border-ask bg-ask-soft',
  deny: 'border-deny bg-deny-soft',
};

/** What became of a request: who answered, where, when, and with which words. */
export function SettledNote({ approval }: { approval: Approval }) {
  const { icon: Icon, tone } = APPROVAL_LOOK[approval.state];
  return (
    <div role="status" className={cx('flex gap-2 rounded-md border px-3 py-2', tints[tone])}>
      <Icon size={16} className="mt-0.5 shrink-0" aria-hidden="true" />
      <div className="min-w-0 flex-1">
        <p className="font-medium wrap-anywhere">{visibleString(settledSentence(approval))}</p>
        {approval.message ? (
          <p className="whitespace-pre-wrap text-muted wrap-anywhere">“{approval.message}”</p>
        ) : null}
      </div>
      {approval.decided_at ? <RelativeTime at={approval.decided_at} className="text-sm text-muted" /> : null}
    </div>
  );
}
