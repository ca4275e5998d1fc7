import { describe, expect, it } from 'vitest';
import {
  actOfKey,
  clickCounts,
  closedGuard,
  GUARD_MS,
  type GuardEvent,
  guard,
  isArmed,
} from './key-guard.ts';

const stateAfter = (...events: GuardEvent[]) => events.reduce(guard, closedGuard);
const shown = (now: number, content = 'apr_1@1'): GuardEvent => ({ type: 'shown', content, now });

describe('key guard', () => {
  it('ignores keys until half a second after the content appeared', () => {
    const state = stateAfter(shown(1000));
    expect(isArmed(state, 1000 + GUARD_MS - 1)).toBe(false);
    expect(isArmed(state, 1000 + GUARD_MS)).toBe(true);
    expect(isArmed(closedGuard, 1e12)).toBe(false);
  });

  it('starts again when the content changes, not when the same content is drawn again', () => {
    expect(isArmed(stateAfter(shown(0), shown(1000, 'apr_1@2')), 1499)).toBe(false);
    expect(isArmed(stateAfter(shown(0), shown(1000)), 1001)).toBe(true);
  });

  it('counts from the moment it is painted', () => {
    expect(isArmed(stateAfter(shown(0), { type: 'painted', now: 400 }), 899)).toBe(false);
    expect(isArmed(stateAfter(shown(0), { type: 'painted', now: 400 }), 900)).toBe(true);
  });

  it('starts again when the window gets the focus', () => {
    expect(isArmed(stateAfter(shown(0), { type: 'focused', now: 5000 }), 5499)).toBe(false);
  });

  it('waits for a pause when somebody is in the middle of typing', () => {
    const keys = [100, 300, 500, 700, 900].map((now): GuardEvent => ({ type: 'key', now }));
    const state = stateAfter(shown(0), ...keys);
    expect(isArmed(state, 1399)).toBe(false);
    expect(isArmed(state, 1400)).toBe(true);
    expect(stateAfter(shown(0), { type: 'key', now: 800 }).armedAt).toBe(500);
  });

  it('counts a click only when the button went down after arming', () => {
    const early = stateAfter(shown(0), { type: 'pointer-down', now: 450 });
    expect(clickCounts(early, 600, true)).toBe(false);
    const late = guard(early, { type: 'pointer-down', now: 700 });
    expect(clickCounts(late, 750, true)).toBe(true);
    expect(clickCounts(guard(late, shown(800, 'apr_2@1')), 1400, true)).toBe(false);
    expect(clickCounts(early, 600, false)).toBe(true);
    expect(clickCounts(early, 400, false)).toBe(false);
  });
});

describe('keys', () => {
  const press = (key: string, more = {}) =>
    actOfKey({
      key,
      ctrlKey: false,
      metaKey: false,
      altKey: false,
      shiftKey: false,
      repeat: false,
      isComposing: false,
      inTextField: false,
      ...more,
    });

  it('maps a, s, d, m, j, k', () => {
    expect(['a', 's', 'd', 'm', 'j', 'k', 'x', 'Enter'].map((key) => press(key))).toEqual([
      'allow',
      'allow-session',
      'deny',
      'deny-message',
      'next',
      'previous',
      null,
      null,
    ]);
  });

  it('takes nothing from held keys, chords, text fields or an input method', () => {
    for (const more of [
      { repeat: true },
      { ctrlKey: true },
      { metaKey: true },
      { altKey: true },
      { shiftKey: true },
      { isComposing: true },
      { inTextField: true },
    ])
      expect(press('a', more)).toBeNull();
  });
});
