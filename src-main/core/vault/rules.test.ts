import { describe, expect, test } from 'vitest';
import type { CredentialInput } from '#contract';
import { AegisError } from '../base/errors.ts';
import { input } from './fixture.ts';
import { checkCredential, type FieldProblem } from './rules.ts';

function problemsOf(changes: Partial<CredentialInput>): FieldProblem[] {
  try {
    checkCredential(input(changes));
    return [];
  } catch (error) {
    if (!(error instanceof AegisError) || error.code !== 'INVALID_INPUT') throw error;
    return error.data.errors as FieldProblem[];
  }
}
const pointers = (changes: Partial<CredentialInput>): string[] =>
  problemsOf(changes).map((one) => one.pointer);

test('defaults are filled in and domains normalised', () => {
  expect(checkCredential(input({ domains: ['API.anthropic.com.', 'api.anthropic.com'] }))).toEqual({
    name: 'anthropic',
    service: 'anthropic',
    domains: ['api.anthropic.com'],
    auth_type: 'bearer',
    header_name: null,
    query_name: null,
    scopes: ['*'],
    upstream: null,
    allow_private: false,
  });
  expect(checkCredential(input({ auth_type: 'header' })).header_name).toBe('X-Api-Key');
  expect(checkCredential(input({ auth_type: 'query' })).query_name).toBe('key');
  expect(checkCredential(input({ scopes: ['write', 'read', 'read'] })).scopes).toEqual(['read', 'write']);
  expect(checkCredential(input({ scopes: ['read', '*'] })).scopes).toEqual(['*']);
});

test('all problems are told at once', () => {
  const found = pointers({ domains: ['*', 'ok.example.com', '*.com'], secret: 'abc\n', header_name: 'X-A' });
  expect(found).toEqual(['/domains/0', '/domains/2', '/header_name', '/secret']);
});

test('what the contract refuses is refused here as well', () => {
  expect(pointers({ name: 'a b' })).toEqual(['/name']);
  expect(pointers({ service: 'Upper' })).toEqual(['/service']);
  expect(pointers({ domains: [] })).toEqual(['/domains']);
  expect(pointers({ scopes: ['admin' as 'read'] })).toEqual(['/scopes/0']);
  expect(pointers({ ttl_days: 0 })).toEqual(['/ttl_days']);
});

describe('secrets', () => {
  test.each<[Partial<CredentialInput>, string]>([
    [{ secret: 'abc\n' }, 'trim'],
    [{ secret: 'abc\r\n', auth_type: 'query' }, 'trim'],
    [{ secret: 'Bearer abc' }, 'Gate adds the word'],
    [{ secret: 'abc def' }, 'white space'],
    [{ secret: 'abc\r\nX-Evil: 1', auth_type: 'header' }, 'control characters'],
    [{ secret: 'abc\u0000def', auth_type: 'header' }, 'control characters'],
    [{ secret: 'abc\u007f', auth_type: 'header' }, 'control characters'],
    [{ secret: 'schlüssel', auth_type: 'header' }, 'ASCII'],
    [{ secret: ' abc', auth_type: 'header' }, 'white space'],
    [{ secret: 'nocolon', auth_type: 'basic' }, 'colon'],
    [{ secret: 'user:pa\nss', auth_type: 'basic' }, 'control characters'],
    [{ secret: 'a\0b', auth_type: 'query' }, 'NUL'],
    [{ secret: '\ud800', auth_type: 'query' }, 'Unicode'],
    [{ secret: 'ü'.repeat(300_000), auth_type: 'query' }, 'larger than 512 KiB'],
  ])('%j', (changes, words) => {
    const [problem, ...more] = problemsOf(changes);
    expect(more).toEqual([]);
    expect(problem?.pointer).toBe('/secret');
    expect(problem?.detail).toContain(words);
  });

  test('are accepted where they can travel', () => {
    expect(problemsOf({ secret: 'two words', auth_type: 'header' })).toEqual([]);
    expect(problemsOf({ secret: 'user:', auth_type: 'basic' })).toEqual([]);
    expect(problemsOf({ secret: ':pat', auth_type: 'basic' })).toEqual([]);
    expect(problemsOf({ secret: 'nutzer:schlüssel mit leerzeichen', auth_type: 'basic' })).toEqual([]);
    expect(problemsOf({ secret: 'x'.repeat(512 * 1024) })).toEqual([]);
  });

  test('are never repeated in a message', () => {
    const secret = 'super-secret-value\n';
    for (const auth_type of ['bearer', 'header', 'basic', 'query'] as const) {
      expect(JSON.stringify(problemsOf({ secret, auth_type }))).not.toContain('super-secret');
    }
  });
});

test('headers that steer the request cannot carry a secret', () => {
  for (const header_name of [
    'Host',
    'content-length',
    'Transfer-Encoding',
    'CONNECTION',
    'X-Aegis-Agent',
    'TE',
  ]) {
    expect(pointers({ auth_type: 'header', header_name }), header_name).toEqual(['/header_name']);
  }
  expect(pointers({ auth_type: 'header', header_name: 'Bad Name' })).toEqual(['/header_name']);
  expect(pointers({ auth_type: 'header', header_name: 'X-Goog-Api-Key' })).toEqual([]);
  expect(pointers({ auth_type: 'query', query_name: 'a&b' })).toEqual(['/query_name']);
});

describe('upstream', () => {
  const upstreamOf = (upstream: string, changes: Partial<CredentialInput> = {}): string | null =>
    checkCredential(input({ domains: ['api.example.com'], upstream, ...changes })).upstream;

  test('is kept in one spelling', () => {
    expect(upstreamOf('https://API.example.com/')).toBe('https://api.example.com');
    expect(upstreamOf('https://api.example.com:443/v1/')).toBe('https://api.example.com/v1');
    expect(upstreamOf('https://api.example.com:8443')).toBe('https://api.example.com:8443');
    const local = { domains: ['127.0.0.1'], allow_private: true };
    expect(upstreamOf('http://127.0.0.1:8080', local)).toBe('http://127.0.0.1:8080');
    expect(upstreamOf('http://[::1]:8080/x', { ...local, domains: ['[::1]'] })).toBe('http://[::1]:8080/x');
  });

  test.each([
    'ftp://api.example.com',
    'https://user@api.example.com',
    'https://user:pass@api.example.com',
    'https://api.example.com/?a=1',
    'https://api.example.com/?',
    'https://api.example.com/#x',
    'https://api.example.com/a%2fb',
    'https://api.example.com/%2e%2e/b',
    'https://api.example.com\\evil',
    'https://evil.com',
    'https://api.example.com.evil.com',
    'http://api.example.com',
  ])('%s is refused', (upstream) => {
    expect(pointers({ domains: ['api.example.com'], upstream })).toEqual(['/upstream']);
  });

  test('a domain with a port means that port', () => {
    expect(pointers({ domains: ['api.example.com:8443'], upstream: 'https://api.example.com' })).toEqual([
      '/upstream',
    ]);
    expect(pointers({ domains: ['api.example.com:8443'], upstream: 'https://api.example.com:8443' })).toEqual(
      [],
    );
  });

  test('unusual spellings of an address are refused', () => {
    const changes = { domains: ['127.0.0.1'], allow_private: true };
    for (const upstream of ['http://127.1', 'http://0x7f.0.0.1', 'http://2130706433']) {
      expect(pointers({ ...changes, upstream }), upstream).toEqual(['/upstream']);
    }
  });
});

test('private targets need leave', () => {
  expect(pointers({ domains: ['127.0.0.1'] })).toEqual(['/domains/0']);
  expect(pointers({ domains: ['localhost:3000'] })).toEqual(['/domains/0']);
  expect(pointers({ domains: ['169.254.169.254'] })).toEqual(['/domains/0']);
  expect(pointers({ domains: ['127.0.0.1', 'localhost'], allow_private: true })).toEqual([]);
  expect(pointers({ domains: ['93.184.216.34'] })).toEqual([]);
});
