import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parameter, parseTarget, withoutParameter, withoutText } from './target.ts';

const accepted = (target: string): boolean => !('problem' in parseTarget(target));

describe('plain targets', () => {
  test.each([
    ['/svc/v1/models?x=1', 'svc', '/v1/models', '?x=1'],
    ['/svc', 'svc', '/', ''],
    ['/svc/', 'svc', '/', ''],
    ['/svc?x', 'svc', '/', '?x'],
    ['/svc//a//b/', 'svc', '//a//b/', ''],
    [
      '/google/v1beta/models/gemini-2.5-pro:streamGenerateContent?alt=sse',
      'google',
      '/v1beta/models/gemini-2.5-pro:streamGenerateContent',
      '?alt=sse',
    ],
    ['/svc/.well-known/x', 'svc', '/.well-known/x', ''],
    ['/svc/...', 'svc', '/...', ''],
    ['/svc/a%20b/%C3%A9', 'svc', '/a%20b/%C3%A9', ''],
    ['/svc/a;v=1/b', 'svc', '/a;v=1/b', ''],
    ['/svc/100%25', 'svc', '/100%25', ''],
    ['/svc/x?q=%2e%2e%2f%00', 'svc', '/x', '?q=%2e%2e%2f%00'],
  ])('%s', (target, service, path, query) => {
    expect(parseTarget(target)).toEqual({ service, path, query });
  });
});

describe('ambiguous targets', () => {
  test.each([
    '*',
    'svc/x',
    'http://evil/p',
    '/svc/../x',
    '/svc/./x',
    '/svc/..',
    '/../svc',
    '/svc/%2e%2e/x',
    '/svc/%2E./x',
    '/svc/.%2e',
    '/svc/..;/x',
    '/svc/..;a=b/x',
    '/svc/%2e%2e;x/y',
    '/svc/.;/x',
    '/svc/..%3b/x',
    '/svc/a%2fb',
    '/svc/..%2fb',
    '/svc/a%5cb',
    '/svc/a\\b',
    '/svc/\\..\\x',
    '/svc/%00',
    '/svc/a%0d%0ab',
    '/svc/%7f',
    '/svc/%252e%252e/x',
    '/svc/%25252e/x',
    '/svc/%252f',
    '/svc/%255c',
    '/svc/%2500',
    '/svc/%c0%ae%c0%ae/x',
    '/svc/%c0%af',
    '/svc/%e0%80%af',
    '/svc/%ff',
    '/svc/%',
    '/svc/%2',
    '/svc/%zz',
    '/svc/%u002e',
    '/svc/x#y',
    '/svc/\u00e9',
    '/svc/\u2025/x',
    '/svc/a b',
    '/svc/\t',
    '/svc/x?\u0001',
    '/svc/x?a#b',
  ])('%j is refused', (target) => {
    expect(parseTarget(target)).toHaveProperty('problem');
  });
});

/** Pieces attacks are made of, mixed with ordinary ones. */
const piece = fc.oneof(
  fc.constantFrom(
    '/',
    '//',
    '.',
    '..',
    '%2e',
    '%2E',
    '%2f',
    '%5c',
    '\\',
    '%25',
    '%252e',
    '%00',
    ';',
    '%3b',
    '%c0%ae',
    '%',
    'a',
    'Z',
    '-',
    '~',
    ':',
    '%20',
    '%C3%A9',
    '?',
    '#',
    '\u00e9',
    '%0a',
  ),
  fc.string({ minLength: 0, maxLength: 4 }),
);
const target = fc.array(piece, { maxLength: 12 }).map((pieces) => `/s${pieces.join('')}`);

test('whatever is accepted reads the same for everybody, however often it is decoded', () => {
  fc.assert(
    fc.property(target, (text) => {
      const parsed = parseTarget(text);
      if ('problem' in parsed) return;
      // Nothing was changed on the way.
      const mark = text.indexOf('?');
      const path = mark === -1 ? text : text.slice(0, mark);
      expect(`/${parsed.service}${parsed.path}`.replace(/\/$/, '')).toBe(path.replace(/\/$/, ''));
      expect(parsed.query).toBe(mark === -1 ? '' : text.slice(mark));
      // The URL standard's parser agrees on the segments.
      expect(new URL(`http://h${path}`).pathname.split('/').length).toBe(path.split('/').length);
      let decoded = path;
      for (let round = 0; round < 4; round += 1) {
        expect(decoded.split('/').length).toBe(path.split('/').length);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
        expect(decoded).not.toMatch(/[\u0000-\u001f\u007f\\]/);
        for (const segment of decoded.split('/')) expect(segment).not.toMatch(/^\.{1,2}(?:;|$)/);
        try {
          decoded = decodeURIComponent(decoded);
        } catch {
          break;
        }
      }
    }),
    { numRuns: 4_000 },
  );
});

test('accepting needs no slow path to agree with the fast one', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^\/[a-z]{1,4}(?:\/[a-z0-9.]{0,4}){0,4}$/), (path) => {
      const dots = path.split('/').some((segment) => segment === '.' || segment === '..');
      expect(accepted(path)).toBe(!dots);
    }),
    { numRuns: 5_000 },
  );
});

describe('query parameters', () => {
  test('are removed by name, the others untouched', () => {
    expect(withoutParameter('?a=1&key=x&b=%20', 'key')).toBe('?a=1&b=%20');
    expect(withoutParameter('?key=x', 'key')).toBe('');
    expect(withoutParameter('?k%65y=x&key&Key=1', 'key')).toBe('?Key=1');
    expect(withoutParameter('?a&&b', 'key')).toBe('?a&&b');
    expect(withoutParameter('', 'key')).toBe('');
  });

  test('are removed by what they hold', () => {
    expect(withoutText('?a=tok&b=xtoky&c=1', 'tok')).toBe('?c=1');
    expect(withoutText('?a=t%6fk', 'tok')).toBe('');
  });

  test('are read decoded', () => {
    expect(parameter('?a=1&k%65y=x%20y', 'key')).toBe('x y');
    expect(parameter('?a=1', 'key')).toBeUndefined();
    expect(parameter('?key', 'key')).toBe('');
  });

  test('after removal no parameter of that name is left, and the rest keeps its order', () => {
    const pairs = fc.array(
      fc.tuple(fc.constantFrom('a', 'key', 'k%65y', 'b', ''), fc.constantFrom('', '=', '=1', '=%zz')),
    );
    fc.assert(
      fc.property(pairs, (list) => {
        const query = list.length === 0 ? '' : `?${list.map(([k, v]) => k + v).join('&')}`;
        const out = withoutParameter(query, 'key');
        expect(parameter(out, 'key')).toBeUndefined();
        const kept = list.filter(([k]) => k !== 'key' && k !== 'k%65y').map(([k, v]) => k + v);
        expect(out === '' ? '' : out.slice(1)).toBe(kept.join('&') === '' ? '' : kept.join('&'));
      }),
    );
  });
});
