import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AuditFilter } from '#contract';
import {
  formatToken,
  isEmptyFilter,
  parseTyped,
  suggest,
  TOKEN_KEYS,
  tokensOf,
  withoutKey,
  withText,
  withToken,
} from './filter.ts';

const now = Date.parse('2026-06-15T12:00:00.000Z');

describe('filter tokens', () => {
  it('offers a token for every field of the contract but the free text', () => {
    expect(new Set([...TOKEN_KEYS, 'q'])).toEqual(new Set(Object.keys(AuditFilter.shape)));
  });

  it.each([
    ['service:github', [{ key: 'service', value: 'github' }], ''],
    ['  outcome:denied rm -rf  ', [{ key: 'outcome', value: 'denied' }], 'rm -rf'],
    [
      'session:ses_1 Request:req_2',
      [
        { key: 'session_id', value: 'ses_1' },
        { key: 'request_id', value: 'req_2' },
      ],
      '',
    ],
    ['actor:"desktop \\"owner\\""', [{ key: 'actor', value: 'desktop "owner"' }], ''],
    ['since:2h', [{ key: 'since', value: '2026-06-15T10:00:00.000Z' }], ''],
    ['until:2026-06-01', [{ key: 'until', value: '2026-06-01' }], ''],
    ['http://x.y/z service: q:x', [], 'http://x.y/z service: q:x'],
    ['', [], ''],
  ])('%j', (text, tokens, rest) => {
    expect(parseTyped(text, now)).toEqual({ tokens, rest, problems: [] });
  });

  it('says when a value cannot be', () => {
    expect(parseTyped('outcome:perhaps', now).problems[0]).toContain('allowed, denied');
    expect(parseTyped('since:yesterday', now).problems[0]).toContain('2h');
    expect(parseTyped(`actor:${'x'.repeat(300)}`, now).tokens).toEqual([]);
  });

  it('reads back every token it writes', () => {
    const token = fc.record({
      key: fc.constantFrom('actor' as const, 'agent' as const, 'service' as const),
      value: fc.string({ minLength: 1, maxLength: 40, unit: 'grapheme' }).filter((text) => text.length <= 60),
    });
    fc.assert(
      fc.property(fc.array(token, { maxLength: 4 }), (tokens) => {
        expect(parseTyped(tokens.map(formatToken).join(' '), now)).toEqual({
          tokens,
          rest: '',
          problems: [],
        });
      }),
    );
  });

  it('adds and removes parts of a filter', () => {
    let filter = withText(withToken({}, { key: 'service', value: 'github' }), ' rm ');
    expect(filter).toEqual({ service: 'github', q: 'rm' });
    expect(tokensOf(filter)).toEqual([{ key: 'service', value: 'github' }]);
    filter = withText(withoutKey(filter, 'service'), '');
    expect(isEmptyFilter(filter)).toBe(true);
  });

  it('suggests fields, then values', () => {
    const values = (key: string) => (key === 'outcome' ? ['allowed', 'denied'] : ['a b']);
    expect(suggest('x out', values)).toEqual([{ text: 'x outcome:', label: 'outcome:' }]);
    expect(suggest('outcome:den', values)).toEqual([{ text: 'outcome:denied ', label: 'outcome:denied' }]);
    expect(suggest('actor:', values)).toEqual([{ text: 'actor:"a b" ', label: 'actor:"a b"' }]);
    expect(suggest('', values)).toEqual([]);
    expect(suggest('nothing:x', values)).toEqual([]);
  });
});
