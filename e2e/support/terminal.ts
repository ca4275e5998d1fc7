import xtermHeadless from '@xterm/headless';
import { type IPty, spawn } from 'node-pty';
import { waitFor } from './wait.ts';

export interface TestTerminal {
  readonly pty: IPty;
  /** The visible lines, as a person sees them. */
  screen(): string;
  type(keys: string): void;
  /** Waits until the screen matches; throws with the screen when it does not in time. */
  see(pattern: RegExp, timeoutMs?: number): Promise<string>;
  /** Ends the program and waits for it. */
  close(): Promise<void>;
}

/** Runs a program in a real pseudo-terminal with a real terminal model behind it. */
export function openTerminal(
  file: string,
  args: string[],
  options: { cwd: string; env: Record<string, string> },
): TestTerminal {
  const size = { cols: 120, rows: 40 };
  const terminal = new xtermHeadless.Terminal({ ...size, allowProposedApi: true });
  const pty = spawn(file, args, { name: 'xterm-256color', ...size, ...options });
  let ended = false;
  pty.onData((data) => terminal.write(data));
  // Programs ask the terminal for its colours and cursor, and wait for the answers.
  terminal.onData((data) => pty.write(data));
  pty.onExit(() => {
    ended = true;
  });
  const screen = (): string => {
    const { active } = terminal.buffer;
    const lines = Array.from({ length: size.rows }, (_, row) =>
      active.getLine(active.baseY + row)?.translateToString(true),
    );
    return lines.join('\n').trimEnd();
  };
  return {
    pty,
    screen,
    type: (keys) => pty.write(keys),
    see: (pattern, timeoutMs = 30_000) =>
      waitFor(`${pattern} on the screen`, () => pattern.test(screen()) && screen(), { timeoutMs }).catch(
        (error: Error) => {
          throw new Error(`${error.message}\nThe screen shows:\n${screen()}`);
        },
      ),
    async close() {
      if (!ended) pty.kill('SIGKILL');
      await waitFor('the program to end', () => ended);
      terminal.dispose();
    },
  };
}
