import { useSyncExternalStore } from 'react';
import { copyText } from './copy-button.tsx';
import { exactTime, relativeTime } from './time.ts';
import { notify } from './toast.tsx';

// One clock for all times on the page. Ten seconds: fine enough for "20 s ago", coarse enough to cost nothing.
const TICK_MS = 10_000;
const listeners = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    now = Date.now();
    for (const each of listeners) each();
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** Milliseconds since the epoch; the caller is drawn anew every ten seconds. */
export function useNow(): number {
  const tick = useSyncExternalStore(subscribe, () => now);
  // What happened since the last tick must not lie in the future.
  return Math.max(tick, Date.now());
}

export interface RelativeTimeProps {
  /** ISO 8601. */
  at: string;
  /** A click copies the exact time. */
  copyable?: boolean | undefined;
  className?: string | undefined;
}

/** "2 min ago", the exact time on hover. */
export function RelativeTime({ at, copyable = false, className }: RelativeTimeProps) {
  const current = useNow();
  const time = (
    <time
      dateTime={at}
      title={copyable ? `${exactTime(at)} · click to copy` : exactTime(at)}
      className={className}
    >
      {relativeTime(at, current)}
    </time>
  );
  if (!copyable) return time;
  const copy = async () => {
    if (await copyText(at)) notify.done('Time copied');
  };
  return (
    <button type="button" className="rounded-sm" onClick={() => void copy()}>
      {time}
    </button>
  );
}
