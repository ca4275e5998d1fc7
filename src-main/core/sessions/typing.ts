const PASTE_START = '\x1b[200~';
const PASTE_END = '\x1b[201~';

/**
 * Text as a terminal would type it. Several lines become one bracketed paste, so that the first line break does not
 * submit half of it. Control characters other than tab and line break are dropped: this sends text, not keys, and an
 * escape sequence in it could end the paste early.
 */
export function pasted(text: string): string {
  const clean = text.replace(/\r\n?/g, '\n').replace(CONTROLS, '');
  const lines = clean.replaceAll('\n', '\r');
  return clean.includes('\n') ? `${PASTE_START}${lines}${PASTE_END}` : lines;
}

const CONTROLS = /[^\P{Cc}\t\n]/gu;
