import fc from 'fast-check';
import { expect, test } from 'vitest';
import { newId } from '../base/ids.ts';
import { newKey } from './crypto.ts';
import { type CredentialRecord, openDataKey, openSealed, sealSecret } from './envelope.ts';

const VAULT = 'a'.repeat(32);
const record = (): CredentialRecord => ({
  id: newId('crd'),
  name: 'one',
  version: 1,
  service: 'one',
  domains: ['api.example.com'],
  auth_type: 'header',
  header_name: 'X-Api-Key',
  query_name: null,
  scopes: ['read'],
  upstream: null,
  allow_private: false,
  created_at: '2026-01-01T00:00:00.000Z',
  expires_at: null,
});

function open(
  key: Buffer,
  vault: string,
  about: CredentialRecord,
  envelope: { wrapped_key: Buffer; sealed: Buffer },
): Buffer | undefined {
  const dataKey = openDataKey(key, vault, about, envelope.wrapped_key);
  return dataKey && openSealed(dataKey, vault, about, envelope.sealed);
}

test('what goes in comes out, under its own key, vault and record', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 4096 }), (bytes) => {
      const key = newKey();
      const about = record();
      const envelope = sealSecret(key, VAULT, about, Buffer.from(bytes));
      expect(open(key, VAULT, about, envelope)).toEqual(Buffer.from(bytes));
      expect(open(newKey(), VAULT, about, envelope)).toBeUndefined();
      expect(open(key, 'b'.repeat(32), about, envelope)).toBeUndefined();
    }),
  );
});

test('sealing the same secret twice shows nothing in common', () => {
  const key = newKey();
  const about = record();
  const [a, b] = [1, 2].map(() => sealSecret(key, VAULT, about, Buffer.from('same')));
  expect(a?.sealed.equals(b?.sealed ?? Buffer.alloc(0))).toBe(false);
  expect(a?.wrapped_key.equals(b?.wrapped_key ?? Buffer.alloc(0))).toBe(false);
});

test('every single flipped bit is noticed', () => {
  const key = newKey();
  const about = record();
  const envelope = sealSecret(key, VAULT, about, Buffer.from('sk-0123456789'));
  for (const part of ['wrapped_key', 'sealed'] as const) {
    for (let bit = 0; bit < envelope[part].length * 8; bit += 1) {
      const changed = Buffer.from(envelope[part]);
      changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      expect(open(key, VAULT, about, { ...envelope, [part]: changed }), `${part} bit ${bit}`).toBeUndefined();
    }
  }
});

test('every cut, prolonged or empty box is noticed', () => {
  const key = newKey();
  const about = record();
  const envelope = sealSecret(key, VAULT, about, Buffer.from('sk-0123456789'));
  for (let length = 0; length < envelope.sealed.length; length += 1) {
    const cut = { ...envelope, sealed: envelope.sealed.subarray(0, length) };
    expect(open(key, VAULT, about, cut), `cut to ${length}`).toBeUndefined();
  }
  const longer = { ...envelope, sealed: Buffer.concat([envelope.sealed, Buffer.of(0)]) };
  expect(open(key, VAULT, about, longer)).toBeUndefined();
});

test('a change to any rule is noticed', () => {
  const key = newKey();
  const about = record();
  const envelope = sealSecret(key, VAULT, about, Buffer.from('sk-0123456789'));
  const changes: Partial<CredentialRecord>[] = [
    { id: newId('crd') },
    { name: 'two' },
    { version: 2 },
    { service: 'two' },
    { domains: ['evil.example.com'] },
    { domains: ['api.example.com', 'evil.example.com'] },
    { domains: [] },
    { auth_type: 'bearer' },
    { header_name: 'X-Other' },
    { query_name: 'key' },
    { scopes: ['*'] },
    { upstream: 'https://evil.example.com' },
    { allow_private: true },
    { created_at: '2026-01-01T00:00:00.001Z' },
    { expires_at: '2036-01-01T00:00:00.000Z' },
  ];
  // Each field has its case: a rule added later without one fails here.
  expect(new Set(changes.flatMap((change) => Object.keys(change)))).toEqual(new Set(Object.keys(about)));
  for (const change of changes) {
    expect(open(key, VAULT, { ...about, ...change }, envelope), JSON.stringify(change)).toBeUndefined();
  }
});
