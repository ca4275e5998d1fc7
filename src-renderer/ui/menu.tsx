import { ContextMenu as BaseContext } from '@base-ui/react/context-menu';
import { Menu as Base } from '@base-ui/react/menu';
import type { LucideIcon } from 'lucide-react';
import { Fragment, type ReactElement } from 'react';
import { cx } from './cx.ts';
import { Kbd } from './kbd.tsx';

export interface MenuAction {
  id: string;
  label: string;
  icon?: LucideIcon | undefined;
  shortcut?: string | undefined;
  disabled?: boolean | undefined;
  /** Red: it destroys something. */
  danger?: boolean | undefined;
  /** Draws a line above. */
  separated?: boolean | undefined;
  run: () => void;
}

const popup = 'z-50 min-w-45 rounded-md border border-line-strong bg-raised p-1 outline-none';

function Items({ actions }: { actions: readonly MenuAction[] }) {
  return actions.map(({ icon: Icon, ...action }) => (
    <Fragment key={action.id}>
      {action.separated ? <Base.Separator className="my-1 h-px bg-line" /> : null}
      <Base.Item
        disabled={action.disabled ?? false}
        onClick={action.run}
        className={cx(
          'flex h-7 cursor-default items-center gap-2 rounded-sm px-2 outline-none select-none data-disabled:opacity-55 data-highlighted:bg-hover',
          action.danger && 'text-deny',
        )}
      >
        <span className="flex size-4 shrink-0 items-center">
          {Icon ? <Icon size={14} aria-hidden="true" /> : null}
        </span>
        <span className="flex-1 truncate">{action.label}</span>
        {action.shortcut ? <Kbd shortcut={action.shortcut} /> : null}
      </Base.Item>
    </Fragment>
  ));
}

/** A button that opens a list of actions. `trigger` is the button. */
export function Menu({ trigger, actions }: { trigger: ReactElement; actions: readonly MenuAction[] }) {
  return (
    <Base.Root>
      <Base.Trigger render={trigger as ReactElement<Record<string, unknown>>} />
      <Base.Portal>
        <Base.Positioner sideOffset={4} align="end" className="z-50">
          <Base.Popup className={popup}>
            <Items actions={actions} />
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}

/** Right click (or the menu key) on the child opens the actions. */
export function ContextMenu({
  actions,
  children,
  onOpenChange,
}: {
  actions: readonly MenuAction[];
  children: ReactElement;
  onOpenChange?: ((open: boolean) => void) | undefined;
}) {
  return (
    <BaseContext.Root {...(onOpenChange ? { onOpenChange } : {})}>
      <BaseContext.Trigger render={children as ReactElement<Record<string, unknown>>} />
      <BaseContext.Portal>
        <BaseContext.Positioner className="z-50">
          <BaseContext.Popup className={popup}>
            <Items actions={actions} />
          </BaseContext.Popup>
        </BaseContext.Positioner>
      </BaseContext.Portal>
    </BaseContext.Root>
  );
}
