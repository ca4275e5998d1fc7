import { describe, expect, it } from 'vitest';
import { closeTab, openTab, stepTab } from './open-tabs.ts';

describe('tabs', () => {
  it('opens each session once', () => {
    expect(openTab(['a'], 'b')).toEqual(['a', 'b']);
    expect(openTab(['a', 'b'], 'a')).toEqual(['a', 'b']);
  });

  it('goes to a neighbour when the shown one is closed', () => {
    expect(closeTab(['a', 'b', 'c'], 'b', 'b')).toEqual({ tabs: ['a', 'c'], active: 'c' });
    expect(closeTab(['a', 'b'], 'b', 'b')).toEqual({ tabs: ['a'], active: 'a' });
    expect(closeTab(['a'], 'a', 'a')).toEqual({ tabs: [], active: null });
    expect(closeTab(['a', 'b'], 'a', 'b')).toEqual({ tabs: ['b'], active: 'b' });
  });

  it('steps around', () => {
    expect(stepTab(['a', 'b'], 'b', 1)).toBe('a');
    expect(stepTab(['a', 'b'], 'a', -1)).toBe('b');
    expect(stepTab([], 'a', 1)).toBeNull();
  });
});
