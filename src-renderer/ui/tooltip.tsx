import { Tooltip as Base } from '@base-ui/react/tooltip';
import type { ReactElement, ReactNode } from 'react';
import { Kbd } from './kbd.tsx';

/** Wrap the app once: moving between tooltips then shows the next one without a delay. */
export const TooltipProvider = Base.Provider;

export interface TooltipProps {
  content: ReactNode;
  shortcut?: string | undefined;
  side?: 'top' | 'bottom' | 'left' | 'right' | undefined;
  disabled?: boolean | undefined;
  /** One element that takes a ref and event handlers. */
  children: ReactElement;
}

/** A hint on hover and keyboard focus. Never the only place where something is said. */
export function Tooltip({ content, shortcut, side = 'top', disabled = false, children }: TooltipProps) {
  return (
    <Base.Root disabled={disabled}>
      <Base.Trigger render={children as ReactElement<Record<string, unknown>>} />
      <Base.Portal>
        <Base.Positioner side={side} sideOffset={6} className="z-50">
          <Base.Popup className="flex max-w-80 items-center gap-2 rounded-md border border-line-strong bg-raised px-2 py-1 text-sm text-fg">
            {content}
            {shortcut ? <Kbd shortcut={shortcut} /> : null}
          </Base.Popup>
        </Base.Positioner>
      </Base.Portal>
    </Base.Root>
  );
}
