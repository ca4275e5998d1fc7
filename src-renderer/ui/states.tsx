import { CircleAlert, type LucideIcon, RotateCw } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import type { Failure } from '../client/failure.ts';
import { Button } from './button.tsx';
import { cx } from './cx.ts';

/** Nothing here yet: one sentence that teaches and one button. */
export function EmptyState({
  icon: Icon,
  title,
  children,
  action,
}: {
  icon?: LucideIcon | undefined;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}) {
  return (
    <div className="flex h-full min-h-40 flex-col items-center justify-center gap-2 p-6 text-center">
      {Icon ? <Icon size={24} className="text-faint" aria-hidden="true" /> : null}
      <p className="font-medium">{title}</p>
      {children ? <div className="max-w-100 text-muted">{children}</div> : null}
      {action ? <div className="mt-1 flex flex-wrap justify-center gap-2">{action}</div> : null}
    </div>
  );
}

/** What happened, why, what to do next; the code small. */
export function ErrorState({
  failure,
  onRetry,
  compact = false,
}: {
  failure: Failure;
  onRetry?: (() => void) | undefined;
  compact?: boolean | undefined;
}) {
  return (
    <div
      role="alert"
      className={cx(
        'flex gap-2 rounded-md border border-deny bg-deny-soft text-left',
        compact ? 'px-3 py-2' : 'm-4 p-4',
      )}
    >
      <CircleAlert size={16} className="mt-0.5 shrink-0 text-deny" aria-hidden="true" />
      <div className="flex min-w-0 flex-1 flex-col gap-1">
        <p className="font-medium text-fg">{failure.title}</p>
        {failure.detail && failure.detail !== failure.title ? (
          <p className="text-fg wrap-anywhere">{failure.detail}</p>
        ) : null}
        {failure.hint ? <p className="text-muted wrap-anywhere">{failure.hint}</p> : null}
        <p className="font-mono text-xs text-muted">{failure.code}</p>
        {onRetry ? (
          <div className="mt-1">
            <Button size="sm" icon={RotateCw} onClick={onRetry}>
              Try again
            </Button>
          </div>
        ) : null}
      </div>
    </div>
  );
}

/** Grey bars in the shape of what is coming; only after 300 ms, so that quick answers do not flicker. */
export function Skeleton({
  rows = 4,
  className,
}: {
  rows?: number | undefined;
  className?: string | undefined;
}) {
  const [visible, setVisible] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setVisible(true), 300);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div role="status" className={cx('flex flex-col gap-3 p-4', className)}>
      <span className="sr-only">Loading</span>
      {visible
        ? Array.from({ length: rows }, (_, i) => (
            <div
              // biome-ignore lint/suspicious/noArrayIndexKey: identical bars
              key={i}
              className="h-4 rounded-sm bg-hover"
              style={{ width: `${90 - ((i * 17) % 40)}%`, animation: 'skeleton 1.2s ease-in-out infinite' }}
            />
          ))
        : null}
    </div>
  );
}
