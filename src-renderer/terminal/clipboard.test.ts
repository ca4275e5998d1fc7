import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  clipboardKey,
  inputPieces,
  MAX_OSC52_BYTES,
  needsPasteQuestion,
  openableLink,
  parseOsc52,
} from './clipboard.ts';

const press = (key: string, more = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...more,
});

describe('clipboard keys', () => {
  it('leaves Ctrl+C and Ctrl+V to the program', () => {
    expect(clipboardKey(press('c', { ctrlKey: true }), false)).toBeNull();
    expect(clipboardKey(press('C', { ctrlKey: true, shiftKey: true }), false)).toBe('copy');
    expect(clipboardKey(press('V', { ctrlKey: true, shiftKey: true }), false)).toBe('paste');
    expect(clipboardKey(press('f', { ctrlKey: true }), false)).toBe('find');
    expect(clipboardKey(press('c', { metaKey: true }), true)).toBe('copy');
    expect(clipboardKey(press('c', { ctrlKey: true }), true)).toBeNull();
    expect(clipboardKey(press('c', { ctrlKey: true, shiftKey: true, altKey: true }), false)).toBeNull();
  });
});

describe('OSC 52', () => {
  const encode = (text: string) => btoa(String.fromCharCode(...new TextEncoder().encode(text)));

  it('decodes a write and never a query', () => {
    expect(parseOsc52(`c;${encode('häl\nlo 🎉')}`)).toBe('häl\nlo 🎉');
    for (const bad of ['c;?', 'c;', 'c', '', 'c;%%%', `c;${btoa('\xff\xfe')}`])
      expect(parseOsc52(bad)).toBeNull();
  });

  it('refuses what is too large', () => {
    expect(parseOsc52(`c;${'A'.repeat(MAX_OSC52_BYTES * 2)}`)).toBeNull();
  });
});

describe('paste, links and input', () => {
  it('asks before lines that would run', () => {
    expect(needsPasteQuestion('a\nb', false)).toBe(true);
    expect(needsPasteQuestion('a\n', false)).toBe(false);
    expect(needsPasteQuestion('a\nb', true)).toBe(false);
  });

  it('opens https only', () => {
    expect(openableLink('https://example.com/a')).toBe('https://example.com/a');
    for (const bad of [
      'http://example.com',
      'javascript:alert(1)',
      'file:///etc/passwd',
      'data:text/html,x',
      'nonsense',
    ])
      expect(openableLink(bad)).toBeNull();
  });

  it('cuts input without loss and without breaking characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 100 }), (text) => {
        const pieces = inputPieces(text, 3);
        expect(pieces.join('')).toBe(text);
        for (const piece of pieces)
          expect(new TextDecoder().decode(new TextEncoder().encode(piece))).toBe(piece);
      }),
    );
  });
});
