/** What a terminal tells the component around it. */
import type { ExitStatus } from '#contract/terminal-frames.ts';
import type { ConnectionState } from './connection.ts';

/** What the component around the terminal shows. A new object for every change. */
export interface TerminalStatus {
  connection: ConnectionState;
  exit: ExitStatus | null;
  title: string;
  /** Size of the program's terminal; null before the first snapshot. */
  size: { cols: number; rows: number } | null;
  /** The size is another viewer's, not the one that fits here. */
  foreignSize: boolean;
  /** Text the program asks to put on the clipboard. */
  clipboardRequest: string | null;
  /** Pasted lines that would run at once. */
  pasteRequest: string | null;
  /** A link somebody clicked. */
  linkRequest: string | null;
  searchOpen: boolean;
  searchResults: { index: number; count: number } | null;
}

export const INITIAL_STATUS: TerminalStatus = {
  connection: { state: 'connecting' },
  exit: null,
  title: '',
  size: null,
  foreignSize: false,
  clipboardRequest: null,
  pasteRequest: null,
  linkRequest: null,
  searchOpen: false,
  searchResults: null,
};
