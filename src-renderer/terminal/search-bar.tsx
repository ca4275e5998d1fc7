import { CaseSensitive, ChevronDown, ChevronUp, X } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { IconButton } from '../ui/button.tsx';
import { Input } from '../ui/field.tsx';
import type { LiveTerminal } from './live-terminal.ts';
import type { TerminalStatus } from './terminal-status.ts';

/** Finds text in the terminal and its scrollback. Enter: next, Shift+Enter: previous, Escape: back to the terminal. */
export function SearchBar({
  terminal,
  results,
}: {
  terminal: LiveTerminal;
  results: TerminalStatus['searchResults'];
}) {
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState('');
  const [caseSensitive, setCaseSensitive] = useState(false);
  useEffect(() => input.current?.focus(), []);
  const find = (
    direction: 'next' | 'previous',
    value = text,
    sensitive = caseSensitive,
    incremental = false,
  ) => terminal.find(value, direction, { caseSensitive: sensitive, incremental });
  return (
    <search
      className="absolute top-2 right-4 z-10 flex max-w-[calc(100%-32px)] items-center gap-1 rounded-md border border-line-strong bg-raised p-1"
      onKeyDown={(event) => {
        if (event.key === 'Escape') terminal.closeSearch();
        else if (event.key === 'Enter') find(event.shiftKey ? 'previous' : 'next');
        else return;
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      <Input
        ref={input}
        aria-label="Find in terminal"
        placeholder="Find"
        value={text}
        className="h-6! w-44 min-w-20"
        onChange={(event) => {
          setText(event.target.value);
          find('next', event.target.value, caseSensitive, true);
        }}
      />
      <span aria-live="polite" className="min-w-16 text-center text-sm text-muted tabular-nums">
        {resultWords(text, results)}
      </span>
      <IconButton
        size="sm"
        label="Match case"
        icon={CaseSensitive}
        pressed={caseSensitive}
        onClick={() => {
          setCaseSensitive(!caseSensitive);
          find('next', text, !caseSensitive, true);
        }}
      />
      <IconButton size="sm" label="Previous match" icon={ChevronUp} onClick={() => find('previous')} />
      <IconButton size="sm" label="Next match" icon={ChevronDown} onClick={() => find('next')} />
      <IconButton size="sm" label="Close search" icon={X} onClick={() => terminal.closeSearch()} />
    </search>
  );
}

function resultWords(text: string, results: TerminalStatus['searchResults']): string {
  if (text === '' || results === null) return '';
  if (results.count === 0) return 'none';
  // Beyond the limit of highlights the position is not known.
  return results.index < 0 ? `${results.count}+` : `${results.index + 1} of ${results.count}`;
}
