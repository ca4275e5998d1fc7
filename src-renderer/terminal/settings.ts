/** How terminals are shown; kept across restarts and shared by all of them. */
import { z } from 'zod';
import { Columns, Rows } from '#contract';
import { remembered } from '../state/storage.ts';

const TerminalSettings = z.object({
  /** Font size in CSS pixels. */
  fontSize: z.number().int().min(8).max(32),
  /** Lets screen readers read the terminal; costs speed. */
  screenReader: z.boolean(),
  /** `dom` draws with ordinary elements: slower, but selectable by tools and free of graphics drivers. */
  renderer: z.enum(['auto', 'dom']),
});
export type TerminalSettings = z.infer<typeof TerminalSettings>;

export const terminalSettings = remembered<TerminalSettings>('terminal', TerminalSettings, {
  // At 12 px JetBrains Mono is 7 px wide almost exactly, so nothing is squeezed.
  fontSize: 12,
  screenReader: false,
  renderer: 'auto',
});

/** The size terminals had here last, so that a new session starts with it instead of being resized at once. */
export const usualSize = remembered(
  'terminal.size',
  z.object({ cols: Columns, rows: Rows }).nullable(),
  null,
);
