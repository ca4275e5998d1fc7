/**
 * The process table, read from /proc where there is one, without starting `ps`. Elsewhere the answers are null or
 * empty, and callers fall back to what node-pty knows.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

export interface ProcessInfo {
  readonly pid: number;
  readonly name: string;
  readonly ppid: number;
  readonly group: number;
  readonly session: number;
  /** Process group in the foreground of its terminal; -1 for none. */
  readonly foreground: number;
  /** In clock ticks since boot: with the pid it names a process for good. */
  readonly started: string;
  readonly zombie: boolean;
}

/** proc_pid_stat(5). The name is in parentheses and may hold anything, so count from the last one. */
export function readProcess(pid: number): ProcessInfo | null {
  if (process.platform !== 'linux') return null;
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return null;
  }
  const open = text.indexOf('(');
  const close = text.lastIndexOf(')');
  const fields = text.slice(close + 2).split(' ');
  return {
    pid,
    name: text.slice(open + 1, close),
    zombie: fields[0] === 'Z',
    ppid: Number(fields[1]),
    group: Number(fields[2]),
    session: Number(fields[3]),
    foreground: Number(fields[5]),
    started: fields[19] ?? '',
  };
}

export const startTime = (pid: number): string | null => readProcess(pid)?.started ?? null;

function allProcesses(): ProcessInfo[] {
  if (process.platform !== 'linux') return [];
  const found: ProcessInfo[] = [];
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const info = readProcess(Number(entry));
    if (info) found.push(info);
  }
  return found;
}

/** True when the process' environment names this session: it was started in it, even if it left since. */
function carriesMark(pid: number, mark: string): boolean {
  try {
    const environment = readFileSync(`/proc/${pid}/environ`, 'latin1');
    return environment === mark || environment.startsWith(`${mark}\0`) || environment.includes(`\0${mark}\0`);
  } catch {
    return false;
  }
}

/**
 * Everything that runs because of the session led by `leader`: members of its OS session, descendants, and processes
 * that moved to a session of their own but still carry `mark` ("NAME=value") in their environment. One pass over
 * /proc, so call it when a session ends, not on a timer. `leaderStarted` is the leader's `startTime`.
 */
export function processTree(
  leader: number,
  leaderStarted: string | null,
  mark: string | null,
): ProcessInfo[] {
  const all = allProcesses();
  // A number that was given anew names a stranger, and so does its session.
  const current = all.find((info) => info.pid === leader);
  const known = current === undefined || current.started === leaderStarted;
  const ours = new Set<number>();
  for (const info of all) {
    const member = known && (info.pid === leader || info.session === leader);
    const marked = mark !== null && info.pid !== process.pid && carriesMark(info.pid, mark);
    if (member || marked) ours.add(info.pid);
  }
  // Parents may come after children in the list: repeat until nothing is added. Bounded by the depth of the tree.
  for (let grown = true; grown; ) {
    grown = false;
    for (const info of all) {
      if (!ours.has(info.pid) && ours.has(info.ppid)) {
        ours.add(info.pid);
        grown = true;
      }
    }
  }
  return all.filter((info) => ours.has(info.pid) && !info.zombie);
}

/** Signals the process if it is still the one that was listed. */
export function signalExactly(info: ProcessInfo, signal: NodeJS.Signals): void {
  if (readProcess(info.pid)?.started !== info.started) return;
  signalQuietly(info.pid, signal);
}

/** `pid` below zero means its process group. A process that is gone is no error. */
export function signalQuietly(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone, or not ours.
  }
}

const SHELLS = new Set([
  'sh',
  'bash',
  'zsh',
  'fish',
  'dash',
  'ksh',
  'mksh',
  'tcsh',
  'csh',
  'nu',
  'elvish',
  'xonsh',
]);
const WINDOWS_SHELLS = new Set(['cmd.exe', 'powershell.exe', 'pwsh.exe']);

export function isShellName(name: string): boolean {
  const bare = basename(name).replace(/^-/, '');
  return SHELLS.has(bare) || WINDOWS_SHELLS.has(bare.toLowerCase());
}

/** The leader of the terminal's foreground process group, or null when it cannot be told. */
export function foregroundProcess(leader: number): { pid: number; name: string } | null {
  const info = readProcess(leader);
  if (!info || info.foreground <= 0) return null;
  const front = readProcess(info.foreground);
  if (front && !front.zombie) return { pid: front.pid, name: front.name };
  // The first of a pipeline may be done while others of its group go on; with all of them gone the shell is in front.
  const other = allProcesses().find((one) => one.group === info.foreground && !one.zombie) ?? info;
  return other.zombie ? null : { pid: other.pid, name: other.name };
}
