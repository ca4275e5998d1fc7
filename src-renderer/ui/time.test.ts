import { describe, expect, it } from 'vitest';
import { exactTime, formatBytes, formatDuration, relativeTime } from './time.ts';

const now = Date.parse('2026-06-15T12:00:00.000Z');
const ago = (ms: number) => relativeTime(new Date(now - ms).toISOString(), now);

describe('times', () => {
  it.each([
    [0, 'just now'],
    [9_999, 'just now'],
    [25_000, '20 s ago'],
    [60_000, '1 min ago'],
    [59 * 60_000, '59 min ago'],
    [3 * 3_600_000, '3 h ago'],
    [2 * 86_400_000, '2 d ago'],
    [-5 * 60_000, 'in 5 min'],
    [-1000, 'in a moment'],
  ])('%i ms ago is "%s"', (ms, words) => {
    expect(ago(ms)).toBe(words);
  });

  it('falls back to the date after a week, and to the text when it is no time', () => {
    expect(ago(30 * 86_400_000)).toMatch(/May/);
    expect(ago(400 * 86_400_000)).toMatch(/2025/);
    expect(relativeTime('soon', now)).toBe('soon');
  });

  it('shows exact times that parse back to the same instant', () => {
    const shown = exactTime('2026-06-15T12:00:00.123Z');
    expect(shown).toMatch(/^2026-06-1\d \d\d:\d\d:00\.123 [+-]\d\d:\d\d$/);
    expect(Date.parse(shown.replace(' ', 'T').replace(' ', ''))).toBe(Date.parse('2026-06-15T12:00:00.123Z'));
  });

  it('formats durations and sizes', () => {
    expect(formatDuration(0.4)).toBe('0.4 ms');
    expect(formatDuration(840)).toBe('840 ms');
    expect(formatDuration(2400)).toBe('2.4 s');
    expect(formatDuration(200_000)).toBe('3 min 20 s');
    expect(formatBytes(312)).toBe('312 B');
    expect(formatBytes(4200)).toBe('4.2 kB');
  });
});
