import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashToken, newToken, sameHash, shownPrefix, tokenIdOf } from './tokens.ts';

test('tokens are well-formed, unique and start with what may be shown', () => {
  const tokens = Array.from({ length: 2000 }, () => newToken());
  for (const { token, id, hash } of tokens) {
    expect(token).toMatch(/^aegis_agt_[0-9A-Za-z]{12}_[0-9A-Za-z]{49}$/);
    expect(tokenIdOf(token)).toBe(id);
    expect(token.startsWith(`${shownPrefix(id)}_`)).toBe(true);
    expect(sameHash(hashToken(token), hash)).toBe(true);
  }
  expect(new Set(tokens.map((one) => one.id)).size).toBe(tokens.length);
});

test('letters are used evenly', () => {
  const counts = new Map<string, number>();
  for (let i = 0; i < 2000; i += 1) {
    for (const letter of newToken().token.slice(23, 23 + 43))
      counts.set(letter, (counts.get(letter) ?? 0) + 1);
  }
  const expected = (2000 * 43) / 62;
  expect(counts.size).toBe(62);
  for (const [letter, count] of counts) {
    expect(count, letter).toBeGreaterThan(expected * 0.8);
    expect(count, letter).toBeLessThan(expected * 1.2);
  }
});

test('any one changed, missing or added character is noticed without asking anybody', () => {
  const { token } = newToken();
  for (let i = 0; i < token.length; i += 1) {
    const other = token[i] === 'x' ? 'y' : 'x';
    expect(tokenIdOf(token.slice(0, i) + other + token.slice(i + 1)), `changed at ${i}`).toBeUndefined();
    expect(tokenIdOf(token.slice(0, i) + token.slice(i + 1)), `missing at ${i}`).toBeUndefined();
    expect(tokenIdOf(token.slice(0, i) + other + token.slice(i)), `added at ${i}`).toBeUndefined();
  }
});

test('nothing else is taken for a token', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string().map((text) => `aegis_agt_${text}`),
      ),
      (text) => {
        expect(tokenIdOf(text)).toBeUndefined();
      },
    ),
  );
});
