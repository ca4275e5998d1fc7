import { Autocomplete } from '@base-ui/react/autocomplete';
import { Filter, X } from 'lucide-react';
import { useEffect, useMemo, useRef, useState } from 'react';
import { AUDIT_ACTIONS, type AuditFilter, AuditOutcome } from '#contract';
import { useSlash, visibleString } from '../../ui/index.ts';
import {
  type FilterKey,
  type FilterToken,
  formatToken,
  isEmptyFilter,
  parseTyped,
  suggest,
  tokensOf,
  withoutKey,
  withText,
  withToken,
} from './filter.ts';

/** Free text is looked for once the typing pauses this long, in milliseconds. */
const PAUSE_MS = 250;

export interface FilterBarProps {
  filter: AuditFilter;
  onFilter: (filter: AuditFilter) => void;
  /** Values known of a field: they are suggested. */
  valuesOf: (key: FilterKey) => readonly string[];
}

/** The filter as tokens, and a line to type more: `service:github outcome:denied free text`. */
export function FilterBar({ filter, onFilter, valuesOf }: FilterBarProps) {
  const [text, setText] = useState(filter.q ?? '');
  const [problem, setProblem] = useState<string | null>(null);
  const input = useRef<HTMLInputElement>(null);
  useSlash(input);
  const latest = useRef({ filter, onFilter });
  latest.current = { filter, onFilter };
  const tokens = tokensOf(filter);

  // A filter that came from elsewhere (a link, a cleared filter) shows its text here.
  const own = useRef(filter.q);
  useEffect(() => {
    if (filter.q === own.current) return;
    own.current = filter.q;
    setText(filter.q ?? '');
  }, [filter.q]);

  const apply = (typed: string, everything: boolean) => {
    // While a word is being typed only what is before it counts; a token is complete with the space after it.
    const end = everything ? typed.length : typed.lastIndexOf(' ') + 1;
    const { tokens: added, rest, problems } = parseTyped(typed.slice(0, end));
    const tail = typed.slice(end);
    setProblem(problems[0] ?? null);
    let next = latest.current.filter;
    for (const token of added) next = withToken(next, token);
    const left = added.length > 0 ? [rest, tail].filter(Boolean).join(' ') : typed;
    const unfinished = !everything && /^[A-Za-z_]+:/.test(tail);
    next = withText(next, unfinished ? rest : `${rest} ${tail}`);
    own.current = next.q;
    setText(left);
    if (JSON.stringify(next) !== JSON.stringify(latest.current.filter)) latest.current.onFilter(next);
  };
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const type = (typed: string) => {
    clearTimeout(timer.current);
    setText(typed);
    setProblem(null);
    if (typed.endsWith(' ') && parseTyped(typed).tokens.length > 0) apply(typed, false);
    else timer.current = setTimeout(() => apply(typed, false), PAUSE_MS);
  };
  const commit = () => {
    clearTimeout(timer.current);
    apply(text, true);
  };
  const clear = () => {
    clearTimeout(timer.current);
    own.current = undefined;
    setText('');
    setProblem(null);
    onFilter({});
    input.current?.focus();
  };
  const suggestions = useMemo(() => suggest(text, (key) => FIXED[key] ?? valuesOf(key)), [text, valuesOf]);
  /** Takes a token back into the line. */
  const edit = (token: FilterToken) => {
    clearTimeout(timer.current);
    onFilter(withoutKey(filter, token.key));
    setText([formatToken(token), text].filter(Boolean).join(' '));
    input.current?.focus();
  };
  return (
    <div className="flex min-w-60 flex-1 flex-col gap-1 py-0.5">
      <div className="flex min-h-8 min-w-0 flex-wrap items-center gap-1 rounded-md border border-input-line bg-sunken px-2 py-0.5 focus-within:outline-2 focus-within:outline-accent">
        <Filter size={14} className="shrink-0 text-faint" aria-hidden="true" />
        {tokens.map((token) => (
          <span
            key={token.key}
            className="inline-flex max-w-full items-center rounded-sm bg-hover pl-1.5 text-sm"
          >
            <button
              type="button"
              title="Edit"
              aria-label={`Edit ${visibleString(formatToken(token))}`}
              className="truncate rounded-sm font-mono hover:text-accent"
              onClick={() => edit(token)}
            >
              {visibleString(formatToken(token))}
            </button>
            <button
              type="button"
              aria-label={`Remove ${token.key}`}
              className="flex size-5 shrink-0 items-center justify-center rounded-sm text-faint hover:text-fg"
              onClick={() => onFilter(withoutKey(filter, token.key))}
            >
              <X size={12} aria-hidden="true" />
            </button>
          </span>
        ))}
        <Autocomplete.Root
          items={suggestions}
          filter={null}
          itemToStringValue={(item: { text: string }) => item.text}
          value={text}
          onValueChange={type}
        >
          <Autocomplete.Input
            ref={input}
            id="ledger-filter"
            aria-label="Filter the ledger"
            placeholder={tokens.length === 0 ? 'Filter: service:github outcome:denied, or any words' : ''}
            spellCheck={false}
            onKeyDown={(event) => {
              if (event.key === 'Enter' && !event.defaultPrevented) commit();
              const last = tokens.at(-1);
              if (event.key === 'Backspace' && text === '' && last) onFilter(withoutKey(filter, last.key));
            }}
            onBlur={commit}
            className="h-6 min-w-32 flex-1 bg-transparent outline-none"
          />
          <Autocomplete.Portal>
            <Autocomplete.Positioner sideOffset={6} align="start" className="z-30">
              <Autocomplete.Popup className="max-h-72 min-w-50 overflow-y-auto rounded-md border border-line-strong bg-raised p-1 data-empty:hidden">
                <Autocomplete.List>
                  {(item: { text: string; label: string }) => (
                    <Autocomplete.Item
                      key={item.label}
                      value={item}
                      className="flex h-7 cursor-default items-center rounded-sm px-2 font-mono text-sm outline-none data-highlighted:bg-hover"
                    >
                      {visibleString(item.label)}
                    </Autocomplete.Item>
                  )}
                </Autocomplete.List>
              </Autocomplete.Popup>
            </Autocomplete.Positioner>
          </Autocomplete.Portal>
        </Autocomplete.Root>
        {isEmptyFilter(filter) && text === '' ? null : (
          <button type="button" className="rounded-sm px-1 text-sm text-muted hover:text-fg" onClick={clear}>
            Clear
          </button>
        )}
      </div>
      {problem ? (
        <p role="alert" className="text-sm text-deny">
          {problem}
        </p>
      ) : null}
    </div>
  );
}

/** Where there is a fixed set of values, or a few that say what can be typed. */
const FIXED: Partial<Record<FilterKey, readonly string[]>> = {
  outcome: AuditOutcome.options,
  action: Object.keys(AUDIT_ACTIONS),
  since: ['15m', '1h', '1d', '7d', '30d'],
  until: ['15m', '1h', '1d', '7d'],
};
