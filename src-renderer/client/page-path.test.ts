import { afterEach, expect, test, vi } from 'vitest';
import { forgetPagePath, pagePath, rememberPagePath } from './page-path.ts';
import { socketUrl } from './platform.ts';

const PATH = `/c/${'k'.repeat(43)}`;
const here = new URL('http://127.0.0.1:9100/#/vault') as unknown as Location;

afterEach(() => {
  forgetPagePath();
  vi.unstubAllGlobals();
});

test('calls go below the page path while somebody is signed in', () => {
  expect(socketUrl('/rpc', here)).toBe('ws://127.0.0.1:9100/rpc');
  rememberPagePath(PATH);
  expect(socketUrl('/rpc', here)).toBe(`ws://127.0.0.1:9100${PATH}/rpc`);
  forgetPagePath();
  expect(pagePath()).toBe('');
});

test('another tab of this console shares it, and what is no page path is not used', () => {
  const kept = new Map<string, string>();
  vi.stubGlobal('localStorage', {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  });
  rememberPagePath(PATH);
  expect([...kept.values()]).toEqual([PATH]);
  for (const strange of ['//evil.example', '/c/short', 'https://evil.example/', `${PATH}/..`]) {
    kept.set([...kept.keys()][0] ?? '', strange);
    expect(pagePath()).toBe('');
  }
});
