import { expect, test } from 'vitest';
import { hexColour } from './theme.ts';

test.each([
  ['#ffffff', '#ffffff'],
  ['#fff', '#ffffff'],
  [' #1aB ', '#11aabb'],
  ['#0B0E12', '#0b0e12'],
  ['', null],
  ['white', null],
  ['#ffff', null],
  ['#0b0e1280', null],
  ['rgb(1, 2, 3)', null],
])('the token "%s" is read as %s', (value, colour) => {
  expect(hexColour(value)).toBe(colour);
});
