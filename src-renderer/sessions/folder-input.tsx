/** A folder: typed with completion, taken from recent ones, or picked with the system's dialog. */
import { Folder, FolderOpen, History } from 'lucide-react';
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react';
import { client, isDesktop } from '../client/index.ts';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { Input } from '../ui/field.tsx';
import { notify } from '../ui/toast.tsx';
import { visibleString } from '../ui/visible.ts';
import { completionBase, joinPath } from './session-form.ts';

const LOOK_UP_MS = 120;
const MOST = 50;

export interface FolderInputProps {
  value: string;
  onChange: (value: string) => void;
  /** Told whether the folder exists; null while that is not known. */
  onExists: (exists: boolean | null) => void;
  recent: readonly string[];
}

export function FolderInput({ value, onChange, onExists, recent }: FolderInputProps) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [open, setOpen] = useState(false);
  const [cursor, setCursor] = useState(-1);
  const found = useFolders(value, onExists);
  const untouched = value === '' || recent.includes(value);
  const options = untouched && recent.length > 0 ? recent : found;
  const shown = open && options.length > 0;

  const take = (path: string) => {
    onChange(path);
    setCursor(-1);
    // A folder found by typing can be gone into further.
    setOpen(!untouched);
    input.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    const option = options[cursor];
    if (step !== 0) {
      setOpen(true);
      setCursor(
        (cursor + step + options.length + (cursor === -1 && step === -1 ? 1 : 0)) %
          Math.max(1, options.length),
      );
    } else if (shown && option !== undefined && (event.key === 'Enter' || event.key === 'Tab')) take(option);
    else if (shown && event.key === 'Escape') setOpen(false);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const pick = async () => {
    try {
      const { path } = await client.desktop.pickFolder(value === '' ? {} : { start: value });
      if (path !== null) onChange(path);
    } catch (error) {
      notify.failure(error);
    }
  };
  return (
    <div className="relative flex gap-2">
      <Input
        ref={input}
        mono
        role="combobox"
        aria-expanded={shown}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={shown && cursor >= 0 ? `${id}-${cursor}` : undefined}
        placeholder="~/projects/shop"
        value={value}
        className="flex-1"
        onChange={(event) => {
          onChange(event.target.value);
          setCursor(-1);
          setOpen(true);
        }}
        onClick={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
      />
      {isDesktop ? (
        <Button icon={FolderOpen} onClick={() => void pick()}>
          Choose…
        </Button>
      ) : null}
      {shown ? (
        <ul
          id={`${id}-list`}
          // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: the list of a combobox
          role="listbox"
          aria-label={untouched ? 'Recent folders' : 'Folders'}
          className="absolute inset-x-0 top-full z-50 m-0 mt-1 max-h-56 list-none overflow-y-auto rounded-md border border-line-strong bg-raised p-1"
        >
          {options.map((path, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the text field
            // biome-ignore lint/a11y/useFocusableInteractive: the text field has the focus
            <li
              key={path}
              id={`${id}-${index}`}
              // biome-ignore lint/a11y/noNoninteractiveElementToInteractiveRole: an option of a combobox
              role="option"
              aria-selected={index === cursor}
              className={cx(
                'flex items-center gap-2 rounded-sm px-2 py-1 font-mono text-sm hover:bg-hover',
                index === cursor && 'bg-hover',
              )}
              // The field must keep the focus, or its blur would close the list before the click.
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => take(path)}
            >
              {untouched ? <History size={13} aria-hidden="true" /> : <Folder size={13} aria-hidden="true" />}
              <span className="min-w-0 truncate" title={visibleString(path)}>
                {visibleString(path)}
              </span>
            </li>
          ))}
        </ul>
      ) : null}
    </div>
  );
}

/** Folders that complete what is typed, read a moment after the last key. */
function useFolders(value: string, onExists: (exists: boolean | null) => void): string[] {
  const [found, setFound] = useState<string[]>([]);
  const report = useRef(onExists);
  report.current = onExists;
  useEffect(() => {
    report.current(null);
    setFound([]);
    if (!/^[~/\\]|^[A-Za-z]:/.test(value)) return;
    let wanted = true;
    const timer = setTimeout(async () => {
      const { folder, prefix } = completionBase(value);
      try {
        const [self, base] = await Promise.all([
          client.sessions.folders({ path: value }),
          client.sessions.folders({ path: folder === '' ? value : folder }),
        ]);
        if (!wanted) return;
        report.current(self.exists);
        setFound(base.exists ? complete(folder, prefix, base.folders) : []);
      } catch {
        // Not readable, or the connection is down: the field stays a plain text field.
      }
    }, LOOK_UP_MS);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [value]);
  return found;
}

/** Hidden folders only when their dot is typed. */
function complete(folder: string, prefix: string, names: readonly string[]): string[] {
  const wanted = prefix.toLowerCase();
  return names
    .filter(
      (name) => name.toLowerCase().startsWith(wanted) && (prefix.startsWith('.') || !name.startsWith('.')),
    )
    .slice(0, MOST)
    .map((name) => joinPath(folder, name));
}
