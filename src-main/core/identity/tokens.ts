/**
 * Agent tokens: `aegis_agt_<id>_<secret><checksum>`. The id finds the agent in one step and says nothing; the secret is
 * 256 random bits; the checksum lets scanners and typing mistakes be told from tokens without asking anybody.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { crc32 } from 'node:zlib';

const PREFIX = 'aegis_agt_';
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ID_LENGTH = 12;
/** 43 characters of a 62-letter alphabet hold 256 bits. */
const SECRET_LENGTH = 43;
const CHECKSUM_LENGTH = 6;
const SHAPE = new RegExp(
  `^${PREFIX}([0-9A-Za-z]{${ID_LENGTH}})_([0-9A-Za-z]{${SECRET_LENGTH + CHECKSUM_LENGTH}})$`,
);
const TOKEN_LENGTH = PREFIX.length + ID_LENGTH + 1 + SECRET_LENGTH + CHECKSUM_LENGTH;

export interface NewToken {
  readonly token: string;
  /** Public part, by which it is found. */
  readonly id: string;
  readonly hash: Buffer;
}

export function newToken(): NewToken {
  const id = randomText(ID_LENGTH);
  const body = `${PREFIX}${id}_${randomText(SECRET_LENGTH)}`;
  const token = body + checksumOf(body);
  return { token, id, hash: hashToken(token) };
}

export const hashToken = (token: string): Buffer => createHash('sha256').update(token).digest();

/** What may be shown of a token with this id. */
export const shownPrefix = (id: string): string => `${PREFIX}${id}`;

/** The public id of a well-formed token with a right checksum; undefined for anything else. */
export function tokenIdOf(token: string): string | undefined {
  if (token.length !== TOKEN_LENGTH) return undefined;
  const id = SHAPE.exec(token)?.[1];
  if (id === undefined) return undefined;
  const body = token.slice(0, -CHECKSUM_LENGTH);
  return checksumOf(body) === token.slice(-CHECKSUM_LENGTH) ? id : undefined;
}

export const sameHash = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);

/** Uniform: bytes that would favour the first letters are thrown away. */
function randomText(length: number): string {
  const limit = 256 - (256 % ALPHABET.length);
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length * 2)) {
      if (byte < limit && text.length < length) text += ALPHABET[byte % ALPHABET.length];
    }
  }
  return text;
}

function checksumOf(body: string): string {
  let rest = crc32(body);
  let text = '';
  for (let i = 0; i < CHECKSUM_LENGTH; i += 1) {
    text = ALPHABET[rest % ALPHABET.length] + text;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return text;
}
