/** What the scripts print: one line for each step, a sign of life on long ones, and errors that say what to do next. */

let out = process.stdout;

/** For commands whose own standard output matters to the caller. */
export function sayOnStderr() {
  out = process.stderr;
}

export function say(line = '') {
  out.write(`${line}\n`);
}

export function note(line) {
  say(`  ${line}`);
}

/** An error the person can act on. The scripts print its message and hint, never a stack. */
export class SetupError extends Error {
  constructor(message, hint) {
    super(message);
    this.hint = hint;
  }
}

/** "75 s" or "2 min 5 s" for a number of milliseconds. */
export function duration(ms) {
  const seconds = Math.round(ms / 1000);
  if (seconds < 1) return `${Math.round(ms)} ms`;
  return seconds < 100 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** Prints a title, runs the work, and prints how long it took when that was long enough to notice. */
export async function step(title, work) {
  say(`▸ ${title}`);
  const started = Date.now();
  const result = await work();
  const took = Date.now() - started;
  if (took > 3000) note(`done in ${duration(took)}`);
  return result;
}

/**
 * npm passes a signal to the shell between it and us, which ends without passing it on. Being adopted by another process
 * is how we notice.
 */
function endWithNpm() {
  if (!process.env.npm_lifecycle_event || process.platform === 'win32') return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, 250);
  watch.unref();
}

/** Runs a script's main function; expected failures become two plain lines and exit code 1. */
export async function main(work) {
  endWithNpm();
  try {
    const code = await work();
    process.exitCode = typeof code === 'number' ? code : (process.exitCode ?? 0);
  } catch (error) {
    process.stderr.write(`\n✗ ${error instanceof SetupError ? error.message : (error.stack ?? error)}\n`);
    if (error.hint) process.stderr.write(`  ${error.hint}\n`);
    process.exitCode = 1;
  }
}
