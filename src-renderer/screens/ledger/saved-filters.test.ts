import { describe, expect, it } from 'vitest';
import { nameProblem, savedAs, withoutSaved, withSaved } from './saved-filters.ts';

describe('saved filters', () => {
  const saved = withSaved(withSaved([], 'Week', { since: '2026-11-01' }), ' denied ', { outcome: 'denied' });

  it('are kept in the order of their names', () => {
    expect(saved.map(({ name }) => name)).toEqual(['denied', 'Week']);
  });

  it('have one per name, whatever the case', () => {
    const again = withSaved(saved, 'DENIED', { outcome: 'error' });
    expect(again).toHaveLength(2);
    expect(again.find(({ name }) => name === 'DENIED')?.filter).toEqual({ outcome: 'error' });
    expect(withoutSaved(saved, 'week').map(({ name }) => name)).toEqual(['denied']);
  });

  it('are recognised whatever the order of the fields', () => {
    const two = withSaved([], 'x', { outcome: 'denied', service: 'github', q: undefined });
    expect(savedAs(two, { service: 'github', outcome: 'denied' })?.name).toBe('x');
    expect(savedAs(two, { service: 'github' })).toBeUndefined();
  });

  it('say what is wrong with a name', () => {
    expect(nameProblem('  ', saved)).toContain('name');
    expect(nameProblem('x'.repeat(61), saved)).toContain('60');
    expect(nameProblem('fine', saved)).toBeNull();
    const many = Array.from({ length: 100 }, (_, i) => ({ name: `f${i}`, filter: {} }));
    expect(nameProblem('one more', many)).toContain('Delete');
    expect(nameProblem('f7', many)).toBeNull();
  });
});
