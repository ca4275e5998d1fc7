import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AUDIT_ACTIONS, type AuditAction, AuditEntry, type AuditEvent } from '#contract';
import { newId } from '../base/ids.ts';
import { canonicalEntry, canonicalRuns, entryOf, MAX_TEXT, toEntry } from './canonical.ts';

const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: 'grapheme' }),
  // Every UTF-16 unit, lone surrogates and controls among them.
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  fc.constantFrom('"\\\b\f\n\r\t\u2028\u007f', 'é\u0000', '__proto__', '\ud800', '=1+1'),
);
const textOrNot = fc.option(anyText, { nil: undefined });
const number = fc.option(fc.double(), { nil: null });
const scalar = fc.oneof(anyText, fc.double(), fc.boolean(), fc.constant(null));
const anyEvent: fc.Arbitrary<AuditEvent> = fc.record(
  {
    action: fc.constantFrom(...(Object.keys(AUDIT_ACTIONS) as AuditAction[])),
    outcome: fc.constantFrom('allowed', 'denied', 'asked', 'error', 'info'),
    actor: anyText,
    on_behalf_of: textOrNot,
    tenant: anyText,
    agent: textOrNot,
    session_id: textOrNot,
    service: textOrNot,
    target: textOrNot,
    code: textOrNot,
    reason: textOrNot,
    request_id: textOrNot,
    approval_id: textOrNot,
    trace_id: textOrNot,
    policy: textOrNot,
    rule: textOrNot,
    source_process: textOrNot,
    bytes_in: fc.option(fc.maxSafeInteger(), { nil: null }),
    bytes_out: number,
    duration_ms: number,
    details: fc.dictionary(anyText, scalar),
  },
  { requiredKeys: ['action', 'outcome', 'actor'] },
);

const numbered = (event: AuditEvent): AuditEntry => ({
  ...toEntry(event, newId('aud'), '2026-01-02T03:04:05.678Z'),
  seq: 42,
  prev_hash: 'ab'.repeat(32),
});

test('an entry is written exactly as RFC 8785 says', () => {
  fc.assert(
    fc.property(anyEvent, (event) => {
      const { hash: _, ...rest } = numbered(event);
      expect(canonicalEntry({ ...rest, hash: '' })).toBe(canonicalize(rest));
    }),
    { numRuns: 500 },
  );
});

test('an entry reads back as it was handed out, and fits the contract', () => {
  fc.assert(
    fc.property(anyEvent, (event) => {
      const entry = numbered(event);
      expect(entryOf(canonicalEntry(entry), entry.hash)).toEqual(entry);
      AuditEntry.parse({ ...entry, hash: 'cd'.repeat(32) });
    }),
  );
});

test('an entry travels in three lines, whatever it holds', () => {
  fc.assert(
    fc.property(anyEvent, (event) => {
      expect(canonicalRuns(numbered(event)).split('\n')).toHaveLength(3);
    }),
  );
});

test('long text is cut and says so, and never in the middle of a character', () => {
  const { target } = toEntry(
    { action: 'gate.request', outcome: 'info', actor: 'a', target: '\u{1f600}'.repeat(MAX_TEXT) },
    newId('aud'),
    '2026-01-02T03:04:05.678Z',
  );
  expect(target?.length).toBeLessThan(MAX_TEXT + 40);
  expect(target).toMatch(/… \(\d+ more\)$/u);
  expect(target).not.toMatch(/\p{Surrogate}/u);
});
