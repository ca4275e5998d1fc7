import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  type Anchor,
  derivedLedgerKeys,
  fileLedgerKeys,
  itemAnchor,
  type LedgerKeys,
  storedLedgerKeys,
} from './ledger/index.ts';
import type { SystemKeychain } from './vault/index.ts';

export interface LedgerCustody {
  readonly path: string;
  readonly anchorPath: string;
  readonly keys: LedgerKeys;
  readonly anchors: readonly Anchor[];
}

/**
 * Where the ledger's signing key and its newest checkpoint are kept: in the system keychain; derived from the master
 * key on servers; in a private file where a ledger was begun without either. A ledger never changes its place by
 * itself: a key made anew would make the log look forged.
 */
export function ledgerCustody(
  stateDir: string,
  keychain: SystemKeychain | null,
  masterKey: string | undefined,
): LedgerCustody {
  const path = join(stateDir, 'ledger.db');
  const places = { path, anchorPath: join(stateDir, 'ledger.anchor') };
  if (masterKey !== undefined) {
    return { ...places, keys: derivedLedgerKeys(Buffer.from(masterKey, 'hex')), anchors: [] };
  }
  const keyFile = `${path}.key`;
  const inFile = fileLedgerKeys(keyFile);
  if (keychain === null || existsSync(keyFile)) return { ...places, keys: inFile, anchors: [] };
  const id = createHash('sha256').update(resolve(stateDir)).digest('hex').slice(0, 32);
  const inKeychain = storedLedgerKeys({
    load: () => keychain.load(`ledger-signing:${id}`),
    save: (secret) => keychain.save(`ledger-signing:${id}`, secret),
  });
  const isNew = !existsSync(path);
  const keys: LedgerKeys = {
    signingKey: () =>
      inKeychain.signingKey().catch((error: unknown) => {
        if (isNew || existsSync(keyFile)) return inFile.signingKey();
        throw error;
      }),
  };
  const anchor = itemAnchor('keychain', {
    load: async () => {
      const note = await keychain.loadText(`ledger-head:${id}`);
      return note === null ? null : Buffer.from(note);
    },
    save: (note) => keychain.saveText(`ledger-head:${id}`, note.toString('utf8')),
  });
  return { ...places, keys, anchors: [anchor] };
}
