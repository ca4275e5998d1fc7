import type { AuthType } from '#contract';
import { assertNever } from '../base/errors.ts';

interface Problem {
  readonly pointer: '/secret';
  readonly detail: string;
}

/** Visible ASCII and, inside, spaces: what every HTTP stack passes through a header unchanged. */
const HEADER_VALUE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the point
const CONTROL = /[\x00-\x1f\x7f-\x9f]/;

/**
 * Why the secret cannot be used the way it is meant to be. A line break in a header would let the secret write further
 * headers, and a trailing one (the usual copy-and-paste accident) would make every request fail in a puzzling way.
 * No message repeats any part of the secret.
 */
export function secretProblems(secret: string, authType: AuthType, maxBytes: number): Problem[] {
  const one = (detail: string): Problem[] => [{ pointer: '/secret', detail }];
  if (Buffer.byteLength(secret) > maxBytes) return one(`Is larger than ${maxBytes / 1024} KiB.`);
  if (/[\r\n]$/.test(secret)) return one('Ends with a line break; trim it and try again.');
  if (Buffer.from(secret).toString() !== secret) return one('Holds characters that are not valid Unicode.');
  switch (authType) {
    case 'bearer':
      if (/^bearer\s/i.test(secret))
        return one('Starts with "Bearer"; store the token alone, the Gate adds the word.');
      if (/\s/.test(secret))
        return one('Holds white space, which a bearer token cannot; trim it and try again.');
      return HEADER_VALUE.test(secret) ? [] : one(notForHeader(secret));
    case 'header':
      if (/^\s|\s$/.test(secret)) return one('Starts or ends with white space; trim it and try again.');
      return HEADER_VALUE.test(secret) ? [] : one(notForHeader(secret));
    case 'basic':
      if (!secret.includes(':') || secret === ':')
        return one('Must be a user name, a colon and a password, such as user:password.');
      return CONTROL.test(secret)
        ? one('Holds control characters, which a user name or password cannot.')
        : [];
    case 'query':
      return secret.includes('\0') ? one('Holds a NUL character.') : [];
    default:
      return assertNever(authType, 'auth type');
  }
}

const notForHeader = (secret: string): string =>
  CONTROL.test(secret)
    ? 'Holds line breaks or other control characters, which could add headers to the request.'
    : 'Holds characters outside ASCII, which cannot travel in a header.';
