import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countHidden, visibleSegments, visibleText } from './visible-text.ts';

const labels = (line: string) => visibleSegments(line).map((segment) => segment.label);

describe('visible text', () => {
  it('loses nothing: the segments joined are the line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (line) => {
        expect(
          visibleSegments(line)
            .map((segment) => segment.text)
            .join(''),
        ).toBe(line);
      }),
    );
  });

  it('names bidi overrides, zero-width characters and terminal escapes', () => {
    expect(labels('a\u202eb')).toEqual(['a', 'RLO', 'b']);
    expect(labels('rm\u200b -rf')).toEqual(['rm', 'ZWSP', ' -rf']);
    expect(labels('\u001b[2K\r')).toEqual(['ESC', '[2K', 'CR']);
    expect(labels('\u0000\u0007')).toEqual(['\u2400', '\u2407']);
    expect(labels('\u{e0041}')).toEqual(['U+E0041']);
    expect(labels('\u3164\u00a0')).toEqual(['HF', 'NBSP']);
    expect(labels('x\ud800y')).toEqual(['x', 'U+D800', 'y']);
    expect(visibleSegments('\u202e')[0]?.title).toBe('U+202E right-to-left override');
  });

  it('leaves ordinary text of any script alone', () => {
    for (const line of ['echo hi', 'привет мир', 'שלום', '日本語 🎉', 'naïve café'])
      expect(visibleSegments(line).every((segment) => segment.kind === 'plain')).toBe(true);
  });

  it('marks letters that imitate Latin ones inside a Latin word', () => {
    const found = visibleSegments('curl p\u0430ypal.com').filter((segment) => segment.kind === 'lookalike');
    expect(found.map((segment) => segment.text)).toEqual(['\u0430']);
  });

  it('writes hidden characters out for single-line places', () => {
    expect(visibleText('a\u202e\nb')).toBe('a⟨RLO⟩⏎b');
    expect(visibleText('plain')).toBe('plain');
  });

  it('counts what a reader could miss', () => {
    expect(countHidden('a\tb\nc')).toEqual({ hidden: 0, lookalike: 0 });
    expect(countHidden('a\u200b\u202e p\u0430y')).toEqual({ hidden: 2, lookalike: 1 });
  });
});
