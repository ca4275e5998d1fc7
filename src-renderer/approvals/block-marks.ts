/** What the page itself finds in a request, beside the risk the control plane has weighed. Pure. */
import type { RiskLevel } from '#contract';
import { type Marks, markCommand, markPlaces } from './danger.ts';
import { countTraps } from './lookalikes.ts';
import type { ToolBlock } from './tool-view.ts';

const NO_MARKS: Marks = { marks: [], more: false };

export function marksOf(block: ToolBlock, workDir: string): Marks {
  switch (block.kind) {
    case 'command':
      return markCommand(block.text, workDir);
    case 'place':
    case 'json':
      return markPlaces(block.text, workDir);
    case 'words':
    case 'diff':
      return NO_MARKS;
  }
}

const textOf = (block: ToolBlock): string =>
  block.kind === 'diff' ? `${block.path}\n${block.before}\n${block.after}` : block.text;

/** Chips in words: hidden characters, look-alike letters, and dangerous parts the risk level does not reflect. */
export function ownFindings(blocks: readonly ToolBlock[], workDir: string, risk: RiskLevel): string[] {
  const found: string[] = [];
  let hidden = 0;
  let lookalike = 0;
  let danger = 0;
  for (const block of blocks) {
    const traps = countTraps(textOf(block));
    hidden += traps.hidden;
    lookalike += traps.lookalike;
    danger += marksOf(block, workDir).marks.filter((mark) => mark.level === 'danger').length;
  }
  if (hidden > 0) found.push(`Holds ${hidden} hidden ${hidden === 1 ? 'character' : 'characters'}`);
  if (lookalike > 0) found.push(`Holds ${lookalike} look-alike ${lookalike === 1 ? 'letter' : 'letters'}`);
  if (danger > 0 && risk !== 'high')
    found.push(`Look at ${danger === 1 ? 'the part' : `the ${danger} parts`} marked red below`);
  return found;
}
