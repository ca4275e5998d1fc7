import { describe, expect, it } from 'vitest';
import { entityStore } from './entities.ts';

interface Thing {
  id: string;
  version: number;
}
const thing = (id: string, version = 1): Thing => ({ id, version });
const store = () =>
  entityStore<Thing>(
    (record) => record.id,
    (next, known) => next.version >= known.version,
  );
const ids = (s: ReturnType<typeof store>) =>
  [...s.use.getState().byId.values()].map((t) => `${t.id}${t.version}`);

describe('entityStore', () => {
  it('lets changes heard during a reading win over its answer', async () => {
    const s = store();
    let answer: (records: Thing[]) => void = () => undefined;
    const loading = s.load(() => new Promise((resolve) => (answer = resolve)));
    s.put(thing('a', 3));
    s.remove('b');
    s.put(thing('c'));
    answer([thing('a', 2), thing('b'), thing('d')]);
    await loading;
    expect(ids(s).sort()).toEqual(['a3', 'c1', 'd1']);
    expect(s.use.getState().loaded).toBe(true);
  });

  it('ignores an older version, and an answer that a later reading overtook', async () => {
    const s = store();
    s.put(thing('a', 2));
    s.put(thing('a', 1));
    expect(ids(s)).toEqual(['a2']);
    let first: (records: Thing[]) => void = () => undefined;
    const slow = s.load(() => new Promise((resolve) => (first = resolve)));
    await s.load(async () => [thing('new')]);
    first([thing('old')]);
    await slow;
    expect(ids(s)).toEqual(['new1']);
  });

  it('keeps what it has when a reading fails, and says why', async () => {
    const s = store();
    s.put(thing('a'));
    await s.load(() => Promise.reject(Object.assign(new Error('no'), { code: 'PERMISSION_MISSING' })));
    expect(ids(s)).toEqual(['a1']);
    expect(s.use.getState().failure?.code).toBe('PERMISSION_MISSING');
  });
});
