import type { VerifyResult } from '#contract';
import type { Anchors } from './anchors.ts';
import { type Finding, type Witness, witnessesOf } from './attest.ts';
import type { Verifier } from './note.ts';
import { resultOf } from './offline.ts';
import type { CallOptions } from './reader-client.ts';
import type { Reading } from './reading.ts';
import type { WriterClient } from './writer-client.ts';

/**
 * Verifies a ledger that is being written. Beside what is kept outside, the writer itself is a witness: it knows the
 * size and root of what it wrote, whatever was done to the file since.
 */
export async function verifyRunning(
  parts: { writer: WriterClient; anchors: Anchors; reading: Reading; verifier: Verifier | undefined },
  options: CallOptions,
): Promise<VerifyResult> {
  const { writer, anchors, reading, verifier } = parts;
  const started = performance.now();
  const head = await writer.checkpoint();
  const running: Witness[] = head ? [{ source: 'the running ledger', size: head.size, root: head.root }] : [];
  const anchored = verifier ? witnessesOf(await anchors.load(), verifier) : { witnesses: [], findings: [] };
  const input = { witnesses: [...running, ...anchored.witnesses], vkey: verifier?.vkey ?? null };
  const done = await reading.call('verify', input, options);
  // The pass may have seen entries newer than the head asked for, but none the writer does not know by now.
  const after = head && (await writer.checkpoint());
  const foreign = after && done.entries > after.size ? addedFrom(after.size + 1) : undefined;
  return resultOf(done, done.first_bad ?? anchored.findings[0] ?? foreign, started);
}

const addedFrom = (seq: number): Finding => ({
  seq,
  problem: `The entries from ${seq} on were not written by this ledger.`,
});
