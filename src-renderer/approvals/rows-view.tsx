/** Draws rows of text: all of them when they are few, only those in view when they are many. */
import { useVirtualizer, type Virtualizer } from '@tanstack/react-virtual';
import { type ReactNode, type Ref, useImperativeHandle, useRef } from 'react';

/** Up to this many rows everything is in the page: searchable by the browser, readable by screen readers. */
const PLAIN_ROWS = 400;
const ROW_HEIGHT = 18;

export interface RowsHandle {
  scrollTo(index: number): void;
}

export interface RowsViewProps {
  label: string;
  count: number;
  rowKey: (index: number) => string | number;
  row: (index: number) => ReactNode;
  handle?: Ref<RowsHandle> | undefined;
}

export function RowsView(props: RowsViewProps) {
  return props.count <= PLAIN_ROWS ? <PlainRows {...props} /> : <VirtualRows {...props} />;
}

const box =
  'max-h-[max(160px,45dvh)] overflow-auto bg-sunken py-1 font-mono text-sm leading-4.5 focus-visible:outline-offset-[-2px]';

function PlainRows({ label, count, rowKey, row, handle }: RowsViewProps) {
  const scroller = useRef<HTMLElement>(null);
  useImperativeHandle(handle, () => ({
    scrollTo: (index) => scroller.current?.children[index]?.scrollIntoView({ block: 'center' }),
  }));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    <section ref={scroller} aria-label={label} tabIndex={0} className={box}>
      {Array.from({ length: count }, (_, index) => (
        <div key={rowKey(index)}>{row(index)}</div>
      ))}
    </section>
  );
}

function VirtualRows({ label, count, rowKey, row, handle }: RowsViewProps) {
  const scroller = useRef<HTMLElement>(null);
  const virtual: Virtualizer<HTMLElement, HTMLDivElement> = useVirtualizer({
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: rowKey,
    overscan: 20,
  });
  useImperativeHandle(handle, () => ({
    scrollTo: (index) => virtual.scrollToIndex(index, { align: 'center' }),
  }));
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    <section ref={scroller} aria-label={label} tabIndex={0} className={box}>
      <div className="relative" style={{ height: virtual.getTotalSize() }}>
        {virtual.getVirtualItems().map((item) => (
          <div
            key={item.key}
            ref={virtual.measureElement}
            data-index={item.index}
            className="absolute inset-x-0 top-0"
            style={{ transform: `translateY(${item.start}px)` }}
          >
            {row(item.index)}
          </div>
        ))}
      </div>
    </section>
  );
}
