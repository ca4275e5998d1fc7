/** The terminal's colours, read from the page's tokens so that it follows dark and light. */
import type { ITheme } from '@xterm/xterm';
import type { TerminalTheme } from '#contract/terminal-frames.ts';

const ANSI_NAMES = [
  'black',
  'red',
  'green',
  'yellow',
  'blue',
  'magenta',
  'cyan',
  'white',
  'brightBlack',
  'brightRed',
  'brightGreen',
  'brightYellow',
  'brightBlue',
  'brightMagenta',
  'brightCyan',
  'brightWhite',
] as const;

export interface Colours {
  /** For xterm.js. */
  local: ITheme;
  /** For the host, which answers programs that ask for colours. */
  wire: TerminalTheme;
}

/** `#rrggbb` of a colour token as the page has it: builds shorten `#ffffff` to `#fff`. Null for anything else. */
export function hexColour(value: string): string | null {
  const hex = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i.exec(value.trim())?.[1];
  if (hex === undefined) return null;
  return `#${hex.length === 3 ? hex.replaceAll(/./g, '$&$&') : hex}`.toLowerCase();
}

export function readColours(element: Element = document.documentElement): Colours {
  const style = getComputedStyle(element);
  const token = (name: string, fallback: string) =>
    hexColour(style.getPropertyValue(`--${name}`)) ?? fallback;
  const foreground = token('fg', '#e4e9ee');
  const background = token('sunken', '#0b0e12');
  const cursor = token('accent', '#35c9b6');
  const ansi = ANSI_NAMES.map((_, index) => token(`ansi-${index}`, index < 8 ? '#808080' : '#c0c0c0'));
  const selection = token('accent-solid', '#2fbdab');
  return {
    local: {
      foreground,
      background,
      cursor,
      cursorAccent: background,
      selectionBackground: `${selection}59`,
      selectionInactiveBackground: `${selection}33`,
      ...Object.fromEntries(ANSI_NAMES.map((name, index) => [name, ansi[index]])),
    },
    wire: { foreground, background, cursor, ansi },
  };
}

/** Calls back after the page has changed between dark and light. */
export function watchColours(onChange: () => void): () => void {
  const observer = new MutationObserver(onChange);
  observer.observe(document.documentElement, {
    attributes: true,
    attributeFilter: ['data-theme', 'class', 'style'],
  });
  const system = window.matchMedia('(prefers-color-scheme: dark)');
  system.addEventListener('change', onChange);
  return () => {
    observer.disconnect();
    system.removeEventListener('change', onChange);
  };
}
