import { expect, test } from 'vitest';
import { resolveAppPath } from './app-path.ts';

const root = '/built/renderer';

test.each([
  ['app://aegis/index.html', '/built/renderer/index.html'],
  ['app://aegis/', '/built/renderer/index.html'],
  ['app://aegis/assets/a-1.js', '/built/renderer/assets/a-1.js'],
  ['app://aegis/assets/font.woff2?x=1#y', '/built/renderer/assets/font.woff2'],
  // URL parsing resolves dots, encoded ones too, and never above the root.
  ['app://aegis/%2e%2e/%2e%2e/etc/x.json', '/built/renderer/etc/x.json'],
])('%s is served', (url, path) => {
  expect(resolveAppPath(root, url)?.path).toBe(path);
});

test.each([
  ['another host', 'app://evil/index.html'],
  ['another scheme', 'file:///etc/passwd'],
  ['an encoded slash before dots', 'app://aegis/a%2f..%2f..%2fx.json'],
  ['a backslash', 'app://aegis/..\\..\\x.json'],
  ['an encoded backslash', 'app://aegis/..%5c..%5cx.json'],
  ['NUL', 'app://aegis/index.html%00.js'],
  ['broken encoding', 'app://aegis/%zz.js'],
  ['a kind that is not served', 'app://aegis/secret.db'],
  ['a sibling folder with the same start', 'app://aegis/../renderer-other/x.js%2f..'],
  ['no URL', 'nonsense'],
])('%s is refused', (_what, url) => {
  expect(resolveAppPath(root, url)).toBeNull();
});
