import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalHost, coversTarget, isPrivateHost, matchDomain, parseDomainPattern } from './domains.ts';

const textOf = (input: string): string | undefined => {
  const parsed = parseDomainPattern(input);
  return parsed.ok ? parsed.value.text : undefined;
};

describe('patterns are stored in one spelling', () => {
  test.each([
    ['API.Example.COM', 'api.example.com'],
    ['api.example.com.', 'api.example.com'],
    [' api.example.com ', 'api.example.com'],
    ['bücher.example', 'xn--bcher-kva.example'],
    ['BÜCHER.example', 'xn--bcher-kva.example'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['api.example.com:8443', 'api.example.com:8443'],
    ['*.Example.com', '*.example.com'],
    ['*.example.com:8443', '*.example.com:8443'],
    ['203.0.113.7', '203.0.113.7'],
    ['127.0.0.1:8080', '127.0.0.1:8080'],
    ['[2001:DB8:0:0::7]', '[2001:db8::7]'],
    ['[::1]:8080', '[::1]:8080'],
    ['localhost:3000', 'localhost:3000'],
    ['ａｐｉ.example.com', 'api.example.com'],
  ])('%s -> %s', (input, text) => expect(textOf(input)).toBe(text));
});

describe('patterns that are refused', () => {
  test.each([
    '',
    '*',
    '*.',
    '**.example.com',
    '*.*.example.com',
    'a*.example.com',
    'api.*.com',
    '*.com',
    '*.co.uk',
    '*.github.io',
    '*.s3.amazonaws.com',
    '*.localhost',
    '*.10.0.0.1',
    '*.[::1]',
    'a..example.com',
    '.example.com',
    'example.com..',
    '-a.example.com',
    'a-.example.com',
    'a_b.example.com',
    `${'a'.repeat(64)}.example.com`,
    `${'abcdefg.'.repeat(40)}com`,
    'https://api.example.com',
    'api.example.com/v1',
    'user@example.com',
    'api.example.com:0',
    'api.example.com:65536',
    'api.example.com:080',
    'api.example.com:',
    'api.example.com:80:80',
    'api example.com',
    'ex%61mple.com',
    'example.com\0',
    'example.com#',
    '127.1',
    '0x7f.1',
    '0x7f000001',
    '2130706433',
    '010.0.0.1',
    '1.2.3.256',
    '1.2.3.4.5',
    '１２７.0.0.1',
    '::1',
    '[::ffff:127.0.0.1]',
    '[::1%eth0]',
    '[::1',
  ])('%j', (input) => expect(textOf(input)).toBeUndefined());

  test('the problem says what to do', () => {
    expect(parseDomainPattern('*.co.uk')).toMatchObject({
      problem: expect.stringContaining('*.example.co.uk'),
    });
    expect(parseDomainPattern('https://a.com')).toMatchObject({
      problem: expect.stringContaining('host alone'),
    });
  });
});

test('private hosts are told from public ones', () => {
  const hosts = [
    'localhost',
    'a.localhost',
    'printer',
    'x.internal',
    '127.0.0.1',
    '10.1.2.3',
    '169.254.169.254',
  ];
  for (const host of [...hosts, '100.64.0.1', '[::1]', '[fd00::1]', '[fe80::1]', '0.0.0.0', '192.168.1.1']) {
    expect(isPrivateHost(host), host).toBe(true);
  }
  for (const host of ['api.example.com', '93.184.216.34', '[2606:4700::1111]']) {
    expect(isPrivateHost(host), host).toBe(false);
  }
});

describe('matching', () => {
  test.each<[string[], string, number, boolean]>([
    [['api.example.com'], 'api.example.com', 443, true],
    [['api.example.com'], 'API.EXAMPLE.COM.', 443, true],
    [['api.example.com'], 'api.example.com', 80, true],
    [['api.example.com'], 'api.example.com', 8443, false],
    [['api.example.com:8443'], 'api.example.com', 8443, true],
    [['api.example.com:8443'], 'api.example.com', 443, false],
    [['api.example.com'], 'evil-api.example.com', 443, false],
    [['api.example.com'], 'api.example.com.evil.com', 443, false],
    [['*.example.com'], 'a.example.com', 443, true],
    [['*.example.com'], 'a.b.example.com', 443, true],
    [['*.example.com'], 'example.com', 443, false],
    [['*.example.com'], '.example.com', 443, false],
    [['*.example.com'], 'notexample.com', 443, false],
    [['*.example.com:8443'], 'a.example.com', 8443, true],
    [['*.example.com:8443'], 'a.example.com', 443, false],
    [['*.amazonaws.com'], 'bucket.s3.amazonaws.com', 443, false],
    [['*.corp.internal'], 'a.corp.internal', 443, true],
    [['*.a.corp.internal'], 'b.a.corp.internal', 443, true],
    [['[::1]'], '::1', 443, true],
    [['[::1]:8080'], '[0:0:0:0:0:0:0:1]', 8080, true],
    [['[::1]:8080'], '[::1]', 443, false],
    [['127.0.0.1:8080'], '127.1', 8080, false],
    [['xn--bcher-kva.example'], 'bücher.example', 443, true],
    [['a.example.com', 'b.example.com'], 'b.example.com', 443, true],
    [[], 'a.example.com', 443, false],
    [['api.example.com'], 'user@api.example.com', 443, false],
    [['api.example.com'], 'api.example.com\0.evil.com', 443, false],
    [['api.example.com'], '', 443, false],
  ])('%j %s:%i %s', (patterns, host, port, covered) =>
    expect(matchDomain(patterns, host, port)).toBe(covered),
  );

  test("a credential's own upstream is covered on its own port alone", () => {
    const credential = { domains: ['127.0.0.1'], upstream: 'http://127.0.0.1:8080/base' };
    expect(coversTarget(credential, '127.0.0.1', 8080)).toBe(true);
    expect(coversTarget(credential, '127.0.0.1', 8081)).toBe(false);
    expect(coversTarget({ domains: ['127.0.0.1'], upstream: null }, '127.0.0.1', 8080)).toBe(false);
  });
});

const label = fc
  .stringMatching(/^[a-z]([a-z0-9-]{0,10}[a-z0-9])?$/)
  .filter((text) => !text.startsWith('xn--'));

test('normalising twice changes nothing, and a stored host matches itself in any case', () => {
  fc.assert(
    fc.property(fc.array(label, { minLength: 2, maxLength: 5 }), fc.boolean(), (labels, dot) => {
      const host = labels.join('.');
      const text = textOf(host.toUpperCase() + (dot ? '.' : ''));
      expect(text).toBe(host);
      expect(matchDomain([host], host.toUpperCase(), 443)).toBe(true);
      expect(matchDomain([host], `x${host}`, 443)).toBe(false);
      expect(matchDomain([host], `${host}.evil.com`, 443)).toBe(false);
    }),
  );
});

test('whatever is accepted is what a URL parser makes of it', () => {
  fc.assert(
    fc.property(fc.oneof(fc.domain(), fc.ipV4(), fc.webUrl(), fc.string({ unit: 'binary' })), (text) => {
      const host = canonicalHost(text);
      if (!host.ok) return;
      expect(new URL(`https://${host.value}/`).hostname).toBe(host.value);
      expect(canonicalHost(host.value)).toEqual(host);
    }),
    { numRuns: 2000 },
  );
});
