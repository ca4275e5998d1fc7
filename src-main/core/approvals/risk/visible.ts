/**
 * Makes control, bidirectional and zero-width characters visible as \u{…}, so that text from an agent cannot pretend to
 * be other text inside our own sentences. Cut to `max` characters with an ellipsis; the full text is shown elsewhere.
 */
export function visible(text: string, max = 200): string {
  const shown = text.replace(HIDDEN, (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`);
  return shown.length > max ? `${shown.slice(0, max - 1)}…` : shown;
}

const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu;
