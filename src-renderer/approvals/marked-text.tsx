/** One row of agent text: hidden characters spelled out, dangerous parts and look-alike letters marked. */
import { memo } from 'react';
import { cx } from '../ui/cx.ts';
import { makeVisible } from '../ui/visible.ts';
import { lookalikes } from './lookalikes.ts';

export interface RowMark {
  /** Offsets into the row's text. */
  start: number;
  end: number;
  look: 'danger' | 'notice' | 'changed-add' | 'changed-remove' | 'found';
  title?: string | undefined;
}

const looks: Record<RowMark['look'], string> = {
  danger: 'rounded-sm bg-deny-soft text-deny font-semibold underline decoration-2 underline-offset-3',
  notice: 'rounded-sm bg-ask-soft text-ask underline decoration-dotted underline-offset-3',
  'changed-add': 'rounded-sm bg-allow text-bg',
  'changed-remove': 'rounded-sm bg-deny text-bg',
  found: 'rounded-sm bg-mark text-on-mark',
};

export const MarkedText = memo(function MarkedText({
  text,
  marks,
}: {
  text: string;
  marks: readonly RowMark[];
}) {
  return cutAt(text, marks).map(({ start, end, mark }) => {
    const piece = <Readable key={start} text={text.slice(start, end)} />;
    return mark ? (
      <mark key={start} title={mark.title} className={looks[mark.look]}>
        {piece}
      </mark>
    ) : (
      piece
    );
  });
});

/** Text without marks of its own, with everything that deceives the eye spelled out or pointed at. */
function Readable({ text }: { text: string }) {
  let at = 0;
  const imitators = new Set(lookalikes(text));
  return makeVisible(text).flatMap((segment) => {
    const start = at;
    at += segment.text.length;
    if (segment.kind === 'hidden')
      return (
        <span
          key={start}
          title="A character that cannot be seen"
          className="mx-px rounded-sm bg-deny-soft px-0.5 text-xs text-deny no-underline"
        >
          {segment.shown}
        </span>
      );
    return imitators.size === 0 ? segment.shown : withLookalikes(segment.text, start, imitators);
  });
}

function withLookalikes(text: string, offset: number, imitators: ReadonlySet<number>) {
  const out: React.ReactNode[] = [];
  let plain = '';
  let at = offset;
  for (const char of text) {
    if (imitators.has(at)) {
      out.push(plain);
      plain = '';
      out.push(
        <span
          key={at}
          title={`U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}: looks like a Latin letter but is not`}
          className={cx('rounded-sm bg-deny-soft text-deny underline decoration-wavy')}
        >
          {char}
        </span>,
      );
    } else plain += char;
    at += char.length;
  }
  out.push(plain);
  return out;
}

interface Piece {
  start: number;
  end: number;
  mark: RowMark | null;
}

/** Cuts the row at the marks; where two overlap, the first wins. */
function cutAt(text: string, marks: readonly RowMark[]): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  const push = (to: number, mark: RowMark | null) => {
    if (to > at) pieces.push({ start: at, end: to, mark });
    at = Math.max(at, to);
  };
  for (const mark of [...marks].sort((a, b) => a.start - b.start)) {
    push(Math.min(mark.start, text.length), null);
    push(Math.min(mark.end, text.length), mark);
  }
  push(text.length, null);
  return pieces;
}
