import { describe, expect, it } from 'vitest';
import { countTraps, lookalikes } from './lookalikes.ts';

describe('lookalikes', () => {
  it('finds letters that imitate Latin ones inside a Latin word', () => {
    expect(lookalikes('curl p\u0430ypal.com')).toEqual([6]);
    expect(lookalikes('\u0441url \uff47it')).toEqual([0, 5]);
  });

  it('leaves words of one script alone', () => {
    for (const text of ['привет мир', 'ελληνικά', 'echo hi', 'naïve café', '日本語 a', 'x = α'])
      expect(lookalikes(text), text).toEqual([]);
  });

  it('counts what a reader could miss', () => {
    expect(countTraps('a\tb\r\nc')).toEqual({ hidden: 0, lookalike: 0 });
    expect(countTraps('a\u200b\u202e\u001b[2K p\u0430y')).toEqual({ hidden: 3, lookalike: 1 });
  });
});
