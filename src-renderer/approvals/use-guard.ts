/** The key guard wired to the page: the clock, the window's focus, and a flag for drawing the buttons. */
import { useEffect, useMemo, useRef, useState } from 'react';
import { clickCounts, closedGuard, type GuardEvent, type GuardState, guard, isArmed } from './key-guard.ts';

export interface Guard {
  /** False while keys and clicks are ignored; the buttons show it. */
  armed: boolean;
  pointerDown(): void;
  /** A key went down. True when it counts. */
  key(): boolean;
  /** True when this click counts; `detail` is 0 for clicks made by the keyboard. */
  click(detail: number): boolean;
}

const now = () => performance.now();

/** @param content id and version of what is on the screen; the guard starts again whenever it changes */
export function useGuard(content: string): Guard {
  const state = useRef<GuardState>(closedGuard);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const [armed, setArmed] = useState(false);

  const feed = useMemo(() => {
    const update = () => {
      clearTimeout(timer.current);
      const wait = state.current.armedAt - now();
      setArmed(wait <= 0);
      if (wait > 0 && Number.isFinite(wait)) timer.current = setTimeout(update, Math.ceil(wait));
    };
    return (event: GuardEvent) => {
      state.current = guard(state.current, event);
      update();
    };
  }, []);

  useEffect(() => {
    feed({ type: 'shown', content, now: now() });
    // The second frame begins after the first has been painted.
    let frame = requestAnimationFrame(() => {
      frame = requestAnimationFrame(() => feed({ type: 'painted', now: now() }));
    });
    return () => cancelAnimationFrame(frame);
  }, [content, feed]);
  useEffect(() => {
    const onFocus = () => feed({ type: 'focused', now: now() });
    window.addEventListener('focus', onFocus);
    return () => {
      window.removeEventListener('focus', onFocus);
      clearTimeout(timer.current);
    };
  }, [feed]);

  return useMemo(
    () => ({
      armed,
      pointerDown: () => feed({ type: 'pointer-down', now: now() }),
      key: () => {
        const at = now();
        const counts = isArmed(state.current, at);
        feed({ type: 'key', now: at });
        return counts;
      },
      click: (detail) => clickCounts(state.current, now(), detail > 0),
    }),
    [armed, feed],
  );
}
