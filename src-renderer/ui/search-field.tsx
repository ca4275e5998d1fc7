import { Search, X } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { cx } from './cx.ts';

export interface SearchFieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  className?: string | undefined;
}

/** Search above a list. `/` goes here from anywhere on the screen, Escape empties it. */
export function SearchField({ label, value, onChange, className }: SearchFieldProps) {
  const input = useRef<HTMLInputElement>(null);
  useSlash(input);
  return (
    <div className={cx('relative max-w-90 min-w-30 flex-1', className)}>
      <Search
        size={14}
        className="pointer-events-none absolute top-2.25 left-2 text-faint"
        aria-hidden="true"
      />
      <input
        ref={input}
        type="search"
        aria-label={label}
        placeholder={label}
        autoComplete="off"
        spellCheck={false}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          // Back to the list this search is about.
          if (value === '') leave(input.current);
          else onChange('');
          event.stopPropagation();
        }}
        className="h-8 w-full appearance-none rounded-md border border-input-line bg-sunken pr-7 pl-7 [&::-webkit-search-cancel-button]:hidden"
      />
      {value === '' ? null : (
        <button
          type="button"
          aria-label="Clear search"
          className="absolute top-1 right-1 flex size-6 items-center justify-center rounded-sm text-faint hover:text-fg"
          onClick={() => {
            onChange('');
            input.current?.focus();
          }}
        >
          <X size={14} aria-hidden="true" />
        </button>
      )}
    </div>
  );
}

function leave(input: HTMLInputElement | null): void {
  const list = document.querySelector<HTMLElement>('main [role="grid"], main [role="listbox"]');
  if (list) list.focus();
  else input?.blur();
}

/** `/` moves the focus to the input, unless somebody types somewhere else or a dialog is open. */
export function useSlash(input: { current: HTMLInputElement | null }): void {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented)
        return;
      const target = event.target;
      if (target instanceof Element && target.closest('input, textarea, .xterm, [contenteditable="true"]'))
        return;
      if (document.querySelector('[role="dialog"]')) return;
      event.preventDefault();
      input.current?.focus();
      input.current?.select();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [input]);
}
