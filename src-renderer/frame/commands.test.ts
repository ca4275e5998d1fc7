import { beforeEach, describe, expect, it } from 'vitest';
import type { KeyLike } from '../ui/shortcut.ts';
import {
  type Command,
  listCommands,
  menuEntries,
  registerCommands,
  SEQUENCE_MS,
  ShortcutMatcher,
} from './commands.ts';
import { rank } from './rank.ts';

const command = (id: string, shortcut?: string): Command => ({
  id,
  title: id,
  group: 'Go to',
  shortcut,
  run: () => undefined,
});
const key = (name: string, held: Partial<KeyLike> = {}): KeyLike => ({
  key: name,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...held,
});
const ctrl = { ctrlKey: true };

describe('shortcut matcher', () => {
  const commands = [
    command('palette', 'Mod+K / Mod+Shift+P'),
    command('sessions', 'G S'),
    command('help', '?'),
  ];
  let matcher: ShortcutMatcher;
  beforeEach(() => {
    matcher = new ShortcutMatcher(false);
  });

  it('runs a command by any of its shortcuts', () => {
    expect(matcher.press(key('k', ctrl), 'page', commands, 0)).toBe('palette');
    expect(matcher.press(key('P', { ctrlKey: true, shiftKey: true }), 'page', commands, 0)).toBe('palette');
  });

  it('recognises a sequence within a second, even with Shift between', () => {
    expect(matcher.press(key('g'), 'page', commands, 1000)).toBe('pending');
    expect(matcher.press(key('Shift', { shiftKey: true }), 'page', commands, 1200)).toBe(null);
    expect(matcher.press(key('s'), 'page', commands, 1900)).toBe('sessions');
  });

  it('forgets a sequence that comes too late or goes elsewhere', () => {
    matcher.press(key('g'), 'page', commands, 1000);
    expect(matcher.press(key('s'), 'page', commands, 1000 + SEQUENCE_MS)).toBe(null);
    matcher.press(key('g'), 'page', commands, 5000);
    expect(matcher.press(key('x'), 'page', commands, 5100)).toBe(null);
    expect(matcher.press(key('s'), 'page', commands, 5200)).toBe(null);
  });

  it('leaves keys to fields, terminals and dialogs', () => {
    expect(matcher.press(key('?'), 'field', commands, 0)).toBe(null);
    expect(matcher.press(key('g'), 'field', commands, 0)).toBe(null);
    expect(matcher.press(key('k', ctrl), 'field', commands, 0)).toBe('palette');
    expect(matcher.press(key('k', ctrl), 'terminal', commands, 0)).toBe(null);
    expect(matcher.press(key('P', { ctrlKey: true, shiftKey: true }), 'terminal', commands, 0)).toBe(
      'palette',
    );
    expect(matcher.press(key('k', ctrl), 'dialog', commands, 0)).toBe(null);
    expect(new ShortcutMatcher(true).press(key('k', { metaKey: true }), 'terminal', commands, 0)).toBe(
      'palette',
    );
  });
});

describe('registry', () => {
  it('takes commands in and out, and lists them for menus', () => {
    const first = registerCommands([command('a', 'Mod+A / B'), { ...command('b'), hidden: true }]);
    const second = registerCommands([{ ...command('a'), title: 'newer' }]);
    expect(listCommands().map((c) => c.title)).toEqual(['newer', 'b']);
    first();
    expect(menuEntries()).toEqual([{ id: 'a', title: 'newer', group: 'Go to', shortcut: null }]);
    second();
    expect(listCommands()).toEqual([]);
  });
});

describe('rank', () => {
  const titles = ['New session', 'Go to Sessions', 'Verify the ledger', 'Lock vault'];
  const items = titles.map((title) => ({ title, keywords: title === 'Lock vault' ? 'seal secrets' : '' }));
  const find = (query: string) => rank(query, items).map((item) => item.title);

  it('finds by words in any order, by initials and by letters in order, best first', () => {
    expect(find('sess')).toEqual(['New session', 'Go to Sessions']);
    expect(find('go')[0]).toBe('Go to Sessions');
    expect(find('session new')).toEqual(['New session']);
    expect(find('lv')).toEqual(['Lock vault']);
    expect(find('vrfy')).toEqual(['Verify the ledger']);
    expect(find('seal')).toEqual(['Lock vault']);
    expect(find('zzz')).toEqual([]);
    expect(find('')).toHaveLength(4);
  });
});
