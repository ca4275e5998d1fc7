import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { AegisError, errnoOf } from './errors.ts';

/** How far to look beyond a default port before giving up. */
const ATTEMPTS = 20;

export interface PortChoice<T> {
  readonly what: string;
  readonly host: string;
  readonly port: number;
  /** A port somebody chose is taken or refused; a default one may give way to the next. */
  readonly isDefault: boolean;
  /** Used before `port`: where the last run listened, which running agents still know. */
  readonly last?: number | undefined;
  listen(port: number): Promise<T>;
  /** Told when another port than the wanted one is used, and who holds that one. */
  onMoved(wanted: number, holder: string, got: number): void;
}

/** Listens on the wanted port, or on the next free one when the wanted one was only a default. */
export async function listenOnFreePort<T>(choice: PortChoice<T>): Promise<T> {
  const { port, isDefault, last } = choice;
  const candidates = [
    ...(isDefault && last !== undefined && last !== 0 && last !== port ? [last] : []),
    ...(isDefault && port !== 0 ? Array.from({ length: ATTEMPTS }, (_, i) => port + i) : [port]),
  ];
  let firstBusy: number | undefined;
  for (const candidate of candidates) {
    try {
      const result = await choice.listen(candidate);
      if (firstBusy !== undefined)
        choice.onMoved(firstBusy, portHolder(firstBusy) ?? 'another program', candidate);
      return result;
    } catch (error) {
      if (!isPortInUse(error)) throw error;
      firstBusy ??= candidate;
    }
  }
  const busy = firstBusy ?? port;
  throw new AegisError(
    'PORT_IN_USE',
    `${choice.what} cannot listen on ${choice.host}:${busy}: the port is held by ${portHolder(busy) ?? 'another program'}.`,
    { hint: 'End that program, or choose another port with --port or --gate-port.' },
  );
}

const isPortInUse = (error: unknown): boolean =>
  errnoOf(error) === 'EADDRINUSE' || (error instanceof AegisError && error.code === 'PORT_IN_USE');

/** "node (pid 123)" of whoever listens on a TCP port, where the system tells (Linux, own processes). */
export function portHolder(port: number): string | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const inodes = new Set(
      ['/proc/net/tcp', '/proc/net/tcp6'].flatMap((table) => listeningInodes(table, port)),
    );
    if (inodes.size === 0) return undefined;
    for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
      if (socketInodes(pid).some((inode) => inodes.has(inode))) {
        return `${readFileSync(`/proc/${pid}/comm`, 'utf8').trim()} (pid ${pid})`;
      }
    }
  } catch {
    // Only decoration for an error message: not knowing is fine.
  }
  return undefined;
}

function listeningInodes(table: string, port: number): string[] {
  if (!existsSync(table)) return [];
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return readFileSync(table, 'utf8')
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(wanted) && fields[3] === '0A')
    .flatMap((fields) => (fields[9] === undefined ? [] : [fields[9]]));
}

function socketInodes(pid: string): string[] {
  const folder = `/proc/${pid}/fd`;
  return attempt(() => readdirSync(folder), []).flatMap((fd) => {
    // A descriptor may be closed between listing and reading, the one that lists among them.
    const match = /^socket:\[(\d+)\]$/.exec(attempt(() => readlinkSync(`${folder}/${fd}`), ''));
    return match?.[1] === undefined ? [] : [match[1]];
  });
}

function attempt<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch {
    return otherwise;
  }
}
