import { expect, test } from 'vitest';
import { SessionId } from '#contract';
import { newId } from './ids.ts';

test('ids match the contract, are unique and sort by creation', () => {
  const ids = Array.from({ length: 20_000 }, () => newId('ses'));
  for (const id of ids) SessionId.parse(id);
  expect(new Set(ids).size).toBe(ids.length);
  expect([...ids].sort()).toEqual(ids);
});

test('the version and variant bits are those of UUIDv7', () => {
  for (let i = 0; i < 100; i += 1)
    expect(newId('req')).toMatch(/^req_[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
});
