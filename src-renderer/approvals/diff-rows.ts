/** Flattens a diff into rows of bounded length that a virtual list can draw. Pure. */
import { changedPart, type Diff, type DiffLine, foldUnchanged } from './line-diff.ts';
import { ROW_LENGTH } from './text-rows.ts';

export type DiffRow =
  | {
      type: 'line';
      key: string;
      kind: DiffLine['kind'];
      text: string;
      oldLine: number | null;
      newLine: number | null;
      /** Second and later rows of a long line. */
      continued: boolean;
      /** The changed part within `text`, as offsets. */
      changed: { start: number; end: number } | null;
    }
  | { type: 'fold'; key: string; fold: number; lines: number };

/** @param opened numbers of the folded stretches to show in full */
export function diffRows(diff: Diff, opened: ReadonlySet<number>): DiffRow[] {
  const changes = changedParts(diff.lines);
  const rows: DiffRow[] = [];
  let fold = 0;
  for (const hunk of foldUnchanged(diff.lines)) {
    if (hunk.folded) {
      const number = fold++;
      if (!opened.has(number)) {
        rows.push({ type: 'fold', key: `fold-${number}`, fold: number, lines: hunk.lines.length });
        continue;
      }
    }
    for (const line of hunk.lines) pushLine(rows, line, changes.get(line) ?? null);
  }
  return rows;
}

function pushLine(rows: DiffRow[], line: DiffLine, changed: { start: number; end: number } | null): void {
  let at = 0;
  do {
    let end = Math.min(at + ROW_LENGTH, line.text.length);
    const last = line.text.charCodeAt(end - 1);
    if (end < line.text.length && last >= 0xd800 && last <= 0xdbff) end--;
    const part = changed && changed.start < end && changed.end > at ? changed : null;
    rows.push({
      type: 'line',
      key: `${line.kind}-${line.oldLine ?? ''}-${line.newLine ?? ''}-${at}`,
      kind: line.kind,
      text: line.text.slice(at, end),
      oldLine: line.oldLine,
      newLine: line.newLine,
      continued: at > 0,
      changed: part && { start: Math.max(0, part.start - at), end: Math.min(end, part.end) - at },
    });
    at = end;
  } while (at < line.text.length);
}

/** Pairs each run of removed lines with the run of added lines that follows it, line by line. */
function changedParts(lines: readonly DiffLine[]): Map<DiffLine, { start: number; end: number }> {
  const parts = new Map<DiffLine, { start: number; end: number }>();
  for (let i = 0; i < lines.length; ) {
    const removed = runOf(lines, i, 'remove');
    const added = runOf(lines, i + removed.length, 'add');
    for (let n = 0; n < Math.min(removed.length, added.length); n++) {
      const before = removed[n];
      const after = added[n];
      const part = before && after ? changedPart(before.text, after.text) : null;
      if (!before || !after || !part) continue;
      parts.set(before, { start: part.start, end: part.oldEnd });
      parts.set(after, { start: part.start, end: part.newEnd });
    }
    i += Math.max(1, removed.length + added.length);
  }
  return parts;
}

function runOf(lines: readonly DiffLine[], from: number, kind: DiffLine['kind']): DiffLine[] {
  let end = from;
  while (lines[end]?.kind === kind) end++;
  return lines.slice(from, end);
}
