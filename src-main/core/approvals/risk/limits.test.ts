import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import type { JsonValue } from '#contract';
import { assess, describeCall } from './index.ts';
import { pathFacts } from './paths.ts';

/** Everything here runs on the thread that serves the Gate and the page: no agent may keep it busy. */
const project = realpathSync(mkdtempSync(join(tmpdir(), 'aegis-limits-')));
afterAll(() => rmSync(project, { recursive: true, force: true }));

const MIB = 1024 * 1024;
const hostile: [string, string, JsonValue][] = [
  ['a path of a million parts', 'Read', { file_path: '/a'.repeat(MIB) }],
  ['the longest path that can be', 'Write', { file_path: '/a'.repeat(2047) }],
  ['a command that names very many paths', 'Bash', { command: `cat ${'/a/b '.repeat(19_000)}` }],
  ['a command that names long paths', 'Bash', { command: `cat ${`${'/a'.repeat(2000)} `.repeat(24)}` }],
  ['an address of separators', 'WebFetch', { url: `https://example.com/?${'&'.repeat(2 * MIB)}` }],
  ['a tool named to confuse', `mcp__${'_'.repeat(2 * MIB)}\n`, {}],
];

test.each(hostile)('%s is judged quickly', { timeout: 5_000 }, (_what, tool, input) => {
  expect(assess(tool, input, project).summary.length).toBeLessThan(400);
  expect(describeCall(tool, input, project).length).toBeLessThan(400);
});

test('what is too long to be looked at is not called harmless', () => {
  for (const [, tool, input] of hostile) expect(assess(tool, input, project).risk.level).not.toBe('low');
  expect(assess('Read', { file_path: `/etc${'/a'.repeat(MIB)}` }, project).risk.level).toBe('high');
  const many = Array.from({ length: 1000 }, (_, i) => `src/${i}`).join(' ');
  expect(assess('Bash', { command: `cat ${many}` }, project).risk.level).toBe('high');
});

test('the part of a path that exists is followed, however deep it lies', () => {
  mkdirSync(join(project, 'one/two/three'), { recursive: true });
  symlinkSync('/etc', join(project, 'one/two/three/out'));
  const real = (path: string) => pathFacts(path, project).real;
  expect(real('one/two/three/new/file')).toBe(join(project, 'one/two/three/new/file'));
  expect(real('one/two/three/out/new/file')).toBe('/etc/new/file');
  expect(real('one/missing/../two/three/out/x')).toBe('/etc/x');
  expect(real('/')).toBe('/');
  expect(pathFacts('one/two/three/out/x', project).outside).toBe(true);
});
