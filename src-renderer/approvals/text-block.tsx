/** A block of agent text in full: line numbers, marks, and a button that steps through the marked parts. */
import { ChevronDown } from 'lucide-react';
import { useMemo, useRef, useState } from 'react';
import { Button } from '../ui/button.tsx';
import { cx } from '../ui/cx.ts';
import { BlockFrame, sizeWords } from './block-frame.tsx';
import { MAX_MARKS, type Mark, type Marks } from './danger.ts';
import { MarkedText, type RowMark } from './marked-text.tsx';
import { type RowsHandle, RowsView } from './rows-view.tsx';
import { type Row, rowAt, textRows } from './text-rows.ts';

export interface TextBlockProps {
  title: string;
  text: string;
  marks: Marks;
  /**
   * `logical` shows every character in the order in which it is executed, also letters of right-to-left scripts;
   * `natural` lets them read as their writers expect.
   */
  order: 'logical' | 'natural';
}

export function TextBlock({ title, text, marks, order }: TextBlockProps) {
  const rows = useMemo(() => textRows(text), [text]);
  const handle = useRef<RowsHandle>(null);
  const lines = rows.at(-1)?.line ?? 1;
  const gutter = lines > 1;
  return (
    <BlockFrame
      title={title}
      text={text}
      facts={
        <>
          {rows.length > 1 || text.length > 200 ? sizeWords(text, lines) : null}
          <MarkStepper marks={marks} onStep={(mark) => handle.current?.scrollTo(rowAt(rows, mark.start))} />
        </>
      }
    >
      <RowsView
        label={title}
        count={rows.length}
        rowKey={(index) => rows[index]?.start ?? index}
        handle={handle}
        row={(index) => {
          const row = rows[index];
          return row ? (
            <div className="flex px-1">
              {gutter ? (
                <span aria-hidden="true" className="w-10 shrink-0 pr-3 text-right text-faint select-none">
                  {row.continued ? '↪' : row.line}
                </span>
              ) : null}
              <TextRow text={text} row={row} marks={marks.marks} order={order} />
            </div>
          ) : null;
        }}
      />
    </BlockFrame>
  );
}

function TextRow({
  text,
  row,
  marks,
  order,
}: {
  text: string;
  row: Row;
  marks: readonly Mark[];
  order: TextBlockProps['order'];
}) {
  let slice = text.slice(row.start, row.end);
  // CR before LF only ends the line.
  if (slice.endsWith('\r') && text[row.end] === '\n') slice = slice.slice(0, -1);
  const own = marks
    .filter((mark) => mark.start < row.end && mark.end > row.start)
    .map(
      (mark): RowMark => ({
        start: Math.max(0, mark.start - row.start),
        end: mark.end - row.start,
        look: mark.level,
        title: mark.reason,
      }),
    );
  return (
    <code
      dir="ltr"
      className={cx(
        'min-h-4.5 min-w-0 flex-1 px-2 whitespace-pre-wrap wrap-anywhere',
        order === 'logical' ? '[unicode-bidi:bidi-override]' : '[unicode-bidi:isolate]',
      )}
    >
      <MarkedText text={slice} marks={own} />
    </code>
  );
}

/** "3 marked parts": each press goes to the next one. */
function MarkStepper({ marks, onStep }: { marks: Marks; onStep: (mark: Mark) => void }) {
  const [next, setNext] = useState(0);
  const count = marks.marks.length;
  if (count === 0) return null;
  const step = () => {
    const mark = marks.marks[next % count];
    if (mark) onStep(mark);
    setNext((next + 1) % count);
  };
  const words = marks.more
    ? `more than ${MAX_MARKS} marked parts`
    : count === 1
      ? '1 marked part'
      : `${count} marked parts`;
  return (
    <Button size="sm" variant="quiet" icon={ChevronDown} onClick={step} title="Go to the next marked part">
      {words}
    </Button>
  );
}
