import { describe, expect, it } from 'vitest';
import { ownFindings } from './block-marks.ts';
import { toolBlocks } from './tool-view.ts';

const found = (command: string, risk: 'low' | 'high' = 'low') =>
  ownFindings(toolBlocks('Bash', { command }), '/work/app', risk);

describe('own findings', () => {
  it('speaks up where the risk level says little', () => {
    expect(found('ls')).toEqual([]);
    expect(found('sudo ls; rm x')).toEqual(['Look at the 2 parts marked red below']);
    expect(found('sudo ls', 'high')).toEqual([]);
  });

  it('counts hidden characters and look-alikes over all blocks', () => {
    expect(found('ls \u202e p\u0430y', 'high')).toEqual([
      'Holds 1 hidden character',
      'Holds 1 look-alike letter',
    ]);
    const blocks = toolBlocks('Write', { file_path: 'a\u200b', content: '\u200b' });
    expect(ownFindings(blocks, '/work/app', 'low')).toEqual(['Holds 2 hidden characters']);
  });
});
