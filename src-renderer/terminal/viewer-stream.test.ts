import { describe, expect, it } from 'vitest';
import type { HostFrame } from '#contract/terminal-frames.ts';
import { ViewerStream } from './viewer-stream.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const snapshot = (offset: number, text = ''): HostFrame => ({
  type: 'snapshot',
  meta: { version: 1, offset, cols: 80, rows: 24, scrollback: 1000, title: 't', reason: 'attach' },
  data: bytes(text),
});
const output = (offset: number, text: string): HostFrame => ({ type: 'output', offset, data: bytes(text) });
const steps = (stream: ViewerStream, ...frames: HostFrame[]) =>
  frames
    .flatMap((frame) => stream.accept(frame))
    .map((step) => ('offset' in step ? `${step.do}@${step.offset}` : step.do));

describe('viewer stream', () => {
  it('starts with the snapshot and joins the output to it', () => {
    const stream = new ViewerStream();
    expect(
      steps(stream, output(5, 'early'), snapshot(10, 'screen'), output(10, 'abc'), output(13, 'd')),
    ).toEqual(['reset', 'write@10', 'title', 'write@13', 'write@14']);
  });

  it('asks once for a fresh snapshot when bytes are missing or come twice', () => {
    for (const wrong of [output(12, 'x'), output(9, 'x')]) {
      const stream = new ViewerStream();
      stream.accept(snapshot(10));
      expect(steps(stream, wrong, output(13, 'y'), snapshot(20), output(20, 'z'))).toEqual([
        'refresh',
        'reset',
        'write@20',
        'title',
        'write@21',
      ]);
    }
  });

  it('takes a new snapshot at any time, and resizes only what it shows', () => {
    const stream = new ViewerStream();
    const resized: HostFrame = { type: 'resized', cols: 100, rows: 30 };
    expect(steps(stream, resized, snapshot(0), resized, snapshot(500), output(500, 'a'))).toEqual([
      'reset',
      'write@0',
      'title',
      'resize',
      'reset',
      'write@500',
      'title',
      'write@501',
    ]);
  });

  it('passes on the end and the title', () => {
    const stream = new ViewerStream();
    expect(stream.accept({ type: 'exited', status: { exit_code: 1, signal: null } })).toEqual([
      { do: 'exited', status: { exit_code: 1, signal: null } },
    ]);
    expect(stream.accept({ type: 'title', title: 'x' })).toEqual([{ do: 'title', title: 'x' }]);
  });
});
