import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AuditFilter } from '#contract';
import { asCli, asCurl, CLI_OPTIONS, queryPath, shellWord } from './copy-as.ts';

/** What a real shell makes of the words. */
const byShell = (text: string): string[] =>
  execFileSync('sh', ['-c', `printf '%s\\0' ${text}`], { encoding: 'utf8' })
    .split('\0')
    .slice(0, -1);

describe('copy as', () => {
  it('names every field of the filter', () => {
    expect(new Set(Object.keys(CLI_OPTIONS))).toEqual(new Set(Object.keys(AuditFilter.shape)));
  });

  it('writes curl with the token by name', () => {
    expect(asCurl({ service: 'github', q: "it's" }, 'http://127.0.0.1:9100/', 50)).toBe(
      'curl -sS -H "Authorization: Bearer $AEGIS_AUTH_TOKEN" ' +
        "'http://127.0.0.1:9100/v1/audit?service=github&q=it%27s&limit=50'",
    );
    expect(asCurl({}, null)).toContain('http://127.0.0.1:9100/v1/audit');
    expect(queryPath('/v1/audit', {})).toBe('/v1/audit');
  });

  it('writes the command line', () => {
    expect(asCli({ outcome: 'denied', session_id: 'ses_1', q: 'rm -rf' })).toBe(
      "aegis ledger show --session ses_1 --outcome denied --query 'rm -rf' --limit 100",
    );
    expect(asCli({ q: '--json' })).toContain('--query=--json');
  });

  it('is one word to a shell, whatever it holds', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ minLength: 1, unit: 'grapheme' }).filter((text) => !text.includes('\0')),
          { maxLength: 20 },
        ),
        (words) => {
          expect(byShell(words.map(shellWord).join(' '))).toEqual(words.length === 0 ? [''] : words);
        },
      ),
      { numRuns: 30 },
    );
  });
});
