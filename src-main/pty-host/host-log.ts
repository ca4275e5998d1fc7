import { appendFileSync, renameSync, statSync } from 'node:fs';
import { nowIso } from '../core/base/time.ts';

const LIMIT = 1024 * 1024;

/** The host's own log: JSON lines, at most two files of 1 MiB. What sessions print or are given is never in it. */
export class HostLog {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  write(message: string, facts: Record<string, string | number | boolean> = {}): void {
    try {
      this.#rotate();
      const line = JSON.stringify({ time: nowIso(), pid: process.pid, msg: message, ...facts });
      appendFileSync(this.#path, `${line}\n`, { mode: 0o600 });
    } catch {
      // A full or vanished disk must not end the sessions.
    }
  }

  #rotate(): void {
    try {
      if (statSync(this.#path).size > LIMIT) renameSync(this.#path, `${this.#path}.1`);
    } catch {
      // No log yet.
    }
  }
}
