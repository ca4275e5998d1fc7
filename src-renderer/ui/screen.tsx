import { X } from 'lucide-react';
import type { ReactNode } from 'react';
import { IconButton } from './button.tsx';
import { cx } from './cx.ts';

/** A screen: heading with actions on the right, an optional tool row, and the content below. */
export function Screen({
  title,
  subtitle,
  actions,
  toolbar,
  children,
}: {
  title: string;
  subtitle?: ReactNode;
  actions?: ReactNode;
  toolbar?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section aria-label={title} className="flex h-full min-h-0 min-w-0 flex-1 flex-col">
      <header className="flex min-h-12 shrink-0 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line px-4 py-2">
        <h1 className="text-lg font-semibold">{title}</h1>
        {subtitle ? <div className="min-w-0 text-muted">{subtitle}</div> : null}
        <div className="ml-auto flex items-center gap-2">{actions}</div>
      </header>
      {toolbar ? (
        <div className="flex min-h-10 shrink-0 flex-wrap items-center gap-2 border-b border-line px-4 py-1">
          {toolbar}
        </div>
      ) : null}
      <div className="flex min-h-0 min-w-0 flex-1 flex-col">{children}</div>
    </section>
  );
}

/** The pane on the right that shows whatever is selected. */
export function Inspector({
  title,
  onClose,
  actions,
  children,
}: {
  title: ReactNode;
  onClose: () => void;
  actions?: ReactNode;
  children: ReactNode;
}) {
  return (
    <aside aria-label="Details" className="flex h-full min-h-0 min-w-0 flex-col bg-panel">
      <header className="flex min-h-10 shrink-0 items-center gap-2 border-b border-line pr-2 pl-4">
        <h2 className="min-w-0 flex-1 truncate font-semibold">{title}</h2>
        {actions}
        <IconButton label="Close details" icon={X} size="sm" onClick={onClose} />
      </header>
      <div className="min-h-0 flex-1 overflow-y-auto px-4 py-3">{children}</div>
    </aside>
  );
}

/** Name and value pairs, one per line. */
export function Facts({ children, className }: { children: ReactNode; className?: string | undefined }) {
  return (
    <dl className={cx('grid grid-cols-[112px_minmax(0,1fr)] items-baseline gap-x-3 gap-y-1.5', className)}>
      {children}
    </dl>
  );
}

export function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="truncate text-faint">{name}</dt>
      <dd className="m-0 min-w-0 wrap-anywhere">{children}</dd>
    </>
  );
}
