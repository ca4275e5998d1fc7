import { Tabs as Base } from '@base-ui/react/tabs';
import type { ReactNode } from 'react';
import { cx } from './cx.ts';

export interface TabSpec<T extends string> {
  id: T;
  label: string;
  count?: number | undefined;
  content: ReactNode;
  /** Stays in the page while another tab is shown (a terminal, for example). */
  keepMounted?: boolean | undefined;
}

export interface TabsProps<T extends string> {
  label: string;
  value: T;
  onChange: (id: T) => void;
  tabs: readonly TabSpec<T>[];
  className?: string | undefined;
}

export function Tabs<T extends string>({ label, value, onChange, tabs, className }: TabsProps<T>) {
  return (
    <Base.Root
      value={value}
      onValueChange={(next) => onChange(next as T)}
      className={cx('flex min-h-0 min-w-0 flex-col', className)}
    >
      <Base.List
        aria-label={label}
        className="flex h-9 shrink-0 items-stretch gap-1 border-b border-line px-2"
      >
        {tabs.map((tab) => (
          <Base.Tab
            key={tab.id}
            value={tab.id}
            className="relative flex items-center gap-1.5 border-b-2 border-transparent px-2 font-medium text-muted hover:text-fg data-active:border-accent data-active:text-fg"
          >
            {tab.label}
            {tab.count === undefined ? null : <span className="text-sm text-faint">{tab.count}</span>}
          </Base.Tab>
        ))}
      </Base.List>
      {tabs.map((tab) => (
        <Base.Panel
          key={tab.id}
          value={tab.id}
          keepMounted={tab.keepMounted ?? false}
          className="min-h-0 flex-1 overflow-auto"
        >
          {tab.content}
        </Base.Panel>
      ))}
    </Base.Root>
  );
}
