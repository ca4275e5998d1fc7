import canonicalize from 'canonicalize';
import { AegisError, messageOf } from '../base/errors.ts';
import type { Finding } from './attest.ts';
import { ZERO_HASH } from './canonical.ts';
import { jsonLine } from './export-format.ts';
import { Frontier, leafHash, verifyInclusion } from './merkle.ts';
import { type Checkpoint, NoteError, openCheckpoint, parseVkey } from './note.ts';

export interface VerifiedExport {
  readonly valid: boolean;
  /** Entries in the file, and in the signed ledger they are from. */
  readonly entries: number;
  readonly size: number;
  /** Whether the file is the whole ledger; otherwise every entry was verified by its own proof. */
  readonly complete: boolean;
  readonly first_bad?: Finding;
}

interface Line {
  readonly text: string;
  readonly entry: { seq: number; prev_hash: string; hash: string; proof?: string[] };
}

/**
 * Verifies an exported file (JSON Lines or JSON, line by line) with only the public key, away from any ledger. Throws
 * INVALID_INPUT when the file is no export or the key is none.
 */
export async function verifyExport(lines: AsyncIterable<string>, vkey: string): Promise<VerifiedExport> {
  const entries: Line[] = [];
  let note: unknown;
  for await (const line of lines) {
    const parsed = parseLine(line);
    if (parsed === undefined) continue;
    if ('checkpoint' in parsed.value) note = parsed.value.checkpoint;
    else entries.push({ text: parsed.text, entry: parsed.value as Line['entry'] });
  }
  const checkpoint = checkpointOf(note, vkey);
  const { size } = checkpoint;
  const last = entries.at(-1)?.entry.seq ?? 0;
  const complete = entries.length === size && last === size;
  const finding = check(entries, checkpoint, complete);
  const rest = { entries: entries.length, size, complete };
  return finding ? { valid: false, ...rest, first_bad: finding } : { valid: true, ...rest };
}

function parseLine(line: string): { text: string; value: Record<string, unknown> } | undefined {
  const text = line.replace(/^,/, '');
  if (text === '' || text === ']}') return undefined;
  try {
    return { text, value: JSON.parse(text.endsWith('"entries":[') ? `${text}]}` : text) };
  } catch {
    throw new AegisError('INVALID_INPUT', 'The file is not an export of the ledger: a line is not JSON.', {
      hint: 'Export again as JSON Lines or JSON; CSV cannot be verified.',
    });
  }
}

function checkpointOf(note: unknown, vkey: string): Checkpoint {
  try {
    if (typeof note !== 'string') throw new NoteError('The file has no signed checkpoint.');
    return openCheckpoint(note, parseVkey(vkey));
  } catch (error) {
    if (!(error instanceof NoteError)) throw error;
    throw new AegisError('INVALID_INPUT', `The export cannot be verified. ${messageOf(error)}`, {
      hint: 'Use the public key of the ledger it was exported from; GET /v1/audit/checkpoint gives it.',
    });
  }
}

function check(entries: readonly Line[], { size, root }: Checkpoint, complete: boolean): Finding | undefined {
  const frontier = new Frontier();
  let before = { seq: 0, hash: ZERO_HASH };
  for (const { text, entry } of entries) {
    const { hash, proof, ...fields } = entry;
    const { seq } = entry;
    const bad = (problem: string): Finding => ({ seq, problem: `Entry ${seq} ${problem}.` });
    const body = canonicalize(fields) ?? '';
    if (text !== jsonLine(body, hash, proof)) return bad('is not written as it was exported');
    const leaf = leafHash(body);
    if (leaf !== hash) return bad('was changed: its content does not fit its hash');
    if (seq <= before.seq) return bad('is out of order');
    if (seq === before.seq + 1 && entry.prev_hash !== before.hash)
      return bad('does not follow from the one before it');
    if (proof ? !verifyInclusion(leaf, seq - 1, size, proof, root) : !complete) {
      return bad(
        proof
          ? 'has a proof that does not lead to the signed root'
          : 'has no proof, and the file is only a part',
      );
    }
    frontier.add(leaf);
    before = { seq, hash };
  }
  if (!complete || frontier.root() === root) return undefined;
  return { seq: 1, problem: 'The entries do not lead to the signed root.' };
}
