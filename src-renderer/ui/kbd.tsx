import { Fragment } from 'react';
import { isMac, shortcutCaps } from './shortcut.ts';

/** Key caps for a shortcut written in the notation of `shortcut.ts`. */
export function Kbd({ shortcut }: { shortcut: string }) {
  const strokes = shortcutCaps(shortcut, isMac());
  return (
    <span className="inline-flex shrink-0 items-center gap-0.5 font-sans text-xs text-faint">
      {strokes.map((caps, i) => (
        <Fragment key={caps.join('+')}>
          {i > 0 ? <span className="px-0.5">then</span> : null}
          {caps.map((cap) => (
            <kbd
              key={cap}
              className="inline-flex h-4 min-w-4 items-center justify-center rounded-sm border border-line-strong bg-panel px-1 font-sans text-xs text-muted"
            >
              {cap}
            </kbd>
          ))}
        </Fragment>
      ))}
    </span>
  );
}
