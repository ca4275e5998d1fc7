import { statSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  derivedLedgerKeys,
  fileLedgerKeys,
  itemAnchor,
  type LedgerKeys,
  type SecretItem,
  storedLedgerKeys,
} from './index.ts';
import { keyOfSeed, seedOfKey } from './keys.ts';
import { NoteError, openCheckpoint, parseVkey, signCheckpoint, verifierOfKey } from './note.ts';
import { fill, LedgerFolder, sampleEvent } from './testing/ledgers.ts';

let folder: LedgerFolder;
beforeEach(() => {
  folder = new LedgerFolder();
});
afterEach(() => folder.remove());

/** An item of a keychain that can be locked. */
class Item implements SecretItem {
  value: Buffer | null = null;
  locked = false;

  async load(): Promise<Buffer | null> {
    if (this.locked) throw new Error('The keychain is locked.');
    return this.value;
  }
  async save(value: Buffer): Promise<void> {
    if (this.locked) throw new Error('The keychain is locked.');
    this.value = value;
  }
}

const vkeyOf = async (keys: LedgerKeys): Promise<string> => verifierOfKey(await keys.signingKey()).vkey;

test('a key is made once and found again', async () => {
  const item = new Item();
  expect(await vkeyOf(storedLedgerKeys(item))).toBe(await vkeyOf(storedLedgerKeys(item)));
  const path = `${folder.db}.key`;
  expect(await vkeyOf(fileLedgerKeys(path))).toBe(await vkeyOf(fileLedgerKeys(path)));
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('a key derived from a master key is the same everywhere, and not the master key', async () => {
  const masterKey = Buffer.alloc(32, 5);
  const keys = derivedLedgerKeys(masterKey);
  expect(await vkeyOf(keys)).toBe(await vkeyOf(derivedLedgerKeys(masterKey)));
  expect(await vkeyOf(keys)).not.toBe(await vkeyOf(derivedLedgerKeys(Buffer.alloc(32, 6))));
  expect(seedOfKey(await keys.signingKey())).not.toEqual(masterKey);
});

test('while the key cannot be had the ledger records, says so, and signs once it can', async () => {
  const [item, head] = [new Item(), new Item()];
  const options = { keys: storedLedgerKeys(item), anchors: [itemAnchor('keychain', head)] };
  const first = await folder.open(options);
  await fill(first, 10);
  await first.dispose();

  item.locked = true;
  head.locked = true;
  const second = await folder.open(options);
  await fill(second, 10);
  expect(second.status()).toMatchObject({ state: 'degraded', detail: expect.stringContaining('signed') });
  item.locked = false;
  head.locked = false;
  await second.unseal();
  await second.append(sampleEvent(0));
  expect(second.status().state).toBe('ok');
  expect(second.list({ action: 'ledger.recovered' }).items[0]?.reason).toContain('11 to 20');
  expect(await second.verify()).toMatchObject({ valid: true, entries: 22 });
  await second.dispose();
  expect(head.value?.toString()).toContain('\n22\n');

  const third = await folder.open(options);
  expect(await third.verify()).toMatchObject({ valid: true, entries: 22 });
  await third.dispose();
});

test('what was written in a run that never had the key cannot be vouched for, and that is said', async () => {
  const item = new Item();
  const first = await folder.open({ keys: storedLedgerKeys(item) });
  await fill(first, 10);
  await first.dispose();
  item.locked = true;
  const second = await folder.open({ keys: storedLedgerKeys(item) });
  await fill(second, 10);
  await second.dispose();
  item.locked = false;
  const third = await folder.open({ keys: storedLedgerKeys(item) });
  expect(third.status()).toMatchObject({ state: 'degraded', detail: expect.stringContaining('11') });
  await third.dispose();
});

test('what was found is let go by a person, with a reason, on the record', async () => {
  const ledger = await folder.open();
  await fill(ledger, 20);
  await ledger.dispose();
  folder.tamper((db) => db.exec('DELETE FROM entries WHERE seq > 15'));
  const again = await folder.open();
  expect((await again.verify()).valid).toBe(false);
  const entry = await again.acceptTampering('owner', 'restored from backup');
  expect(entry).toMatchObject({
    action: 'ledger.tampering_accepted',
    actor: 'owner',
    reason: 'restored from backup',
  });
  expect(again.status().state).toBe('ok');
  expect(await again.verify()).toMatchObject({ valid: true });
  await again.dispose();
  expect(await folder.verify()).toMatchObject({ valid: true });
  const last = await folder.open();
  expect(last.status().state).toBe('ok');
  await last.dispose();
});

// The example of the signed-note specification of Go's sumdb, whose format C2SP took over.
test('a key and note made by another implementation are read', () => {
  const vkey = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
  expect(parseVkey(vkey).vkey).toBe(vkey);
  const text =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
  const signature =
    'x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=';
  // Its text is no checkpoint, so what fails is the reading after the signature was found right.
  expect(() => openCheckpoint(`${text}\n\u2014 PeterNeumann ${signature}\n`, parseVkey(vkey))).toThrow(
    'The signed text is not a checkpoint.',
  );
  const forged = text.replace('answer', 'Answer');
  expect(() => openCheckpoint(`${forged}\n\u2014 PeterNeumann ${signature}\n`, parseVkey(vkey))).toThrow(
    'not signed by',
  );
});

test('checkpoints read back, and only with the right key', () => {
  const key = keyOfSeed(Buffer.alloc(32, 1));
  const verifier = verifierOfKey(key);
  const root = 'ab'.repeat(32);
  const note = signCheckpoint(7, root, '2026-01-02T03:04:05.678Z', key, verifier);
  expect(openCheckpoint(note, parseVkey(verifier.vkey))).toEqual({
    origin: verifier.name,
    size: 7,
    root,
    time: '2026-01-02T03:04:05.678Z',
  });
  for (const wrong of [
    note.replace('\n7\n', '\n8\n'),
    note.slice(0, -1),
    `${note}x`,
    note.replace('\n\n', '\n'),
    '',
  ]) {
    expect(() => openCheckpoint(wrong, verifier)).toThrow(NoteError);
  }
  expect(() => openCheckpoint(note, verifierOfKey(keyOfSeed(Buffer.alloc(32, 2))))).toThrow(NoteError);
  for (const wrong of [
    '',
    'a+b',
    `${verifier.vkey}x`,
    verifier.vkey.replace(/\+[0-9a-f]{8}\+/, '+00000000+'),
  ]) {
    expect(() => parseVkey(wrong)).toThrow(NoteError);
  }
});
