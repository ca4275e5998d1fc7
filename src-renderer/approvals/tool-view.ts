/**
 * Turns a tool's input into what the dialog draws. Fields it knows get a fitting view; every other field is listed
 * as well, and input of an unexpected shape is shown whole: nothing an agent sends can stay unseen.
 */
import type { JsonValue } from '#contract';

export type ToolBlock =
  /** Text that would be run. */
  | { kind: 'command'; title: string; text: string }
  /** A path or address. */
  | { kind: 'place'; title: string; text: string }
  /** Words the agent wrote about its own request. */
  | { kind: 'words'; title: string; text: string }
  | { kind: 'diff'; title: string; path: string; before: string; after: string; note: string | null }
  | { kind: 'json'; title: string; text: string };

type Fields = { [key: string]: JsonValue };

const isFields = (value: JsonValue | undefined): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads named fields and remembers which were shown. */
class Reader {
  readonly #fields: Fields;
  readonly #seen = new Set<string>();

  constructor(fields: Fields) {
    this.#fields = fields;
  }

  /** The text of a field, or null when it is absent or not text; only text counts as seen. */
  text(name: string): string | null {
    const value = this.#fields[name];
    if (typeof value !== 'string') return null;
    this.#seen.add(name);
    return value;
  }

  list(name: string): JsonValue[] | null {
    const value = this.#fields[name];
    if (!Array.isArray(value)) return null;
    this.#seen.add(name);
    return value;
  }

  has(name: string, type: 'string'): boolean {
    return typeof this.#fields[name] === type;
  }

  rest(): ToolBlock[] {
    const left = Object.entries(this.#fields).filter(([name]) => !this.#seen.has(name));
    if (left.length === 0) return [];
    return [{ kind: 'json', title: 'Other fields', text: JSON.stringify(Object.fromEntries(left), null, 2) }];
  }
}

const whole = (input: JsonValue): ToolBlock[] => [
  { kind: 'json', title: 'Input', text: typeof input === 'string' ? input : JSON.stringify(input, null, 2) },
];

/** The blocks for one request, top to bottom. */
export function toolBlocks(tool: string, input: JsonValue): ToolBlock[] {
  if (!isFields(input)) return whole(input);
  const read = new Reader(input);
  if (read.has('command', 'string')) return commandBlocks(read);
  if (tool === 'MultiEdit' && read.has('file_path', 'string'))
    return multiEditBlocks(read, input) ?? whole(input);
  if (read.has('file_path', 'string') && read.has('old_string', 'string') && read.has('new_string', 'string'))
    return editBlocks(read);
  if (read.has('file_path', 'string') && read.has('content', 'string')) return writeBlocks(read);
  if (read.has('url', 'string')) return placeBlocks(read, 'url', 'Address');
  for (const name of ['file_path', 'notebook_path', 'path'])
    if (read.has(name, 'string')) return placeBlocks(read, name, 'Path');
  return whole(input);
}

function commandBlocks(read: Reader): ToolBlock[] {
  const command = read.text('command') ?? '';
  const description = read.text('description');
  return [
    { kind: 'command', title: 'Command', text: command },
    ...(description === null ? [] : [{ kind: 'words' as const, title: 'The agent says', text: description }]),
    ...read.rest(),
  ];
}

function editBlocks(read: Reader): ToolBlock[] {
  const path = read.text('file_path') ?? '';
  const before = read.text('old_string') ?? '';
  const after = read.text('new_string') ?? '';
  return [{ kind: 'diff', title: 'Change', path, before, after, note: null }, ...read.rest()];
}

function multiEditBlocks(read: Reader, input: Fields): ToolBlock[] | null {
  const path = read.text('file_path') ?? '';
  const edits = read.list('edits');
  // Without edits there is no block that would show the path.
  if (!edits || edits.length === 0) return null;
  const blocks: ToolBlock[] = [];
  for (const [index, edit] of edits.entries()) {
    if (!isFields(edit)) return whole(input);
    const one = new Reader(edit);
    const before = one.text('old_string');
    const after = one.text('new_string');
    if (before === null || after === null) return whole(input);
    const title = `Change ${index + 1} of ${edits.length}`;
    blocks.push({ kind: 'diff', title, path, before, after, note: null }, ...one.rest());
  }
  return [...blocks, ...read.rest()];
}

function writeBlocks(read: Reader): ToolBlock[] {
  const path = read.text('file_path') ?? '';
  const after = read.text('content') ?? '';
  const note = 'The whole new content. If the file exists already, this replaces all of it.';
  return [{ kind: 'diff', title: 'New content', path, before: '', after, note }, ...read.rest()];
}

function placeBlocks(read: Reader, name: string, title: string): ToolBlock[] {
  const place = read.text(name) ?? '';
  const prompt = read.text('prompt');
  return [
    { kind: 'place', title, text: place },
    ...(prompt === null ? [] : [{ kind: 'words' as const, title: 'The agent says', text: prompt }]),
    ...read.rest(),
  ];
}
