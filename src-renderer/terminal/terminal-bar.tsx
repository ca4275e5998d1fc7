import type { LucideIcon } from 'lucide-react';
import type { ReactNode } from 'react';
import type { Tone } from '../ui/badge.tsx';
import { cx } from '../ui/cx.ts';

const tones: Record<'ask' | 'info' | 'neutral', string> = {
  ask: 'bg-ask-soft text-ask',
  info: 'bg-info-soft text-info',
  neutral: 'bg-hover text-muted',
};

/** One line of notice at the edge of a terminal, with its buttons on the right. */
export function TerminalBar({
  tone,
  icon: Icon,
  actions,
  role = 'status',
  children,
}: {
  tone: Tone & keyof typeof tones;
  icon?: LucideIcon | undefined;
  actions?: ReactNode;
  role?: 'status' | 'alert' | 'group';
  children: ReactNode;
}) {
  return (
    <div
      role={role}
      className={cx(
        'flex shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-3 py-1',
        tones[tone],
      )}
    >
      {Icon ? <Icon size={14} className="shrink-0" aria-hidden="true" /> : null}
      <span className="min-w-0 flex-1 basis-50">{children}</span>
      {actions}
    </div>
  );
}
