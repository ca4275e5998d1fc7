/** A change to a file as a diff, in full; unchanged stretches are folded behind a button that says how long they are. */
import { Minus, Plus } from 'lucide-react';
import { useMemo, useState } from 'react';
import { cx } from '../ui/cx.ts';
import { BlockFrame } from './block-frame.tsx';
import { isOutside, markPlaces } from './danger.ts';
import { type DiffRow, diffRows } from './diff-rows.ts';
import { diffLines } from './line-diff.ts';
import { MarkedText, type RowMark } from './marked-text.tsx';
import { RowsView } from './rows-view.tsx';

export interface DiffBlockProps {
  title: string;
  path: string;
  before: string;
  after: string;
  note: string | null;
  workDir: string;
}

export function DiffBlock({ title, path, before, after, note, workDir }: DiffBlockProps) {
  const diff = useMemo(() => diffLines(before, after), [before, after]);
  const [opened, setOpened] = useState<ReadonlySet<number>>(new Set());
  const rows = useMemo(() => diffRows(diff, opened), [diff, opened]);
  return (
    <BlockFrame
      title={
        <>
          {title} <PathText path={path} workDir={workDir} />
        </>
      }
      text={`${path}\n${before}\n${after}`}
      copy={after}
      facts={
        <span className="flex items-center gap-2">
          <Count icon={Plus} tone="text-allow" n={diff.added} word="added" />
          <Count icon={Minus} tone="text-deny" n={diff.removed} word="removed" />
        </span>
      }
    >
      {note || diff.coarse ? (
        <p className="border-b border-line bg-sunken px-3 py-1 text-sm text-muted">
          {note}
          {diff.coarse && before !== ''
            ? ' The texts differ too much to compare line by line: all old lines come first, then all new ones.'
            : null}
        </p>
      ) : null}
      <RowsView
        label={`${title}: ${path}`}
        count={rows.length}
        rowKey={(index) => rows[index]?.key ?? index}
        row={(index) => {
          const row = rows[index];
          if (!row) return null;
          if (row.type === 'line') return <DiffLineView row={row} />;
          return (
            <button
              type="button"
              className="my-0.5 block w-full bg-panel px-3 py-0.5 text-left font-sans text-sm text-muted hover:bg-hover"
              onClick={() => setOpened(new Set([...opened, row.fold]))}
            >
              Show {row.lines} unchanged lines
            </button>
          );
        }}
      />
    </BlockFrame>
  );
}

/** A path as the agent wrote it, marked when it leaves the folder or names a place that holds secrets. */
export function PathText({ path, workDir }: { path: string; workDir: string }) {
  const marks: RowMark[] = isOutside(path, workDir)
    ? [{ start: 0, end: path.length, look: 'danger', title: 'outside the folder of the session' }]
    : markPlaces(path, workDir).marks.map((mark) => ({ ...mark, look: mark.level, title: mark.reason }));
  return (
    <code dir="ltr" className="text-sm wrap-anywhere [unicode-bidi:bidi-override]">
      <MarkedText text={path} marks={marks} />
    </code>
  );
}

function Count({ icon: Icon, tone, n, word }: { icon: typeof Plus; tone: string; n: number; word: string }) {
  return (
    <span className={cx('inline-flex items-center', tone)}>
      <Icon size={12} aria-hidden="true" />
      {n}
      <span className="sr-only"> lines {word}</span>
    </span>
  );
}

const signs = { same: ' ', add: '+', remove: '−' };
const words = { same: '', add: 'added: ', remove: 'removed: ' };
const tints = { same: '', add: 'bg-allow-soft', remove: 'bg-deny-soft' };
const inks = { same: 'text-faint', add: 'text-allow', remove: 'text-deny' };

function DiffLineView({ row }: { row: Extract<DiffRow, { type: 'line' }> }) {
  const marks: RowMark[] = row.changed
    ? [{ ...row.changed, look: row.kind === 'add' ? 'changed-add' : 'changed-remove' }]
    : [];
  const number = (n: number | null) => (row.continued ? '' : (n ?? ''));
  return (
    <div className={cx('flex', tints[row.kind])}>
      <span aria-hidden="true" className={cx('flex shrink-0 select-none', inks[row.kind])}>
        <span className="w-9 pr-2 text-right max-sm:hidden">{number(row.oldLine)}</span>
        <span className="w-9 pr-2 text-right">{number(row.newLine)}</span>
        <span className="w-4 text-center font-semibold">{row.continued ? '↪' : signs[row.kind]}</span>
      </span>
      <code
        dir="ltr"
        className="min-h-4.5 min-w-0 flex-1 pr-2 whitespace-pre-wrap wrap-anywhere [unicode-bidi:isolate]"
      >
        <span className="sr-only">{words[row.kind]}</span>
        <MarkedText text={row.text} marks={marks} />
      </code>
    </div>
  );
}
