import { memo, useMemo } from 'react';
import { cx } from './cx.ts';
import { makeVisible, type VisibleSegment } from './visible.ts';

/** A part of the text to point out, in UTF-16 offsets of the original text. */
export interface TextMark {
  start: number;
  end: number;
  /** Why it is marked; shown on hover and read out. */
  title?: string | undefined;
}

export interface CodeTextProps {
  text: string;
  marks?: readonly TextMark[] | undefined;
  /** In a line of other text, without wrapping. */
  inline?: boolean | undefined;
  /** Long lines run on instead of wrapping; the box scrolls. */
  noWrap?: boolean | undefined;
  className?: string | undefined;
}

/** Untrusted text in mono, as plain text, with hidden and direction-changing characters spelled out. */
export const CodeText = memo(function CodeText({
  text,
  marks = [],
  inline = false,
  noWrap = false,
  className,
}: CodeTextProps) {
  const pieces = useMemo(() => cut(text, marks), [text, marks]);
  const Tag = inline ? 'code' : 'pre';
  return (
    // One direction for the whole text: right-to-left letters inside it cannot move their neighbours' order.
    <Tag
      dir="ltr"
      className={cx(
        'font-mono text-sm [unicode-bidi:isolate]',
        inline ? 'break-all' : 'm-0 overflow-x-auto',
        !inline && (noWrap ? 'whitespace-pre' : 'whitespace-pre-wrap wrap-anywhere'),
        className,
      )}
    >
      {pieces.map(({ key, segments, mark }) =>
        mark ? (
          <mark key={key} title={mark.title} className="rounded-sm bg-mark px-0.5 text-on-mark">
            {segments.map(segmentNode)}
          </mark>
        ) : (
          segments.map(segmentNode)
        ),
      )}
    </Tag>
  );
});

function segmentNode(segment: VisibleSegment, index: number) {
  return segment.kind === 'text' ? (
    segment.shown
  ) : (
    <span
      key={index}
      title="A character that cannot be seen"
      className="rounded-sm bg-deny-soft px-0.5 text-xs text-deny"
    >
      {segment.shown}
    </span>
  );
}

interface Piece {
  key: number;
  segments: VisibleSegment[];
  mark: TextMark | null;
}

/** Cuts the text at the marks. Overlapping marks: the one that starts first wins. */
export function cut(text: string, marks: readonly TextMark[]): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  const push = (to: number, mark: TextMark | null) => {
    if (to > at) pieces.push({ key: at, segments: makeVisible(text.slice(at, to)), mark });
    at = Math.max(at, to);
  };
  for (const mark of [...marks].sort((a, b) => a.start - b.start)) {
    if (mark.end <= at || mark.start < at) continue;
    push(Math.min(mark.start, text.length), null);
    push(Math.min(mark.end, text.length), mark);
  }
  push(text.length, null);
  return pieces;
}
