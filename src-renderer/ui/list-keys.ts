import type { KeyboardEvent } from 'react';

/**
 * Where a key moves the cursor in a list, or null when the key is not about moving.
 * @param index -1 when there is no cursor yet
 * @param page rows that fit on the screen
 */
export function moveIndex(key: string, index: number, count: number, page = 10): number | null {
  if (count === 0) return null;
  const last = count - 1;
  const clamp = (n: number) => Math.max(0, Math.min(last, n));
  switch (key) {
    case 'j':
    case 'ArrowDown':
      return clamp(index + 1);
    case 'k':
    case 'ArrowUp':
      return index < 0 ? last : clamp(index - 1);
    case 'Home':
      return 0;
    case 'End':
      return last;
    case 'PageDown':
      return clamp(index + page);
    case 'PageUp':
      return clamp(index - page);
    default:
      return null;
  }
}

export interface ListKeysOptions {
  count: number;
  index: number;
  onIndex: (index: number) => void;
  onOpen?: ((index: number) => void) | undefined;
  onToggle?: ((index: number) => void) | undefined;
}

/** Key handler for lists that draw themselves (cards): j/k, arrows, Home/End, Enter, Space. */
export function listKeyHandler({ count, index, onIndex, onOpen, onToggle }: ListKeysOptions) {
  return (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = event.target;
    if (target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement) return;
    // A button inside a card keeps its own Enter and Space.
    const inButton = target instanceof HTMLButtonElement;
    if (event.key === 'Enter' && index >= 0 && onOpen && !inButton) onOpen(index);
    else if (event.key === ' ' && index >= 0 && onToggle && !inButton) onToggle(index);
    else {
      const next = moveIndex(event.key, index, count);
      if (next === null) return;
      onIndex(next);
    }
    event.preventDefault();
  };
}
