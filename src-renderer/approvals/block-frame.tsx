/** The frame around one block of what the agent sent: title, facts, traps, and a way to copy it. */
import { EyeOff, Languages } from 'lucide-react';
import { type ReactNode, useMemo } from 'react';
import { Badge } from '../ui/badge.tsx';
import { CopyButton } from '../ui/copy-button.tsx';
import { countTraps } from './lookalikes.ts';

export function BlockFrame({
  title,
  text,
  copy = text,
  facts,
  children,
}: {
  title: ReactNode;
  /** Everything in the block, to count traps in. */
  text: string;
  /** What the copy button takes; by default the text. */
  copy?: string | undefined;
  facts?: ReactNode;
  children: ReactNode;
}) {
  return (
    <figure className="m-0 overflow-hidden rounded-md border border-line-strong">
      <figcaption className="flex min-h-8 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-panel py-0.5 pr-1 pl-3">
        <span className="min-w-0 font-medium wrap-anywhere">{title}</span>
        <Traps text={text} />
        <span className="ml-auto flex flex-wrap items-center gap-2 text-sm text-faint tabular-nums">
          {facts}
          <CopyButton text={copy} label="Copy as sent" />
        </span>
      </figcaption>
      {children}
    </figure>
  );
}

function Traps({ text }: { text: string }) {
  const { hidden, lookalike } = useMemo(() => countTraps(text), [text]);
  return (
    <>
      {hidden > 0 ? (
        <Badge
          tone="deny"
          icon={EyeOff}
          title="Characters that cannot be seen or that reorder text; spelled out below"
        >
          {hidden} hidden {hidden === 1 ? 'character' : 'characters'}
        </Badge>
      ) : null}
      {lookalike > 0 ? (
        <Badge tone="deny" icon={Languages} title="Letters of another alphabet inside a Latin word">
          {lookalike} look-alike {lookalike === 1 ? 'letter' : 'letters'}
        </Badge>
      ) : null}
    </>
  );
}

export function sizeWords(text: string, lines: number): string {
  const count = lines === 1 ? '1 line' : `${lines.toLocaleString('en')} lines`;
  return `${count}, ${text.length.toLocaleString('en')} characters`;
}
