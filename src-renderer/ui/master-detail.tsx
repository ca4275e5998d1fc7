import { type ReactNode, useRef } from 'react';
import { SplitPanels } from './split-panels.tsx';
import { useSize } from './use-size.ts';

/** Below this width list and inspector do not fit side by side, in pixels. */
const SIDE_BY_SIDE = 640;

export interface MasterDetailProps {
  /** Name under which the sizes are remembered. */
  id: string;
  list: ReactNode;
  /** The inspector of what is selected; null when nothing is. */
  detail: ReactNode | null;
  /** Pixels the inspector has at first. */
  detailSize?: number | undefined;
}

/** A list with an inspector on the right; where it is too narrow the inspector covers the list. */
export function MasterDetail({ id, list, detail, detailSize = 360 }: MasterDetailProps) {
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  const beside = width === 0 || width >= SIDE_BY_SIDE;
  return (
    <div ref={box} className="relative flex min-h-0 min-w-0 flex-1">
      <SplitPanels
        id={id}
        panels={[
          { id: 'list', minSize: Math.min(280, width), content: list },
          ...(detail !== null && beside
            ? [{ id: 'detail', minSize: 280, defaultSize: detailSize, content: detail }]
            : []),
        ]}
      />
      {detail !== null && !beside ? <div className="absolute inset-0 z-10 bg-bg">{detail}</div> : null}
    </div>
  );
}
