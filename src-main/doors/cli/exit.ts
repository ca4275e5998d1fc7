/** Exit codes every command keeps to. */
export const EXIT = {
  done: 0,
  /** Refused or failed. */
  failed: 1,
  /** The command line was wrong. */
  usage: 2,
  /** No running instance. */
  notRunning: 3,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Ends the command with a message and a code; `main.ts` prints it. */
export class CommandError extends Error {
  readonly exitCode: ExitCode;
  readonly hint: string | undefined;
  readonly errorCode: string;

  constructor(exitCode: ExitCode, message: string, options: { hint?: string; errorCode?: string } = {}) {
    super(message);
    this.name = 'CommandError';
    this.exitCode = exitCode;
    this.hint = options.hint;
    this.errorCode = options.errorCode ?? (exitCode === EXIT.notRunning ? 'NOT_RUNNING' : 'FAILED');
  }
}
