import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { forwardableHeaders, responseHead } from './headers.ts';
import { Scrubber } from './scrub.ts';

const TOKEN = 'aegis_agt_0123456789';
const names = (flat: readonly string[]): string[] =>
  flat.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase());

const DROPPED = [
  'Authorization',
  'X-Api-Key',
  'x-goog-api-key',
  'Proxy-Authorization',
  'Cookie',
  'Connection',
  'Keep-Alive',
  'TE',
  'Trailer',
  'Transfer-Encoding',
  'Content-Length',
  'Upgrade',
  'Expect',
  'Host',
  'X-Target-Host',
  'X-Aegis-Agent',
  'X-Aegis-Anything',
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'Forwarded',
  'Via',
  'X-Real-IP',
  'Accept-Encoding',
  'Proxy-Connection',
  'X-HTTP-Method-Override',
  'X-Original-URL',
];

describe('request headers', () => {
  test.each(DROPPED)('%s never goes upstream', (name) => {
    const out = forwardableHeaders([name, 'x', name.toUpperCase(), 'y', 'Accept', '*/*'], TOKEN, undefined);
    expect(out).toEqual(['Accept', '*/*', 'accept-encoding', 'identity']);
  });

  test('names listed in Connection are dropped, in every line and spelling of it', () => {
    const out = forwardableHeaders(
      [
        'X-Hop',
        '1',
        'Connection',
        'close, X-Hop',
        'connection',
        'keep-alive,  x-other ',
        'X-Other',
        '2',
        'X-End',
        '3',
      ],
      TOKEN,
      undefined,
    );
    expect(names(out)).toEqual(['x-end', 'accept-encoding']);
  });

  test('a header that carries the token is dropped, and so is the one the key goes into', () => {
    const out = forwardableHeaders(['X-Mine', `t=${TOKEN};`, 'X-Key', 'own', 'A', 'b'], TOKEN, 'x-key');
    expect(names(out)).toEqual(['a', 'accept-encoding']);
  });

  test('whatever comes in, nothing forbidden goes out and the rest keeps order and bytes', () => {
    const name = fc.oneof(
      fc.constantFrom(...DROPPED, 'X-A', 'X-B', 'Content-Type', 'Accept'),
      fc.stringMatching(/^[A-Za-z-]{1,12}$/),
    );
    const value = fc.oneof(
      fc.constantFrom('close', 'X-A', 'keep-alive, x-b', TOKEN, 'v'),
      fc.stringMatching(/^[ -~]{0,12}$/),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 12 }), (lines) => {
        const out = forwardableHeaders(lines.flat(), TOKEN, 'x-inject');
        const listed = lines
          .filter(([n]) => n.toLowerCase() === 'connection')
          .flatMap(([, v]) => v.split(',').map((part) => part.trim().toLowerCase()));
        const dropped = new Set([...DROPPED.map((n) => n.toLowerCase()), 'x-inject']);
        const outNames = names(out).slice(0, -1);
        for (const n of outNames) {
          expect(dropped.has(n)).toBe(false);
          expect(n).not.toMatch(/^(x-aegis-|x-forwarded-|proxy-|sec-fetch-)/);
          if (n !== 'close' && n !== 'keep-alive') expect(listed).not.toContain(n);
        }
        expect(out.join('\n')).not.toContain(TOKEN);
        // A subsequence of what came in.
        let at = 0;
        for (let i = 0; i < out.length - 2; i += 2) {
          while (at < lines.length && !(lines[at]?.[0] === out[i] && lines[at]?.[1] === out[i + 1])) at += 1;
          expect(at).toBeLessThan(lines.length);
          at += 1;
        }
      }),
      { numRuns: 5_000 },
    );
  });
});

describe('response headers', () => {
  const scrubber = new Scrubber([Buffer.from('sk-0123456789')]);
  const head = (lines: string[], noStore = false) =>
    responseHead(
      lines.map((line) => Buffer.from(line, 'latin1')),
      scrubber,
      noStore,
    );

  test('cookies, hop-by-hop fields and what would reconfigure the client stay here', () => {
    const { headers } = head([
      'Set-Cookie',
      'a=b',
      'Connection',
      'close, X-Hop',
      'X-Hop',
      '1',
      'Keep-Alive',
      'timeout=5',
      'Alt-Svc',
      'h3=":443"',
      'Strict-Transport-Security',
      'max-age=1',
      'Access-Control-Allow-Origin',
      '*',
      'Transfer-Encoding',
      'chunked',
      'X-Aegis-Request-Id',
      'forged',
      'X-Kept',
      'yes',
    ]);
    expect(headers).toEqual(['X-Kept', 'yes']);
  });

  test('an echoed key is masked in names and values, in Location too', () => {
    const { headers } = head(['Location', 'https://h/?k=sk-0123456789', 'X-sk-0123456789', 'x']);
    expect(headers).toEqual(['Location', `https://h/?k=${'*'.repeat(13)}`, `X-${'*'.repeat(13)}`, 'x']);
  });

  test('length and encoding are told, not copied', () => {
    expect(head(['Content-Length', '12', 'Content-Encoding', 'GZIP'])).toEqual({
      headers: [],
      length: 12,
      encoding: 'gzip',
    });
    expect(head(['Content-Encoding', 'gzip', 'content-encoding', 'br']).encoding).toBe('gzip, br');
    expect(head(['Content-Encoding', 'identity']).encoding).toBeUndefined();
  });

  test('with the key in the URL nobody may keep the answer', () => {
    expect(head(['Cache-Control', 'max-age=99'], true).headers).toEqual(['cache-control', 'no-store']);
  });
});
