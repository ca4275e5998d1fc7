import { ShieldQuestionMark, X } from 'lucide-react';
import { usePendingApprovals } from '../state/index.ts';
import { Button, IconButton } from '../ui/button.tsx';
import { Kbd } from '../ui/kbd.tsx';
import { visibleString } from '../ui/visible.ts';
import { showApproval } from './dialog-state.ts';

/** Says that something waits without taking the focus from whoever types. Nothing when nothing waits. */
export function WaitingBar({ onDismiss, stacked = false }: { onDismiss?: () => void; stacked?: boolean }) {
  const pending = usePendingApprovals();
  const [first] = pending;
  if (!first) return null;
  return (
    <aside
      aria-label="Requests waiting"
      className="flex min-w-0 flex-wrap items-center gap-x-2 gap-y-1 rounded-md border border-ask bg-ask-soft py-1 pr-1 pl-3"
    >
      <ShieldQuestionMark size={16} className="shrink-0 text-ask" aria-hidden="true" />
      <span className="shrink-0 font-medium text-ask">
        {pending.length === 1 ? '1 request' : `${pending.length} requests`} waiting
      </span>
      {stacked ? (
        <span className="flex-1" />
      ) : (
        <span className="min-w-0 flex-1 truncate text-fg max-sm:hidden">
          {visibleString(first.session_name)}: {visibleString(first.summary)}
        </span>
      )}
      <Button size="sm" onClick={() => showApproval(first.id)}>
        Review{' '}
        <span className="max-sm:hidden">
          <Kbd shortcut="Mod+Shift+A" />
        </span>
      </Button>
      {onDismiss ? (
        <IconButton size="sm" label="Hide until the next request" icon={X} onClick={onDismiss} />
      ) : null}
    </aside>
  );
}
