import type { LiveEvent } from '#contract';
import type { LiveHub } from '../live/index.ts';

/** A viewer further behind than this is told to read everything again instead of holding the events in memory. */
const MAX_QUEUED = 1000;

/**
 * The live events as one viewer sees them. Ends when the viewer goes away. `reset` comes first when the viewer resumes
 * an earlier stream, because events are not kept.
 */
export async function* watchEvents(
  live: LiveHub,
  signal: AbortSignal | undefined,
  resumes: boolean,
): AsyncGenerator<LiveEvent, void, void> {
  let queue: LiveEvent[] = resumes ? [{ type: 'reset' }] : [];
  let wake: (() => void) | undefined;
  const unsubscribe = live.subscribe((event) => {
    if (queue.length >= MAX_QUEUED) queue = [{ type: 'reset' }];
    else queue.push(event);
    wake?.();
  });
  const onAbort = () => wake?.();
  signal?.addEventListener('abort', onAbort);
  try {
    while (!signal?.aborted) {
      const batch = queue;
      queue = [];
      for (const event of batch) yield event;
      if (queue.length === 0 && !signal?.aborted) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        wake = undefined;
      }
    }
  } finally {
    unsubscribe();
    signal?.removeEventListener('abort', onAbort);
  }
}
