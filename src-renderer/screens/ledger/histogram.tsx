import { ZoomIn, ZoomOut } from 'lucide-react';
import { type KeyboardEvent, type PointerEvent, useId, useMemo, useRef, useState } from 'react';
import type { AuditFilter } from '#contract';
import { Button, cx, formatCount } from '../../ui/index.ts';
import { useSize } from '../../ui/use-size.ts';
import { type Bar, barAt, barsOf, brushed, stepFor, zoomIn, zoomOut } from './buckets.ts';
import { Bars, HEIGHT, Legend, Patterns } from './histogram-bars.tsx';
import type { Overview } from './use-stats.ts';
import { barWords, dayAndTime, spanWords, stepWords } from './words.ts';

/** Pixels a bar needs at least. */
const BAR_WIDTH = 4;
/** Narrower than this there is room for the legend only, in pixels. */
const ROOM_FOR_WORDS = 720;
/** Shorter movements of the pointer are clicks, in pixels. */
const CLICK = 4;

export interface HistogramProps {
  overview: Overview;
  filter: AuditFilter;
  onFilter: (filter: AuditFilter) => void;
  /** It shows the answer to an earlier question. */
  stale: boolean;
}

/**
 * Entries over time. Drag to zoom; with the keyboard arrows walk over the bars, Shift marks several, Enter zooms in,
 * Backspace out. A screen reader hears each bar in words.
 */
export function Histogram({ overview, filter, onFilter, stale }: HistogramProps) {
  const box = useRef<HTMLDivElement>(null);
  const { width } = useSize(box);
  const { span, interval, buckets } = overview;
  const most = Math.max(12, Math.floor((width || 600) / BAR_WIDTH));
  const step = stepFor(span, interval, Math.min(most, 240));
  const bars = useMemo(() => barsOf(buckets, span, step), [buckets, span, step]);
  const [brush, setBrush] = useState<{ from: number; to: number } | null>(null);
  const [hover, setHover] = useState<number | null>(null);
  const zoomed = filter.since !== undefined || filter.until !== undefined;
  const marked = brush === null ? null : brushed(brush.from, brush.to, bars.length);

  const zoom = (range: { first: number; last: number } | null) => {
    setBrush(null);
    if (range) onFilter(zoomIn(filter, bars, range));
  };
  const widen = () => {
    setBrush(null);
    onFilter(zoomOut(filter, span, overview.extent));
  };
  const all = () => {
    setBrush(null);
    const { since: _since, until: _until, ...rest } = filter;
    onFilter(rest);
  };
  const told = (): string => {
    if (hover !== null) return barWords(bars[hover], step);
    if (marked) return spanWords(bars[marked.first]?.from ?? 0, bars[marked.last]?.to ?? 0, step);
    const highest = Math.max(...bars.map((bar) => bar.total), 0);
    return highest === 0 || width < ROOM_FOR_WORDS ? '' : `${stepWords(step)}, up to ${formatCount(highest)}`;
  };
  return (
    <section
      aria-label="Entries over time"
      className="flex shrink-0 flex-col gap-1 border-b border-line px-4 pt-2 pb-1"
    >
      <div ref={box} aria-busy={stale} className={cx('transition-opacity', stale && 'opacity-40')}>
        <Chart
          bars={bars}
          width={width}
          step={step}
          brush={brush}
          onBrush={setBrush}
          onHover={setHover}
          onZoom={zoom}
          onWiden={zoomed ? widen : undefined}
        />
        <Axis bars={bars} step={step} />
      </div>
      <div className="flex min-h-6 flex-wrap items-center gap-x-3 gap-y-1 text-sm text-muted">
        <Legend filter={filter} bars={bars} onFilter={onFilter} />
        <p className="ml-auto min-w-0 truncate text-faint tabular-nums">{told()}</p>
        {marked ? (
          <Button size="sm" icon={ZoomIn} onClick={() => zoom(marked)}>
            Zoom in
          </Button>
        ) : null}
        {zoomed ? (
          <>
            <Button size="sm" icon={ZoomOut} onClick={widen}>
              Zoom out
            </Button>
            <Button size="sm" onClick={all}>
              All time
            </Button>
          </>
        ) : null}
      </div>
    </section>
  );
}

interface ChartProps {
  bars: readonly Bar[];
  width: number;
  step: number;
  brush: { from: number; to: number } | null;
  onBrush: (brush: { from: number; to: number } | null) => void;
  onHover: (bar: number | null) => void;
  onZoom: (range: { first: number; last: number } | null) => void;
  onWiden?: (() => void) | undefined;
}

function Chart({ bars, width, step, brush, onBrush, onHover, onZoom, onWiden }: ChartProps) {
  const hint = useId();
  const drag = useRef<{ bar: number; x: number } | null>(null);
  const highest = Math.max(...bars.map((bar) => bar.total), 0);
  const barWidth = width / bars.length;
  const at = Math.min(brush?.to ?? bars.length - 1, bars.length - 1);
  const marked = brush === null ? null : brushed(brush.from, brush.to, bars.length);

  const xOf = (event: PointerEvent) => event.clientX - event.currentTarget.getBoundingClientRect().left;
  const onPointerDown = (event: PointerEvent) => {
    if (event.button !== 0) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    const bar = barAt(xOf(event), width, bars.length);
    drag.current = { bar, x: event.clientX };
    onBrush({ from: bar, to: bar });
  };
  const onPointerMove = (event: PointerEvent) => {
    const bar = barAt(xOf(event), width, bars.length);
    onHover(bar);
    if (drag.current) onBrush({ from: drag.current.bar, to: bar });
  };
  const onPointerUp = (event: PointerEvent) => {
    const start = drag.current;
    drag.current = null;
    if (!start || Math.abs(event.clientX - start.x) < CLICK) return;
    onZoom(brushed(start.bar, barAt(xOf(event), width, bars.length), bars.length));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const moves: Record<string, number> = {
      ArrowLeft: at - 1,
      ArrowRight: at + 1,
      PageUp: at - 10,
      PageDown: at + 10,
      Home: 0,
      End: bars.length - 1,
    };
    const to = moves[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (to !== undefined) {
      const next = brush === null ? at : Math.max(0, Math.min(bars.length - 1, to));
      onBrush({ from: event.shiftKey && brush ? brush.from : next, to: next });
    } else if (event.key === 'Enter' && marked) onZoom(marked);
    else if ((event.key === 'Backspace' || event.key === '-') && onWiden) onWiden();
    else if (event.key === 'Escape' && brush) onBrush(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <>
      <p id={hint} className="sr-only">
        Arrow keys walk over the bars, Shift with an arrow marks several, Enter zooms in, Backspace zooms out.
      </p>
      <div
        role="slider"
        id="ledger-histogram"
        tabIndex={0}
        aria-label={`Entries over time, ${bars.length} bars`}
        aria-describedby={hint}
        aria-valuemin={0}
        aria-valuemax={bars.length - 1}
        aria-valuenow={at}
        aria-valuetext={
          marked && marked.last > marked.first
            ? `${marked.last - marked.first + 1} bars marked, ${spanWords(bars[marked.first]?.from ?? 0, bars[marked.last]?.to ?? 0, step)}`
            : barWords(bars[at], step)
        }
        className="cursor-crosshair touch-none rounded-sm select-none"
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerCancel={() => {
          drag.current = null;
        }}
        onPointerLeave={() => onHover(null)}
        onKeyDown={onKeyDown}
      >
        <svg width="100%" height={HEIGHT} aria-hidden="true" className="block">
          <Patterns />
          {marked ? (
            <rect
              x={marked.first * barWidth}
              width={(marked.last - marked.first + 1) * barWidth}
              height={HEIGHT}
              className="fill-accent-soft stroke-accent"
            />
          ) : null}
          <Bars bars={bars} barWidth={barWidth} highest={highest} />
          <line x1="0" x2="100%" y1={HEIGHT - 0.5} y2={HEIGHT - 0.5} className="stroke-line-strong" />
        </svg>
      </div>
    </>
  );
}

function Axis({ bars, step }: { bars: readonly Bar[]; step: number }) {
  const first = bars[0];
  const middle = bars[Math.floor(bars.length / 2)];
  const last = bars.at(-1);
  if (!first || !middle || !last) return null;
  return (
    <div aria-hidden="true" className="flex justify-between text-xs text-faint tabular-nums">
      <span>{dayAndTime(first.from, step)}</span>
      <span>{dayAndTime(middle.from, step)}</span>
      <span>{dayAndTime(last.to, step)}</span>
    </div>
  );
}
