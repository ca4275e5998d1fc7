/** Whether somebody types into a terminal right now: then nothing may take the focus. */
export const TERMINAL_ATTRIBUTE = 'data-terminal';

export const terminalHasFocus = (): boolean =>
  document.activeElement?.closest(`[${TERMINAL_ATTRIBUTE}]`) != null;
