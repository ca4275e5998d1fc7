/**
 * How the host and the control plane find each other: `<state>/run/pty-host.json` names the socket and holds the shared
 * secret; a lock file makes sure that of two hosts started at once only one stays.
 */
import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import {
  linkSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { privateFolder, writePrivateFile } from '../core/base/secure-files.ts';
import { startTime } from './processes.ts';

const HostFile = z.object({
  pid: z.number().int(),
  protocol: z.number().int(),
  socket: z.string().min(1),
  secret: z.string().regex(/^[0-9a-f]{64}$/),
  instance: z.string().min(1),
});
export type HostFile = z.infer<typeof HostFile>;

export const hostFilePath = (runDir: string): string => join(runDir, 'pty-host.json');
export const hostLogPath = (runDir: string): string => join(runDir, 'pty-host.log');

/** What the last host wrote about itself; undefined when there is none or it is damaged. */
export function readHostFile(runDir: string): HostFile | undefined {
  try {
    return HostFile.parse(JSON.parse(readFileSync(hostFilePath(runDir), 'utf8')));
  } catch {
    return undefined;
  }
}

export function writeHostFile(runDir: string, file: HostFile): void {
  writePrivateFile(hostFilePath(runDir), JSON.stringify(file));
}

/** Removes the file if it is still this host's. */
export function removeHostFile(runDir: string, instance: string): void {
  if (readHostFile(runDir)?.instance === instance) rmSync(hostFilePath(runDir), { force: true });
}

/** The kernel's limit for a socket path is 108 bytes on Linux and 104 on macOS, with the closing zero. */
const LONGEST_SOCKET_PATH = 103;

/**
 * Where the host of this run folder listens. A folder too deep for a socket gets a private one under the temporary
 * folder, named after its hash; Windows gets a named pipe.
 */
export function socketPath(runDir: string): string {
  const hash = createHash('sha256').update(runDir).digest('hex').slice(0, 24);
  if (process.platform === 'win32') return `\\\\.\\pipe\\aegis-pty-host-${hash}`;
  const path = join(runDir, 'pty-host.sock');
  if (Buffer.byteLength(path) <= LONGEST_SOCKET_PATH) return path;
  const folder = join(tmpdir(), `aegis-${userInfo().uid}`);
  // The temporary folder is everybody's: what somebody else prepared there, a link above all, is neither trusted nor
  // touched.
  if (!isOwnFolder(folder)) throw new Error(`${folder} is not a folder of this user`);
  privateFolder(folder);
  return join(folder, `${hash}.sock`);
}

/** Made by us now or before, and no link. */
function isOwnFolder(path: string): boolean {
  try {
    mkdirSync(path, { mode: 0o700 });
    return true;
  } catch {
    const stat = lstatSync(path);
    return stat.isDirectory() && stat.uid === userInfo().uid;
  }
}

/** HMAC proof of knowing the secret, bound to who speaks and to both nonces, so that none can be replayed. */
export const proof = (
  secret: string,
  who: 'client' | 'host',
  hostNonce: string,
  clientNonce: string,
): string =>
  createHmac('sha256', Buffer.from(secret, 'hex')).update(`${who}.${hostNonce}.${clientNonce}`).digest('hex');

/** Compares in constant time. */
export function sameProof(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}

interface LockOwner {
  pid: number;
  /** Tells a living owner from another process that got its number later. Null where the OS does not say. */
  started: string | null;
  nonce: string;
}

function readLock(path: string): LockOwner | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return z
      .object({ pid: z.number().int(), started: z.string().nullable(), nonce: z.string() })
      .parse(value);
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}

function ownerLives(owner: LockOwner): boolean {
  if (!isAlive(owner.pid)) return false;
  const started = startTime(owner.pid);
  return owner.started === null || started === null || owner.started === started;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Takes the host's lock for as long as this process lives. False: another host lives. Made by linking a complete file
 * into place, so nobody reads half of one; a dead owner's is moved aside first. Two that do so at once are told apart
 * by looking again after a moment.
 */
export async function takeLock(runDir: string): Promise<boolean> {
  const path = join(runDir, 'pty-host.lock');
  const nonce = randomBytes(12).toString('hex');
  const own = `${path}.${nonce}`;
  const me: LockOwner = { pid: process.pid, started: startTime(process.pid), nonce };
  writeFileSync(own, JSON.stringify(me), { mode: 0o600 });
  try {
    for (let attempt = 0; attempt < 20; attempt += 1) {
      if (tryLink(own, path)) {
        await pause(60);
        if (readLock(path)?.nonce === nonce) return true;
        continue;
      }
      const owner = readLock(path);
      if (owner && ownerLives(owner)) return false;
      moveStaleAside(path, owner);
    }
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch {
    return false;
  }
}

/** Moves a dead owner's lock away; if it turns out to be a new one, taken in between, puts it back. */
function moveStaleAside(path: string, stale: LockOwner | undefined): void {
  const aside = `${path}.stale.${randomBytes(6).toString('hex')}`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  const moved = readLock(aside);
  if (moved && moved.nonce !== stale?.nonce && ownerLives(moved)) tryLink(aside, path);
  rmSync(aside, { force: true });
}

export function releaseLock(runDir: string): void {
  const path = join(runDir, 'pty-host.lock');
  if (readLock(path)?.pid === process.pid) rmSync(path, { force: true });
}

/** Removes a dead host's socket. Only for the owner of the lock. */
export function removeStaleSocket(path: string): void {
  if (process.platform === 'win32') return;
  try {
    if (statSync(path).isSocket()) unlinkSync(path);
  } catch {
    // Nothing there.
  }
}
