import { useMemo } from 'react';
import { create } from 'zustand';
import { type KeyLike, matchStroke, parseShortcut, type Stroke } from '../ui/shortcut.ts';
import { notify } from '../ui/toast.tsx';

export type CommandGroup =
  | 'Go to'
  | 'Create'
  | 'Approvals'
  | 'Sessions'
  | 'Vault'
  | 'Ledger'
  | 'View'
  | 'Help';

/** One thing one can do. Palette, shortcuts, help sheet and native menus all come from these. */
export interface Command {
  /** Stable: native menus, tray entries and notifications name it. */
  id: string;
  title: string;
  group: CommandGroup;
  /** In the notation of `ui/shortcut.ts`; several are separated by ` / `. */
  shortcut?: string | undefined;
  /** Further words the palette finds it by. */
  keywords?: string | undefined;
  /** Left out of palette and menus, and not run by its shortcut, while this answers false. */
  when?: (() => boolean) | undefined;
  /** Not listed: it only makes sense with an argument from outside. */
  hidden?: boolean | undefined;
  run: (argument: string | null) => void | Promise<void>;
}

const useRegistry = create<{ commands: ReadonlyMap<string, Command> }>(() => ({ commands: new Map() }));

/** Adds commands; the answer takes them out again. A later command with the same id replaces the earlier one. */
export function registerCommands(commands: readonly Command[]): () => void {
  useRegistry.setState((state) => {
    const next = new Map(state.commands);
    for (const command of commands) next.set(command.id, command);
    return { commands: next };
  });
  return () =>
    useRegistry.setState((state) => {
      const next = new Map(state.commands);
      for (const command of commands) if (next.get(command.id) === command) next.delete(command.id);
      return { commands: next };
    });
}

export const listCommands = (): Command[] => [...useRegistry.getState().commands.values()];

export function useCommands(): Command[] {
  const commands = useRegistry((state) => state.commands);
  return useMemo(() => [...commands.values()], [commands]);
}

/** Runs a command by id; unknown ids (from an older menu) and ones that do not apply now do nothing. */
export function runCommand(id: string, argument: string | null = null): void {
  const command = useRegistry.getState().commands.get(id);
  if (!command || command.when?.() === false) return;
  void Promise.resolve()
    .then(() => command.run(argument))
    .catch(notify.failure);
}

/** What a native menu needs, as plain data. */
export interface MenuEntry {
  id: string;
  title: string;
  group: CommandGroup;
  shortcut: string | null;
}

export function menuEntries(commands: readonly Command[] = listCommands()): MenuEntry[] {
  return commands
    .filter((command) => !command.hidden)
    .map(({ id, title, group, shortcut }) => ({
      id,
      title,
      group,
      shortcut: shortcutsOf(shortcut)[0] ?? null,
    }));
}

export const shortcutsOf = (shortcut: string | undefined): string[] => shortcut?.split(' / ') ?? [];

/** Where the keys go: into a text field, a terminal, an open dialog, or nowhere in particular. */
export type KeyTarget = 'page' | 'field' | 'terminal' | 'dialog';

/** Time within which the second key of a sequence must follow, in milliseconds. */
export const SEQUENCE_MS = 1000;

/** Recognises shortcuts, also sequences of two keys, in a stream of key presses. */
export class ShortcutMatcher {
  #pending: { id: string; rest: Stroke[] }[] = [];
  #since = 0;
  readonly #mac: boolean;

  constructor(mac: boolean) {
    this.#mac = mac;
  }

  /** The id of the command whose shortcut this key completes; `pending` when it begins a sequence. */
  press(
    event: KeyLike,
    target: KeyTarget,
    commands: readonly Command[],
    now: number,
  ): string | 'pending' | null {
    const following = now - this.#since < SEQUENCE_MS ? this.#pending : [];
    this.#pending = [];
    if (['Shift', 'Control', 'Alt', 'Meta'].includes(event.key)) {
      this.#pending = following;
      return null;
    }
    for (const { id, rest } of following) {
      const [stroke, ...more] = rest;
      if (stroke && more.length === 0 && matchStroke(stroke, event, this.#mac)) return id;
    }
    for (const command of commands) {
      for (const shortcut of shortcutsOf(command.shortcut)) {
        const [stroke, ...rest] = parseShortcut(shortcut);
        if (!stroke || !allowed(stroke, target, this.#mac) || !matchStroke(stroke, event, this.#mac))
          continue;
        if (rest.length === 0) return command.id;
        this.#pending.push({ id: command.id, rest });
      }
    }
    this.#since = now;
    return this.#pending.length > 0 ? 'pending' : null;
  }
}

/**
 * Nothing fires over an open dialog. A text field keeps its plain keys. A terminal keeps its control keys too: there
 * only Command (macOS) or Control with Shift belongs to us.
 */
function allowed(stroke: Stroke, target: KeyTarget, mac: boolean): boolean {
  switch (target) {
    case 'page':
      return true;
    case 'field':
      return stroke.mod;
    case 'terminal':
      return stroke.mod && (mac || stroke.shift);
    case 'dialog':
      return false;
  }
}
