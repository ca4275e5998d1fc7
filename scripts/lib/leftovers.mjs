import { readdirSync, readFileSync } from 'node:fs';
import { onLinux } from './places.mjs';
import { note } from './say.mjs';

/**
 * Ends processes that a test run left behind, found by a setting in their environment (a detached pty-host survives its
 * app by design, so a crashed test can leave one). Returns how many there were. Linux only.
 */
export function endLeftovers(setting) {
  if (!onLinux) return 0;
  const found = readdirSync('/proc').filter(
    (pid) => /^\d+$/.test(pid) && environmentOf(pid).includes(setting),
  );
  for (const pid of found) {
    note(`ended after the tests: ${commandOf(pid)} (${pid})`);
    try {
      process.kill(Number(pid), 'SIGKILL');
    } catch {
      // It ended by itself meanwhile.
    }
  }
  return found.length;
}

function environmentOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ').trim().slice(0, 120);
  } catch {
    return '';
  }
}
