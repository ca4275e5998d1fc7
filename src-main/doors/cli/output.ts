/** What a command prints: JSON for programs, aligned text for people. */
export interface Output {
  readonly json: boolean;
}

export function print(output: Output, value: unknown, text: () => string): void {
  process.stdout.write(`${output.json ? JSON.stringify(value) : text()}\n`);
}

/** Columns padded to their widest cell. Control characters are shown, so that no name can move the cursor. */
export function table(
  headers: readonly string[],
  rows: readonly (readonly string[])[],
  empty: string,
): string {
  if (rows.length === 0) return empty;
  const cells = [headers, ...rows.map((row) => row.map(visible))];
  const widths = headers.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** `label  value` lines. */
export function fields(entries: readonly (readonly [string, string | number | null | undefined])[]): string {
  const width = Math.max(...entries.map(([label]) => label.length));
  return entries
    .map(([label, value]) => `${label.padEnd(width)}  ${visible(String(value ?? '-'))}`)
    .join('\n');
}

/** Text of others on a terminal: escape sequences and direction marks become visible instead of acting. */
export const visible = (text: string): string =>
  text.replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: finding control characters is the point.
    /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
