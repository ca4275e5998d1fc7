/** What the terminal may do with the clipboard, and which keys mean it. */
import type { KeyLike } from '../ui/shortcut.ts';

export type ClipboardKey = 'copy' | 'paste' | 'find' | null;

/**
 * Command+C, V, F on macOS; Ctrl+Shift+C, Ctrl+Shift+V and Ctrl+F or Ctrl+Shift+F elsewhere, because Ctrl+C
 * interrupts the program and Ctrl+V is a key of its own.
 */
export function clipboardKey(event: KeyLike, mac: boolean): ClipboardKey {
  if (event.altKey) return null;
  const key = event.key.toLowerCase();
  if (mac) {
    if (!event.metaKey || event.ctrlKey || event.shiftKey) return null;
    return key === 'c' ? 'copy' : key === 'v' ? 'paste' : key === 'f' ? 'find' : null;
  }
  if (!event.ctrlKey || event.metaKey) return null;
  if (key === 'f') return 'find';
  if (!event.shiftKey) return null;
  return key === 'c' ? 'copy' : key === 'v' ? 'paste' : null;
}

/** Largest text a program may offer for the clipboard, in bytes after decoding. */
export const MAX_OSC52_BYTES = 1024 * 1024;

/**
 * Reads an OSC 52 request (xterm control sequences, "Manipulate Selection Data"): `selection;base64`.
 * Null for queries, which are never answered, and for anything malformed, empty or too large.
 */
export function parseOsc52(data: string): string | null {
  const semicolon = data.indexOf(';');
  if (semicolon === -1) return null;
  const payload = data.slice(semicolon + 1);
  if (payload === '' || payload === '?' || payload.length > MAX_OSC52_BYTES * 1.4) return null;
  try {
    const bytes = Uint8Array.from(atob(payload), (char) => char.charCodeAt(0));
    if (bytes.length > MAX_OSC52_BYTES) return null;
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** A paste that a program without bracketed paste would run line by line. */
export const needsPasteQuestion = (text: string, bracketed: boolean): boolean =>
  !bracketed && /[\r\n]./s.test(text);

/** Only https leaves the app. The URL as the browser reads it, or null. */
export function openableLink(text: string): string | null {
  try {
    const url = new URL(text);
    return url.protocol === 'https:' && url.href.length <= 4096 ? url.href : null;
  } catch {
    return null;
  }
}

/** Pieces of at most `max` UTF-16 units, never inside a surrogate pair, so that each encodes on its own. */
export function inputPieces(text: string, max = 8192): string[] {
  const pieces: string[] = [];
  for (let at = 0; at < text.length; ) {
    let end = Math.min(at + max, text.length);
    const last = text.charCodeAt(end - 1);
    if (end < text.length && last >= 0xd800 && last <= 0xdbff) end--;
    pieces.push(text.slice(at, end));
    at = end;
  }
  return pieces;
}
