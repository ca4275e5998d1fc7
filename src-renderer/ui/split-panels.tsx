import { Fragment, type ReactNode } from 'react';
import { Group, Panel, Separator, useDefaultLayout } from 'react-resizable-panels';
import { layoutStorage } from '../state/storage.ts';
import { cx } from './cx.ts';

export interface SplitPanelSpec {
  id: string;
  /** Pixels. */
  minSize?: number | undefined;
  /** Pixels; panels without it share the rest. */
  defaultSize?: number | undefined;
  content: ReactNode;
}

export interface SplitPanelsProps {
  /** Name under which the sizes are remembered. */
  id: string;
  orientation?: 'horizontal' | 'vertical' | undefined;
  panels: readonly SplitPanelSpec[];
  className?: string | undefined;
}

/** Panels side by side (or stacked) that can be resized with pointer and arrow keys and remember their sizes. */
export function SplitPanels({ id, orientation = 'horizontal', panels, className }: SplitPanelsProps) {
  const { defaultLayout, onLayoutChanged } = useDefaultLayout({
    id,
    panelIds: panels.map((panel) => panel.id),
    onlySaveAfterUserInteractions: true,
    storage: layoutStorage,
  });
  const across = orientation === 'horizontal';
  return (
    <Group
      id={id}
      orientation={orientation}
      defaultLayout={defaultLayout}
      onLayoutChanged={onLayoutChanged}
      className={cx('min-h-0 min-w-0 flex-1', className)}
    >
      {panels.map((panel, i) => (
        <Fragment key={panel.id}>
          {i > 0 ? (
            <Separator
              className={cx(
                'bg-line outline-offset-0 data-[separator=active]:bg-accent data-[separator=hover]:bg-accent',
                across ? 'w-px' : 'h-px',
              )}
            />
          ) : null}
          <Panel
            id={panel.id}
            minSize={panel.minSize ?? 160}
            {...(panel.defaultSize === undefined
              ? {}
              : { defaultSize: panel.defaultSize, groupResizeBehavior: 'preserve-pixel-size' as const })}
            className="flex min-h-0 min-w-0 flex-col"
          >
            {panel.content}
          </Panel>
        </Fragment>
      ))}
    </Group>
  );
}
