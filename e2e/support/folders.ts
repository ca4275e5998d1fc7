import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A fresh folder below the system's temporary folder, by its real path (macOS links /tmp). */
export function freshFolder(purpose: string): string {
  return realpathSync(mkdtempSync(join(tmpdir(), `aegis-e2e-${purpose}-`)));
}

export function removeFolder(folder: string): void {
  // A process that is just ending may still write there.
  rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
}

/** The checkout under test: where out/, resources/ and node_modules/ are. */
export const checkout = join(import.meta.dirname, '..', '..');

/** Where screenshots and reports go. */
export const results = process.env.AEGIS_E2E_RESULTS ?? join(checkout, 'artifacts');
