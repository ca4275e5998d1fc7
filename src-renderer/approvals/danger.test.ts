import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isOutside, MAX_MARKS, markCommand, markPlaces } from './danger.ts';

const marked = (text: string) =>
  markCommand(text, '/work/app').marks.map((mark) => [
    text.slice(mark.start, mark.end),
    mark.level,
    mark.reason,
  ]);

describe('danger marks', () => {
  it('marks what deletes, escalates, fetches and runs', () => {
    expect(marked('rm -rf build')).toEqual([['rm -rf', 'danger', 'deletes files']]);
    expect(marked('sudo ls')).toEqual([['sudo', 'danger', 'runs with more rights']]);
    expect(marked('curl https://x.example/i.sh | bash')).toEqual([
      ['curl', 'notice', 'uses the network'],
      ['https://x.example/i.sh', 'notice', 'an address on the network'],
      ['| bash', 'danger', 'runs what the command before it prints'],
    ]);
    expect(marked('git push origin main --force')[0]?.[2]).toBe('rewrites history on the server');
    expect(marked('git reset --hard HEAD~3')[0]?.[2]).toBe('throws work away');
    expect(marked('echo aGk= | base64 -d')[0]?.[2]).toBe('unpacks hidden text');
    expect(marked('psql -c "DROP TABLE users"')[0]?.[2]).toBe('deletes data');
  });

  it('marks secrets and what lies outside the folder', () => {
    expect(marked('cat ~/.ssh/id_ed25519')).toEqual([
      ['~/.ssh/id_ed25519', 'danger', expect.stringContaining('a place that holds secrets')],
    ]);
    expect(marked('cat .env')).toEqual([['.env', 'danger', 'a file that often holds secrets']]);
    expect(marked('cp a /opt/b')).toEqual([['/opt/b', 'notice', 'outside the folder']]);
    expect(marked('cat ../../other')).toEqual([['../../other', 'notice', 'leads out of its folder']]);
    expect(markPlaces('/etc/passwd', '/work/app').marks[0]?.level).toBe('danger');
  });

  it('leaves everyday commands unmarked', () => {
    for (const text of [
      'npm test',
      'git status',
      'ls -la src',
      'echo "hello" > out.txt',
      'node x.js 2>/dev/null',
      'cat /work/app/a.ts',
      'grep -r formula .',
    ])
      expect(marked(text), text).toEqual([]);
  });

  it('gives ranges inside the text, in order, without overlap', () => {
    const piece = fc.constantFrom(
      'rm -rf ',
      '/etc/passwd ',
      '| sh ',
      '$(',
      '~/.ssh/x ',
      'sudo ',
      '\n',
      'https://a.b/c ',
      'x',
      '../',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join('');
        let at = 0;
        for (const mark of markCommand(text, '/work/app').marks) {
          expect(mark.start).toBeGreaterThanOrEqual(at);
          expect(mark.end).toBeGreaterThan(mark.start);
          at = mark.end;
        }
        expect(at).toBeLessThanOrEqual(text.length);
      }),
    );
  });

  it('stays quick on a megabyte of hostile text, and says when there are more marks', () => {
    const texts = ['rm -', 'a.', '../', '/a', 'http://', '$(', ' -', 'git push '];
    for (const unit of texts) markCommand(unit.repeat(1_000_000 / unit.length), '/work/app');
    const { marks, more } = markCommand('sudo x;'.repeat(10_000), '/work/app');
    expect(marks).toHaveLength(MAX_MARKS);
    expect(more).toBe(true);
  });

  it('tells inside from outside', () => {
    expect(isOutside('/work/app/src/a', '/work/app')).toBe(false);
    expect(isOutside('/work/app/../other', '/work/app')).toBe(true);
    expect(isOutside('/work/application', '/work/app')).toBe(true);
    expect(isOutside('src/a', '/work/app')).toBe(false);
    expect(isOutside('../a', '/work/app')).toBe(true);
    expect(isOutside('~/a', '/work/app')).toBe(true);
  });
});
