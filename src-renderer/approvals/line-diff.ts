/** A line diff after Myers (1986, "An O(ND) difference algorithm"), with a bound on the work. */

export interface DiffLine {
  kind: 'same' | 'add' | 'remove';
  text: string;
  /** 1-based line in the old text; null for added lines. */
  oldLine: number | null;
  /** 1-based line in the new text; null for removed lines. */
  newLine: number | null;
}

export interface Diff {
  lines: DiffLine[];
  added: number;
  removed: number;
  /** True when the texts differ too much to compare line by line: everything removed, then everything added. */
  coarse: boolean;
}

/** Most differences followed before giving up: bounds memory to about 4 MB and time to some milliseconds. */
const MAX_DIFFERENCES = 1000;

/** Splits like an editor: a final line feed does not start another line; CR stays visible in the line. */
export function linesOf(text: string): string[] {
  if (text === '') return [];
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

export function diffLines(oldText: string, newText: string, maxDifferences = MAX_DIFFERENCES): Diff {
  const a = linesOf(oldText);
  const b = linesOf(newText);
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head++;
  let tail = 0;
  while (
    tail < a.length - head &&
    tail < b.length - head &&
    a[a.length - 1 - tail] === b[b.length - 1 - tail]
  )
    tail++;

  const middleA = a.slice(head, a.length - tail);
  const middleB = b.slice(head, b.length - tail);
  const script = editScript(middleA, middleB, maxDifferences);
  const coarse = script === null;
  const moves = script ?? [...middleA.map(() => 'remove' as const), ...middleB.map(() => 'add' as const)];

  const out: DiffLine[] = [];
  let oldLine = 0;
  let newLine = 0;
  const push = (kind: DiffLine['kind']) => {
    const text = (kind === 'add' ? b[newLine] : a[oldLine]) ?? '';
    if (kind !== 'add') oldLine++;
    if (kind !== 'remove') newLine++;
    out.push({
      kind,
      text,
      oldLine: kind === 'add' ? null : oldLine,
      newLine: kind === 'remove' ? null : newLine,
    });
  };
  for (let i = 0; i < head; i++) push('same');
  for (const move of moves) push(move);
  for (let i = 0; i < tail; i++) push('same');
  return {
    lines: out,
    added: out.filter((line) => line.kind === 'add').length,
    removed: out.filter((line) => line.kind === 'remove').length,
    coarse,
  };
}

/** The shortest list of moves from `a` to `b`, removals before additions; null when it needs more than `max`. */
function editScript(a: readonly string[], b: readonly string[], max: number): DiffLine['kind'][] | null {
  const n = a.length;
  const m = b.length;
  if (n === 0) return b.map(() => 'add');
  if (m === 0) return a.map(() => 'remove');
  const limit = Math.min(n + m, max);
  const offset = limit + 1;
  const best = new Int32Array(2 * limit + 3);
  /** For each number of differences, the furthest points before that step: diagonals -d..d. */
  const trace: Int32Array[] = [];
  for (let d = 0; d <= limit; d++) {
    trace.push(best.slice(offset - d - 1, offset + d + 2));
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && at(best, offset + k - 1) < at(best, offset + k + 1));
      let x = down ? at(best, offset + k + 1) : at(best, offset + k - 1) + 1;
      let y = x - k;
      while (x < n && y < m && a[x] === b[y]) {
        x++;
        y++;
      }
      best[offset + k] = x;
      if (x >= n && y >= m) return walkBack(trace, n, m);
    }
  }
  return null;
}

function walkBack(trace: readonly Int32Array[], n: number, m: number): DiffLine['kind'][] {
  const moves: DiffLine['kind'][] = [];
  let x = n;
  let y = m;
  for (let d = trace.length - 1; d >= 0; d--) {
    const best = trace[d] ?? new Int32Array(3);
    const middle = d + 1;
    const k = x - y;
    const down = k === -d || (k !== d && at(best, middle + k - 1) < at(best, middle + k + 1));
    const fromK = down ? k + 1 : k - 1;
    const fromX = d === 0 ? 0 : at(best, middle + fromK);
    const fromY = d === 0 ? 0 : fromX - fromK;
    while (x > fromX && y > fromY) {
      moves.push('same');
      x--;
      y--;
    }
    if (d === 0) break;
    moves.push(down ? 'add' : 'remove');
    x = fromX;
    y = fromY;
  }
  return moves.reverse();
}

const at = (array: Int32Array, index: number): number => array[index] ?? 0;

/** A stretch of a diff: lines to show, or unchanged lines that may be folded away behind a button. */
export interface Hunk {
  folded: boolean;
  lines: DiffLine[];
}

/** Folds unchanged stretches, leaving `context` lines around each change. */
export function foldUnchanged(lines: readonly DiffLine[], context = 3): Hunk[] {
  const keep = new Uint8Array(lines.length);
  lines.forEach((line, index) => {
    if (line.kind === 'same') return;
    keep.fill(1, Math.max(0, index - context), Math.min(lines.length, index + context + 1));
  });
  const hunks: Hunk[] = [];
  for (let i = 0; i < lines.length; ) {
    const kept = keep[i];
    let end = i;
    while (end < lines.length && keep[end] === kept) end++;
    const part = lines.slice(i, end);
    // Folding one or two lines saves nothing: the button is as tall as they are.
    const folded = kept === 0 && part.length > 2;
    const last = hunks.at(-1);
    if (!folded && last && !last.folded) last.lines.push(...part);
    else hunks.push({ folded, lines: part });
    i = end;
  }
  return hunks;
}

/** The changed middle of a removed line and the added line that replaced it, as offsets; null when all differs. */
export function changedPart(
  before: string,
  after: string,
): { start: number; oldEnd: number; newEnd: number } | null {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let tail = 0;
  while (
    tail < before.length - start &&
    tail < after.length - start &&
    before[before.length - 1 - tail] === after[after.length - 1 - tail]
  )
    tail++;
  if (start + tail === 0) return null;
  return { start, oldEnd: before.length - tail, newEnd: after.length - tail };
}
