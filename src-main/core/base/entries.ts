import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Programs of ours that run in a process or thread of their own. */
const SOURCES = {
  'pty-host': '../../pty-host/main.ts',
  'ledger-writer': '../ledger/writer.ts',
  'ledger-reader': '../ledger/reader.ts',
} as const;
export type Entry = keyof typeof SOURCES;

/**
 * Where the entry's code is: the TypeScript source when this file itself runs from source (Node strips the types), the
 * bundle beside this one otherwise.
 */
export function entryPath(entry: Entry): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const bundled = [join(here, `${entry}.cjs`), join(here, '..', `${entry}.cjs`)].find((path) =>
    existsSync(path),
  );
  return bundled ?? join(here, SOURCES[entry]);
}
