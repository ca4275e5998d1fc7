import { describe, expect, it } from 'vitest';
import css from '../styles/tokens.css?raw';

function theme(name: 'light' | 'dark'): Map<string, string> {
  const block = new RegExp(`data-theme="${name}"\\] \\{([^}]*)\\}`).exec(css)?.[1] ?? '';
  return new Map([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map((m) => [m[1] ?? '', m[2] ?? '']));
}

/** WCAG 2.2 relative luminance. */
function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const c = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

const surfaces = ['bg', 'panel', 'raised', 'sunken', 'hover', 'selected'];
const texts = ['fg', 'muted', 'faint', 'accent', 'allow', 'ask', 'deny', 'info'];
const pairs: [string, string, number][] = [
  ...surfaces.flatMap((surface) => texts.map((text): [string, string, number] => [text, surface, 4.5])),
  ...['accent', 'allow', 'ask', 'deny', 'info'].map((tone): [string, string, number] => [
    tone,
    `${tone}-soft`,
    4.5,
  ]),
  ['muted', 'deny-soft', 4.5],
  ['muted', 'ask-soft', 4.5],
  ['on-accent', 'accent-solid', 4.5],
  ['on-danger', 'danger-solid', 4.5],
  ['on-mark', 'mark', 4.5],
  ['input-line', 'sunken', 3],
  ['focus', 'bg', 3],
];

describe.each(['light', 'dark'] as const)('%s theme', (name) => {
  const tokens = theme(name);
  it.each(pairs)('%s on %s', (text, surface, least) => {
    expect(contrast(tokens.get(text) ?? '', tokens.get(surface) ?? '')).toBeGreaterThanOrEqual(least);
  });
});
