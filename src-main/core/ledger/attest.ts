import type { Head } from './head-file.ts';
import { EMPTY_ROOT, type Hash } from './merkle.ts';
import { type Checkpoint, NoteError, openCheckpoint, type Verifier } from './note.ts';

/** Something that shows the ledger is not what it was: the first entry concerned and what is wrong. */
export interface Finding {
  readonly seq: number;
  readonly problem: string;
}

/** A head kept outside the database: who keeps it and the signed note. */
export interface AnchoredNote {
  readonly name: string;
  readonly note: string;
}

/** A size and root the ledger must have had, and who says so. */
export interface Witness {
  readonly source: string;
  readonly size: number;
  readonly root: Hash;
}

/** Reads anchored notes; one that is not signed by the ledger's own key is a finding, not a witness. */
export function witnessesOf(
  notes: readonly AnchoredNote[],
  trusted: Verifier,
): { witnesses: Witness[]; findings: Finding[] } {
  const witnesses: Witness[] = [];
  const findings: Finding[] = [];
  for (const { name, note } of notes) {
    try {
      const { size, root }: Checkpoint = openCheckpoint(note, trusted);
      witnesses.push({ source: name, size, root });
    } catch (error) {
      if (!(error instanceof NoteError)) throw error;
      findings.push({ seq: 1, problem: `${name}: ${error.message}` });
    }
  }
  return { witnesses, findings };
}

export const cutAt = (size: number, witness: Witness): Finding => ({
  seq: size + 1,
  problem:
    witness.size === size + 1
      ? `Entry ${size + 1} is missing: the end was cut off, or an older copy was put back (${witness.source}).`
      : `Entries ${size + 1} to ${witness.size} are missing: the end was cut off, or an older copy was put back (${witness.source}).`,
});

export const rewrittenBefore = (good: number, witness: Witness): Finding => ({
  seq: good + 1,
  problem: `The entries from ${good + 1} to ${witness.size} are not those that were recorded: their root differs from the one kept outside the database (${witness.source}, ${witness.root.slice(0, 16)}…).`,
});

export interface Attestation {
  readonly findings: Finding[];
  /** Entries beyond the newest head that a power loss explains: they were durable before the head file was. */
  readonly recoveredFrom: number | undefined;
}

/**
 * Compares the database with what is kept outside it, by the stored tree alone: quick enough for every start. That the
 * tree fits the entries is what verify() checks.
 */
export function attest(
  size: number,
  rootAt: (size: number) => Hash,
  heads: readonly Head[],
  anchors: { witnesses: readonly Witness[]; findings: readonly Finding[] },
  boot: string,
): Attestation {
  const findings: Finding[] = [...anchors.findings];
  let good = 0;
  for (const witness of [...anchors.witnesses].sort((a, b) => a.size - b.size)) {
    if (witness.size > size) findings.push(cutAt(size, witness));
    else if (rootAt(witness.size) !== witness.root) findings.push(rewrittenBefore(good, witness));
    else good = witness.size;
  }
  const isHere = heads.some((head) => head.size === size && head.root === rootAt(size));
  if (isHere || (size === 0 && heads.length === 0)) return { findings, recoveredFrom: undefined };
  return againstHeads(size, rootAt, heads, good, boot, findings);
}

function againstHeads(
  size: number,
  rootAt: (size: number) => Hash,
  heads: readonly Head[],
  good: number,
  boot: string,
  findings: Finding[],
): Attestation {
  // The smaller one was committed for sure; the larger one may have been announced only.
  const sure = heads[0];
  if (!sure) {
    findings.push({
      seq: good + 1,
      problem: 'The file that keeps the newest head is missing or was not written by this ledger.',
    });
    return { findings, recoveredFrom: undefined };
  }
  const witness: Witness = { source: 'newest head', size: sure.size, root: sure.root };
  if (size < sure.size) {
    if (findings.length === 0) findings.push(cutAt(size, witness));
    return { findings, recoveredFrom: undefined };
  }
  const last = heads.filter((head) => head.size <= size).at(-1) ?? sure;
  const fits = (last.size === 0 ? EMPTY_ROOT : rootAt(last.size)) === last.root;
  if (!fits) {
    if (findings.length === 0) findings.push(rewrittenBefore(good, { ...last, source: 'newest head' }));
    return { findings, recoveredFrom: undefined };
  }
  // A commit happens whole: it never ends between what was confirmed and what was announced.
  const announced = heads.find((head) => head.size > size);
  if (announced && last.size < size) {
    findings.push(cutAt(size, { ...announced, source: 'newest head' }));
    return { findings, recoveredFrom: undefined };
  }
  if (last.boot !== boot) return { findings, recoveredFrom: last.size + 1 };
  findings.push({
    seq: last.size + 1,
    problem: `The entries from ${last.size + 1} on were not written by this ledger, or while its key could not be had.`,
  });
  return { findings, recoveredFrom: undefined };
}
