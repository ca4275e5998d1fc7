import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeVisible, visibleString } from './visible.ts';

const isHidden = (character: string): boolean => {
  const code = character.codePointAt(0) ?? 0;
  const control = code < 0x20 && character !== '\n' && character !== '\t' && character !== '\r';
  const bidi = (code >= 0x202a && code <= 0x202e) || (code >= 0x2066 && code <= 0x2069);
  return control || (code >= 0x7f && code <= 0x9f) || bidi;
};

describe('makeVisible', () => {
  it('leaves ordinary text alone, in any script', () => {
    for (const text of ['rm -rf ./build', 'a\tb\nc\r\nd', 'Grüße, 世界, مرحبا', 'שלום', '👩‍💻 ❤️ done', '']) {
      expect(visibleString(text)).toBe(text);
    }
  });

  it.each([
    ['\u202Ermoc.live', '⟨U+202E RLO⟩rmoc.live'],
    ['a\u200Bb', 'a⟨U+200B ZWSP⟩b'],
    ['echo\u00A0hi', 'echo⟨U+00A0 NBSP⟩hi'],
    ['\u001B[2K', '⟨U+001B ESC⟩[2K'],
    ['safe\rrm', 'safe⟨U+000D CR⟩rm'],
    ['x\u0000', 'x⟨U+0000 NUL⟩'],
    ['\u{E0041}', '⟨U+E0041⟩'],
    ['\uD800x', '⟨U+D800⟩x'],
    ['\u3164', '⟨U+3164⟩'],
    ['a\u200Db', 'a⟨U+200D ZWJ⟩b'],
    ['a\uFE0F', 'a⟨U+FE0F⟩'],
    ['\u2066x\u2069', '⟨U+2066 LRI⟩x⟨U+2069 PDI⟩'],
  ])('spells out %j', (text, shown) => {
    expect(visibleString(text)).toBe(shown);
  });

  it('keeps every character, in order, and shows no bidi or control character', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        const segments = makeVisible(text);
        expect(segments.map((segment) => segment.text).join('')).toBe(text);
        for (const { shown } of segments) {
          for (const character of shown) expect(isHidden(character)).toBe(false);
        }
      }),
    );
  });
});
