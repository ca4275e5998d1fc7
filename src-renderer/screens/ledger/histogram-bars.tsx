import { useMemo } from 'react';
import { type AuditFilter, AuditOutcome } from '#contract';
import { OUTCOME_LOOK } from '../../ui/badge.tsx';
import { cx, formatCount } from '../../ui/index.ts';
import { type Bar, slicesOf } from './buckets.ts';

/** Height of the chart in pixels. */
export const HEIGHT = 56;

const FILLS: Record<AuditOutcome, string> = {
  allowed: 'var(--allow)',
  asked: 'var(--ask)',
  denied: 'var(--deny)',
  error: 'url(#ledger-error)',
  info: 'var(--info)',
};

/** Errors and denials have one colour; stripes tell them apart. */
export function Patterns() {
  return (
    <defs>
      <pattern
        id="ledger-error"
        width="4"
        height="4"
        patternUnits="userSpaceOnUse"
        patternTransform="rotate(45)"
      >
        <rect width="4" height="4" fill="var(--deny-soft)" />
        <rect width="2" height="4" fill="var(--deny)" />
      </pattern>
    </defs>
  );
}

export function Bars({
  bars,
  barWidth,
  highest,
}: {
  bars: readonly Bar[];
  barWidth: number;
  highest: number;
}) {
  // Hovering draws anew, the bars themselves stay.
  return useMemo(
    () =>
      bars.map((bar, i) =>
        slicesOf(bar, highest, HEIGHT).map((slice) => (
          <rect
            key={`${bar.from}${slice.outcome}`}
            x={i * barWidth + 0.5}
            y={HEIGHT - slice.y - slice.height}
            width={Math.max(1, barWidth - 1)}
            height={slice.height}
            fill={FILLS[slice.outcome]}
          />
        )),
      ),
    [bars, barWidth, highest],
  );
}

/** What the colours mean, with the numbers; a press filters. */
export function Legend({
  bars,
  filter,
  onFilter,
}: {
  bars: readonly Bar[];
  filter: AuditFilter;
  onFilter: (filter: AuditFilter) => void;
}) {
  return (
    <ul aria-label="Outcomes" className="m-0 flex list-none flex-wrap items-center gap-1 p-0">
      {AuditOutcome.options.map((outcome) => {
        const { icon: Icon, word, tone } = OUTCOME_LOOK[outcome];
        const count = bars.reduce((sum, bar) => sum + (bar.outcomes[outcome] ?? 0), 0);
        const on = filter.outcome === outcome;
        if (count === 0 && !on) return null;
        const { outcome: _old, ...rest } = filter;
        return (
          <li key={outcome}>
            <button
              type="button"
              aria-pressed={on}
              onClick={() => onFilter(on ? rest : { ...rest, outcome })}
              className={cx(
                'flex h-6 items-center gap-1 rounded-sm border px-1.5 hover:bg-hover',
                on ? 'border-accent' : 'border-transparent',
              )}
            >
              <svg width="8" height="8" aria-hidden="true">
                <rect width="8" height="8" rx="1" fill={FILLS[outcome]} />
              </svg>
              <Icon size={12} aria-hidden="true" className={INKS[tone]} />
              {word} <span className="tabular-nums">{formatCount(count)}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

const INKS: Record<string, string> = {
  allow: 'text-allow',
  ask: 'text-ask',
  deny: 'text-deny',
  info: 'text-info',
};
