import { Fragment } from 'react';
import { closeDialog } from '../state/index.ts';
import { Dialog, Kbd } from '../ui/index.ts';
import { type Command, shortcutsOf, useCommands } from './commands.ts';

/** Shortcuts, separated by ` / `, and what they do. */
type Row = [string, string];

const LIST_KEYS: Row[] = [
  ['J', 'Next row'],
  ['K', 'Previous row'],
  ['Enter', 'Open'],
  ['Space', 'Select'],
  ['Mod+A', 'Select all'],
  ['Mod+C', 'Copy as JSON'],
  ['/', 'Search this list'],
  ['Escape', 'Clear the selection, close'],
];

/** All shortcuts, drawn from the command registry. */
export function HelpSheet({ open }: { open: boolean }) {
  const commands = useCommands().filter((command) => command.shortcut);
  const groups = [...new Set(commands.map((command) => command.group))];
  return (
    <Dialog open={open} onClose={closeDialog} title="Keyboard shortcuts" size="lg" closeOnOutsideClick>
      <div className="columns-1 gap-8 sm:columns-2">
        {groups.map((group) => (
          <Section
            key={group}
            title={group}
            rows={commands.filter((command) => command.group === group).map(rowOf)}
          />
        ))}
        <Section title="In lists" rows={LIST_KEYS} />
      </div>
      <p className="mt-2 text-muted">
        In a terminal plain and Control keys go to the program; shortcuts with Control and Shift still work.
      </p>
    </Dialog>
  );
}

const rowOf = (command: Command): Row => [command.shortcut ?? '', command.title];

function Section({ title, rows }: { title: string; rows: Row[] }) {
  return (
    <section className="mb-4 break-inside-avoid">
      <h3 className="mb-1 text-sm font-semibold text-faint">{title}</h3>
      <dl>
        {rows.map(([shortcut, what]) => (
          <div key={shortcut} className="flex h-7 items-center justify-between gap-4">
            <dt className="truncate">{what}</dt>
            <dd className="m-0 flex shrink-0 items-center gap-1">
              <Keys shortcuts={shortcutsOf(shortcut)} />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

function Keys({ shortcuts }: { shortcuts: string[] }) {
  return shortcuts.map((shortcut, i) => (
    <Fragment key={shortcut}>
      {i > 0 ? <span className="text-xs text-faint">or</span> : null}
      <Kbd shortcut={shortcut} />
    </Fragment>
  ));
}
