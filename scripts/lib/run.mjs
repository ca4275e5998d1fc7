import { spawn, spawnSync } from 'node:child_process';
import { duration, note, SetupError } from './say.mjs';

const HEARTBEAT_MS = 15_000;
const KEPT_OUTPUT = 64 * 1024;

/**
 * Runs a command without a shell and waits for it.
 * `show: true` passes its output through; otherwise the output is kept, a line of it is shown every 15 s as a sign of
 * life, and its tail is part of the error. `stdin` is closed unless `input` (a string) or `stdio` says otherwise.
 * Resolves to `{code, output}`; rejects when the command fails and `mayFail` is not set, and after `timeoutMs`.
 */
export function run(command, args, options = {}) {
  const { cwd, env, show = false, mayFail = false, timeoutMs, input, label = command } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd,
      env: env ?? process.env,
      stdio: options.stdio ?? [
        input === undefined ? 'ignore' : 'pipe',
        show ? 'inherit' : 'pipe',
        show ? 'inherit' : 'pipe',
      ],
      windowsHide: true,
      // A group of its own, so that a time limit ends the grandchildren too.
      detached: timeoutMs !== undefined && process.platform !== 'win32',
    });
    const started = Date.now();
    let output = '';
    let last = '';
    let timedOut = false;
    const keep = (chunk) => {
      output = (output + chunk).slice(-KEPT_OUTPUT);
      last = chunk.toString().trim().split('\n').at(-1) ?? last;
    };
    child.stdout?.on('data', keep);
    child.stderr?.on('data', keep);
    if (input !== undefined) child.stdin?.end(input);
    const beat = show
      ? undefined
      : setInterval(
          () => note(`… ${duration(Date.now() - started)}${last ? `: ${last.slice(0, 100)}` : ''}`),
          HEARTBEAT_MS,
        );
    const limit =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => {
            timedOut = true;
            endGroup(child, 'SIGKILL');
          }, timeoutMs);
    let stopped = false;
    const forward = (signal) => () => {
      stopped = true;
      endGroup(child, signal);
    };
    const onInt = forward('SIGINT');
    const onTerm = forward('SIGTERM');
    process.on('SIGINT', onInt).on('SIGTERM', onTerm);
    const done = () => {
      clearInterval(beat);
      clearTimeout(limit);
      process.off('SIGINT', onInt).off('SIGTERM', onTerm);
    };
    child.on('error', (error) => {
      done();
      reject(new SetupError(`${label} could not be started: ${error.message}`));
    });
    child.on('close', (code, signal) => {
      done();
      const exit = code ?? (signal === 'SIGINT' ? 130 : 1);
      // Whoever stopped us wants no further steps.
      if (stopped) process.exit(130);
      if (timedOut) {
        reject(new SetupError(`${label} did not end within ${duration(timeoutMs)}.\n${tail(output)}`));
      } else if (exit !== 0 && !mayFail) {
        reject(new SetupError(`${label} failed with code ${exit}.\n${tail(output)}`));
      } else {
        resolve({ code: exit, output });
      }
    });
  });
}

/** Runs a short command and returns its trimmed stdout, or undefined when it fails or is not there. */
export function read(command, args, options = {}) {
  const result = spawnSync(command, args, {
    encoding: 'utf8',
    timeout: 20_000,
    windowsHide: true,
    stdio: ['ignore', 'pipe', 'ignore'],
    ...options,
  });
  return result.status === 0 ? result.stdout.trim() : undefined;
}

/** Whether a program of that name is on the PATH. */
export function hasProgram(name) {
  return read(process.platform === 'win32' ? 'where' : 'which', [name]) !== undefined;
}

/** Signals a command, and all it started where it leads a group of its own. */
function endGroup(child, signal) {
  try {
    if (process.platform === 'win32') child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    child.kill(signal);
  }
}

/** The start names the cause, the end what was under way. */
function tail(output) {
  const lines = output.trimEnd().split('\n');
  const shown = lines.length <= 50 ? lines : [...lines.slice(0, 15), '…', ...lines.slice(-35)];
  return shown.map((line) => `    ${line}`).join('\n');
}
