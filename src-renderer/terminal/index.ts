/** Live terminals. */
export { terminalHasFocus } from './focus.ts';
export { type TerminalSettings, terminalSettings, usualSize } from './settings.ts';
export { TerminalView, type TerminalViewProps } from './terminal-view.tsx';
