/**
 * Shortcuts are written as `Mod+K`, `Mod+Shift+P`, `?`, `G S` (two keys in a row). `Mod` is Command on macOS and
 * Control elsewhere. A shortcut without a modifier never fires while somebody types.
 */
export interface Stroke {
  mod: boolean;
  shift: boolean;
  alt: boolean;
  key: string;
}

/** The part of a keyboard event that matters; a plain object in tests. */
export interface KeyLike {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  shiftKey: boolean;
  altKey: boolean;
}

export function isMac(platform: string = globalThis.navigator?.platform ?? ''): boolean {
  return /mac|iphone|ipad/i.test(platform);
}

export function parseShortcut(shortcut: string): Stroke[] {
  return shortcut
    .trim()
    .split(/\s+/)
    .filter(Boolean)
    .map((part) => {
      const names = part === '+' ? ['+'] : part.split('+');
      const last = names.at(-1) ?? '';
      const key = last === 'Space' ? ' ' : last;
      return {
        mod: names.includes('Mod'),
        shift: names.includes('Shift'),
        alt: names.includes('Alt'),
        key: key.length === 1 ? key.toLowerCase() : key,
      };
    });
}

/** Does this key press match the stroke? Shift is ignored for symbols: `?` needs it on most keyboards. */
export function matchStroke(stroke: Stroke, event: KeyLike, mac: boolean): boolean {
  const mod = mac ? event.metaKey : event.ctrlKey;
  const other = mac ? event.ctrlKey : event.metaKey;
  if (mod !== stroke.mod || other || event.altKey !== stroke.alt) return false;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (key !== stroke.key) return false;
  const symbol = stroke.key.length === 1 && !/[a-z0-9]/.test(stroke.key);
  return symbol || event.shiftKey === stroke.shift;
}

const macNames: Record<string, string> = { Mod: '⌘', Shift: '⇧', Alt: '⌥' };
const plainNames: Record<string, string> = { Mod: 'Ctrl', Shift: 'Shift', Alt: 'Alt' };
const keyNames: Record<string, string> = {
  ArrowUp: '↑',
  ArrowDown: '↓',
  ArrowLeft: '←',
  ArrowRight: '→',
  Escape: 'Esc',
  Enter: 'Enter',
  ' ': 'Space',
};

/** Splits a shortcut into the key caps to draw, grouped by stroke. */
export function shortcutCaps(shortcut: string, mac: boolean): string[][] {
  const names = mac ? macNames : plainNames;
  return parseShortcut(shortcut).map((stroke) => [
    ...(stroke.mod ? [names.Mod ?? ''] : []),
    ...(stroke.alt ? [names.Alt ?? ''] : []),
    ...(stroke.shift ? [names.Shift ?? ''] : []),
    keyNames[stroke.key] ?? (stroke.key.length === 1 ? stroke.key.toUpperCase() : stroke.key),
  ]);
}
