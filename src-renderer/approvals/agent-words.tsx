/** Everything the agent sent with its request, visibly set apart as its own words. */
import { Quote } from 'lucide-react';
import { useMemo } from 'react';
import type { Approval } from '#contract';
import { visibleString } from '../ui/visible.ts';
import { marksOf } from './block-marks.ts';
import { DiffBlock } from './diff-block.tsx';
import { TextBlock } from './text-block.tsx';
import type { ToolBlock } from './tool-view.ts';

export function AgentWords({ approval, blocks }: { approval: Approval; blocks: readonly ToolBlock[] }) {
  return (
    <section
      aria-label="What the agent sent"
      className="flex flex-col gap-2 border-l-2 border-line-strong pl-3"
    >
      <h2 className="flex flex-wrap items-center gap-x-2 text-sm text-muted">
        <Quote size={13} aria-hidden="true" />
        <span>
          The agent's own words, in full, for its tool{' '}
          <code className="text-fg">{visibleString(approval.tool)}</code>
        </span>
      </h2>
      {blocks.map((block, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the blocks of one request never change
        <Block key={index} block={block} workDir={approval.work_dir} />
      ))}
    </section>
  );
}

function Block({ block, workDir }: { block: ToolBlock; workDir: string }) {
  const marks = useMemo(() => marksOf(block, workDir), [block, workDir]);
  if (block.kind === 'diff') return <DiffBlock {...block} workDir={workDir} />;
  const order = block.kind === 'command' || block.kind === 'place' ? 'logical' : 'natural';
  return <TextBlock title={block.title} text={block.text} marks={marks} order={order} />;
}
