import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { JsonValue } from '#contract';
import { type ToolBlock, toolBlocks } from './tool-view.ts';

const kinds = (blocks: ToolBlock[]) => blocks.map((block) => `${block.kind}:${block.title}`);

describe('tool view', () => {
  it('sets the command apart from the words of the agent, and lists other fields', () => {
    const blocks = toolBlocks('Bash', {
      command: 'ls',
      description: 'harmless',
      timeout: 5,
      run_in_background: true,
    });
    expect(kinds(blocks)).toEqual(['command:Command', 'words:The agent says', 'json:Other fields']);
    expect(blocks[2]).toMatchObject({ text: expect.stringContaining('run_in_background') });
  });

  it('draws edits as diffs', () => {
    expect(toolBlocks('Edit', { file_path: '/a', old_string: 'x', new_string: 'y' })).toEqual([
      { kind: 'diff', title: 'Change', path: '/a', before: 'x', after: 'y', note: null },
    ]);
    const edits = [
      { old_string: '1', new_string: '2' },
      { old_string: '3', new_string: '4', replace_all: true },
    ];
    expect(kinds(toolBlocks('MultiEdit', { file_path: '/a', edits }))).toEqual([
      'diff:Change 1 of 2',
      'diff:Change 2 of 2',
      'json:Other fields',
    ]);
    expect(kinds(toolBlocks('Write', { file_path: '/a', content: 'x' }))).toEqual(['diff:New content']);
  });

  it('shows input of an unexpected shape whole', () => {
    expect(kinds(toolBlocks('Bash', ['rm', '-rf']))).toEqual(['json:Input']);
    expect(kinds(toolBlocks('Bash', { command: { nested: 1 } }))).toEqual(['json:Input']);
    expect(kinds(toolBlocks('MultiEdit', { file_path: '/a', edits: ['odd'] }))).toEqual(['json:Input']);
    expect(kinds(toolBlocks('mcp__x__y', 'text'))).toEqual(['json:Input']);
    expect(kinds(toolBlocks('X', null))).toEqual(['json:Input']);
  });

  it('never leaves a text unseen, whatever the shape', () => {
    const word = fc.string({ minLength: 8, maxLength: 12, unit: fc.constantFrom('q', 'w', 'z') });
    const value: fc.Arbitrary<JsonValue> = fc.oneof(
      word,
      fc.array(word, { maxLength: 2 }),
      fc.constant({ edits: 1 }),
    );
    const name = fc.constantFrom(
      'command',
      'description',
      'file_path',
      'old_string',
      'new_string',
      'content',
      'edits',
      'url',
      'path',
      'prompt',
      'other',
    );
    fc.assert(
      fc.property(
        fc.constantFrom('Bash', 'Edit', 'MultiEdit', 'Write', 'Foo'),
        fc.dictionary(name, value),
        (tool, input) => {
          const shown = JSON.stringify(toolBlocks(tool, input));
          const texts = JSON.stringify(input).match(/[qwz]{8,}/g) ?? [];
          for (const text of texts) expect(shown).toContain(text);
        },
      ),
    );
  });
});
