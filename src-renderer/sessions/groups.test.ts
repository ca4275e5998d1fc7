import { describe, expect, it } from 'vitest';
import { groupOf, groupSessions, killSentence, needsYou, shortPath, statusLine } from './groups.ts';
import { sessionFixture } from './test-fixture.ts';

const at = (second: number) => `2026-01-01T00:00:0${second}.000Z`;

describe('session groups', () => {
  it('puts whatever waits for a person first', () => {
    expect(groupOf(sessionFixture(1, { state: 'waiting_permission' }))).toBe('needs_me');
    expect(groupOf(sessionFixture(1, { state: 'working', pending_approvals: 1 }))).toBe('needs_me');
    expect(groupOf(sessionFixture(1, { state: 'waiting_input' }))).toBe('idle');
    expect(groupOf(sessionFixture(1, { state: 'starting' }))).toBe('working');
    expect(groupOf(sessionFixture(1, { state: 'killed', pending_approvals: 1 }))).toBe('ended');
  });

  it('orders the longest waiting first and the rest by latest change', () => {
    const groups = groupSessions(
      [
        sessionFixture(1, { state: 'working', state_since: at(1) }),
        sessionFixture(2, { state: 'working', state_since: at(2) }),
        sessionFixture(3, { state: 'waiting_permission', state_since: at(3) }),
        sessionFixture(4, { state: 'waiting_permission', state_since: at(4) }),
      ],
      'recent',
      '',
    );
    expect(groups.map((group) => [group.id, group.sessions.map((session) => session.id.at(-1))])).toEqual([
      ['needs_me', ['3', '4']],
      ['working', ['2', '1']],
    ]);
  });

  it('sorts by name and searches in name, folder and last line', () => {
    const all = [
      sessionFixture(1, { name: 'b', last_line: 'tests pass' }),
      sessionFixture(2, { name: 'a', work_dir: '/srv/shop' }),
    ];
    expect(groupSessions(all, 'name', '')[0]?.sessions.map((session) => session.name)).toEqual(['a', 'b']);
    expect(groupSessions(all, 'name', 'SHOP')[0]?.sessions.map((session) => session.name)).toEqual(['a']);
    expect(groupSessions(all, 'name', 'tests')[0]?.sessions.map((session) => session.name)).toEqual(['b']);
    expect(groupSessions(all, 'name', 'nothing')).toEqual([]);
  });

  it('says what it does or waits for', () => {
    const line = (more: Parameters<typeof sessionFixture>[1]) => statusLine(sessionFixture(1, more));
    expect(line({ state: 'waiting_permission', state_reason: 'asks: Run a command' })).toBe(
      'Asks: Run a command',
    );
    expect(line({ state: 'waiting_input', state_reason: '' })).toBe('Waits for your next message');
    expect(needsYou(sessionFixture(1, { state: 'waiting_permission' }))).toBe(true);
    expect(needsYou(sessionFixture(1, { state: 'working' }))).toBe(false);
  });

  it('says what ending it ends, and shortens paths', () => {
    expect(killSentence(sessionFixture(1, { command: ['claude'], pending_approvals: 1 }))).toBe(
      'This ends claude and everything it started in /work/app, at once. Unsaved work in it is lost, and its token stops working. Its unanswered request expires.',
    );
    expect([shortPath('/a/b/c'), shortPath('/a/b'), shortPath('/')]).toEqual(['…/b/c', '/a/b', '/']);
  });
});
