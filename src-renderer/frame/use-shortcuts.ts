import { useEffect } from 'react';
import { isMac } from '../ui/shortcut.ts';
import { type KeyTarget, listCommands, runCommand, ShortcutMatcher } from './commands.ts';

/** Listens to the keyboard for the whole window. */
export function useShortcuts(): void {
  useEffect(() => {
    const matcher = new ShortcutMatcher(isMac());
    const onKeyDown = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing || event.repeat) return;
      const commands = listCommands().filter((command) => command.when?.() !== false);
      const found = matcher.press(event, targetOf(event.target), commands, event.timeStamp);
      if (found === null) return;
      event.preventDefault();
      if (found !== 'pending') runCommand(found);
    };
    // Terminals handle keys in the capture phase of their own element; ours sees them first at the window.
    window.addEventListener('keydown', onKeyDown, true);
    return () => window.removeEventListener('keydown', onKeyDown, true);
  }, []);
}

function targetOf(target: EventTarget | null): KeyTarget {
  if (document.querySelector('[role="dialog"], [role="alertdialog"], [role="menu"], [role="listbox"]'))
    return 'dialog';
  if (!(target instanceof Element)) return 'page';
  if (target.closest('.xterm')) return 'terminal';
  return target.closest('input, textarea, select, [contenteditable="true"]') ? 'field' : 'page';
}
