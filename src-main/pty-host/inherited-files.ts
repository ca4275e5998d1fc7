/**
 * Electron opens files and sockets without close-on-exec, so a process started from it holds copies of them: the lock of
 * the single instance, the page's storage, its connections. The terminal host outlives the app and starts the agents;
 * neither may keep those. The starter lists what is about to leak, and the host closes exactly that.
 */
import { closeSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** The environment variable that carries the list. */
export const INHERITED_VARIABLE = 'AEGIS_PTY_HOST_INHERITED';
const CLOSE_ON_EXEC = 0o2000000;

/** Descriptors above 2 of this process that a child would inherit, each as `number=target`. Empty but on Linux. */
export function leakingFiles(): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc/self/fd')
    .filter((fd) => Number(fd) > 2)
    .flatMap((fd) => {
      try {
        const flags = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
        const target = readlinkSync(`/proc/self/fd/${fd}`);
        const leaks = flags !== undefined && (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
        // Anonymous kinds carry no number of their own, so the child could not tell them from its own.
        return leaks && !target.startsWith('anon_inode:') ? [`${fd}=${target}`] : [];
      } catch {
        // Closed meanwhile, such as the descriptor of this very listing.
        return [];
      }
    });
}

/** Closes what `leakingFiles` listed in the starter, where the number still means the same file here. */
export function closeInherited(list: string | undefined): void {
  if (!list || process.platform !== 'linux') return;
  for (const entry of JSON.parse(list) as string[]) {
    const at = entry.indexOf('=');
    const fd = Number(entry.slice(0, at));
    try {
      if (fd > 2 && readlinkSync(`/proc/self/fd/${fd}`) === entry.slice(at + 1)) closeSync(fd);
    } catch {
      // Not open here.
    }
  }
}
