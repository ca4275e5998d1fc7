import { describe, expect, it } from 'vitest';
import { type KeyLike, matchStroke, parseShortcut, shortcutCaps } from './shortcut.ts';

const press = (key: string, held: Partial<KeyLike> = {}): KeyLike => ({
  key,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...held,
});
const matches = (shortcut: string, event: KeyLike, mac = false): boolean => {
  const [stroke] = parseShortcut(shortcut);
  return stroke !== undefined && matchStroke(stroke, event, mac);
};

describe('shortcuts', () => {
  it('takes Mod as Control, or Command on macOS, and not the other', () => {
    expect(matches('Mod+K', press('k', { ctrlKey: true }))).toBe(true);
    expect(matches('Mod+K', press('k', { metaKey: true }))).toBe(false);
    expect(matches('Mod+K', press('k', { metaKey: true }), true)).toBe(true);
    expect(matches('Mod+K', press('k', { ctrlKey: true }), true)).toBe(false);
    expect(matches('Mod+K', press('k', { ctrlKey: true, altKey: true }))).toBe(false);
  });

  it('minds Shift for letters and named keys, not for symbols', () => {
    expect(matches('Mod+Shift+P', press('P', { ctrlKey: true, shiftKey: true }))).toBe(true);
    expect(matches('Mod+P', press('P', { ctrlKey: true, shiftKey: true }))).toBe(false);
    expect(matches('?', press('?', { shiftKey: true }))).toBe(true);
    expect(matches('?', press('?'))).toBe(true);
  });

  it('reads sequences and draws key caps', () => {
    expect(parseShortcut('G S').map((stroke) => stroke.key)).toEqual(['g', 's']);
    expect(shortcutCaps('Mod+Shift+P', false)).toEqual([['Ctrl', 'Shift', 'P']]);
    expect(shortcutCaps('Mod+Shift+P', true)).toEqual([['⌘', '⇧', 'P']]);
    expect(shortcutCaps('G S', false)).toEqual([['G'], ['S']]);
    expect(shortcutCaps('Escape', false)).toEqual([['Esc']]);
    expect(shortcutCaps('Space', false)).toEqual([['Space']]);
    expect(matches('Space', press(' '))).toBe(true);
  });
});
