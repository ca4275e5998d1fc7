import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';

/** Paths of all files below the folder that contain the bytes of the text, in UTF-8, UTF-16 or base64. */
export function filesWith(folder: string, text: string): string[] {
  const needles = encodings(text);
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => lstatSync(path, { throwIfNoEntry: false })?.isFile())
    .filter((path) => {
      const content = readFileSync(path);
      return needles.some((needle) => content.includes(needle));
    });
}

/** How many files are below the folder: a search that looked at none proves nothing. */
export const countFiles = (folder: string): number =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    lstatSync(join(folder, name), { throwIfNoEntry: false })?.isFile(),
  ).length;

/**
 * The text as it may lie in a file. In base64 three alignments are possible; the characters at the edges depend on the
 * neighbours and are left out.
 */
function encodings(text: string): Buffer[] {
  const bytes = Buffer.from(text, 'utf8');
  const base64 = [0, 1, 2].map((shift) => {
    const padded = Buffer.concat([Buffer.alloc(shift), bytes]);
    const coded = padded.toString('base64').replace(/=+$/, '');
    return Buffer.from(coded.slice(shift === 0 ? 0 : shift + 1, -1), 'utf8');
  });
  return [bytes, Buffer.from(text, 'utf16le'), Buffer.from(bytes.toString('hex')), ...base64];
}

/** A process and all below it, by process id. */
export function processTree(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const parent = /^PPid:\t(\d+)$/m.exec(readOr(`/proc/${name}/status`))?.[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const found = [root];
  for (const pid of found) {
    for (const [child, parent] of parents) if (parent === pid && !found.includes(child)) found.push(child);
  }
  return found;
}

/** Environment and arguments of a process, as the system has them. */
export const processFacts = (pid: number): string =>
  `${readOr(`/proc/${pid}/environ`)}\n${readOr(`/proc/${pid}/cmdline`)}\n${linkOr(`/proc/${pid}/exe`)}`;

function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // Ended meanwhile.
    return '';
  }
}

function linkOr(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return '';
  }
}

/** Everything a page holds that a script could read: document, fields, storage, cookies, address. */
export async function pageContent(page: Page): Promise<string> {
  return page.evaluate(async () => {
    const fields = [...document.querySelectorAll('input, textarea, select')].map(
      (field) => (field as HTMLInputElement).value,
    );
    const databases = await indexedDB.databases();
    return JSON.stringify([
      document.documentElement.outerHTML,
      fields,
      { ...localStorage },
      { ...sessionStorage },
      document.cookie,
      location.href,
      history.state,
      databases,
    ]);
  });
}

/** The page's whole script memory, after a collection: every string that anything still holds. */
export async function heapOf(page: Page): Promise<string> {
  const session = await page.context().newCDPSession(page);
  const chunks: string[] = [];
  session.on('HeapProfiler.addHeapSnapshotChunk', ({ chunk }) => chunks.push(chunk));
  await session.send('HeapProfiler.enable');
  await session.send('HeapProfiler.collectGarbage');
  await session.send('HeapProfiler.takeHeapSnapshot', { reportProgress: false });
  await session.detach();
  return chunks.join('');
}
