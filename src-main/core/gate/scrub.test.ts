import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Scrubber } from './scrub.ts';

const SECRET = 'sk-live-A/b+c=d"e<f>&g é7';
const key = (text: string): Buffer => Buffer.from(text);

function whole(scrubber: Scrubber, body: Buffer): Buffer {
  const stream = scrubber.stream();
  return Buffer.concat([stream.push(Buffer.from(body)), stream.flush()]);
}

function chunked(scrubber: Scrubber, body: Buffer, sizes: readonly number[]): Buffer {
  const stream = scrubber.stream();
  const out: Buffer[] = [];
  let at = 0;
  for (const size of sizes) {
    out.push(stream.push(Buffer.from(body.subarray(at, at + size))));
    at += size;
  }
  out.push(stream.push(Buffer.from(body.subarray(at))), stream.flush());
  return Buffer.concat(out);
}

describe('every form of an echoed secret is masked', () => {
  const scrubber = new Scrubber([key(SECRET)]);
  const html = SECRET.replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
  test.each([
    ['as it is', SECRET],
    ['in JSON', JSON.stringify({ echo: SECRET })],
    ['in JSON with escaped slashes', JSON.stringify(SECRET).replaceAll('/', '\\/')],
    [
      'in JSON as Go writes it',
      JSON.stringify(SECRET).replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`),
    ],
    ['in JSON as Python writes it', JSON.stringify(SECRET).replaceAll('é', '\\u00e9')],
    ['in a URL', `x=${encodeURIComponent(SECRET)}`],
    [
      'in a URL, lower-case escapes',
      encodeURIComponent(SECRET).toLowerCase().replace('sk-live-a', 'sk-live-A'),
    ],
    ['in a form', new URLSearchParams({ k: SECRET }).toString()],
    ['in HTML', html],
    ['in hex', key(SECRET).toString('hex')],
    ['in upper-case hex', key(SECRET).toString('hex').toUpperCase()],
    ['in base64', key(SECRET).toString('base64')],
    ['in base64url', key(SECRET).toString('base64url')],
    ['in base64 of a text, shifted by one', key(`a${SECRET}xyz`).toString('base64')],
    ['in base64 of a text, shifted by two', key(`ab${SECRET}z`).toString('base64')],
    ['in base64 of a Basic header', key(`user:${SECRET}`).toString('base64')],
  ])('%s', (_name, text) => {
    const out = whole(scrubber, Buffer.from(`before ${text} after`)).toString();
    expect(out).toMatch(/^before .*\*{8,}.* after$/);
    expect(out.length).toBe(
      Buffer.from(`before ${text} after`).toString().length + (text.includes('é') ? 1 : 0),
    );
    // What is left of it decodes to nothing of use.
    expect(Buffer.from(out.slice(7), 'base64').toString()).not.toContain('live-A');
  });

  test('in a header', () => {
    expect(scrubber.text(`https://x/?k=${encodeURIComponent(SECRET)}`)).toMatch(/^https:\/\/x\/\?k=\*+$/);
    expect(scrubber.text('short')).toBe('short');
  });
});

test('the lengths stay as they are, and other text is not touched', () => {
  const scrubber = new Scrubber([key('sk-123456')]);
  const body = Buffer.from('{"a":"sk-123456","b":"sk-12345","c":"SK-123456"}');
  expect(whole(scrubber, body).toString()).toBe('{"a":"*********","b":"sk-12345","c":"SK-123456"}');
});

test('a secret cut at every position is found', () => {
  const scrubber = new Scrubber([key('sk-ant-0123456789')]);
  const body = Buffer.from('data: {"k":"sk-ant-0123456789"}\n\n');
  for (let cut = 0; cut <= body.length; cut += 1) {
    expect(chunked(scrubber, body, [cut]).toString()).toBe('data: {"k":"*****************"}\n\n');
  }
  expect(chunked(scrubber, body, Array(body.length).fill(1)).toString()).not.toContain('sk-ant');
});

test('whatever the chunks, the result is that of the whole', () => {
  // A small alphabet makes overlaps, repeats and near misses likely.
  const alphabet = fc.constantFrom('a', 'b', 'ab', 'aab', 'abab');
  const word = fc.array(alphabet, { minLength: 2, maxLength: 6 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(
      fc.array(
        word.filter((text) => text.length >= 4),
        { minLength: 1, maxLength: 3 },
      ),
      fc.array(alphabet, { maxLength: 60 }),
      fc.array(fc.nat(7), { maxLength: 60 }),
      (secrets, parts, sizes) => {
        const scrubber = new Scrubber(secrets.map(key));
        const body = Buffer.from(parts.join(''));
        const expected = naive(body.toString(), secrets);
        expect(whole(scrubber, body).toString()).toBe(expected);
        expect(chunked(scrubber, body, sizes).toString()).toBe(expected);
      },
    ),
    { numRuns: 4_000 },
  );
});

test('binary bodies and secrets of any bytes', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: 8, maxLength: 40 }),
      fc.array(fc.uint8Array({ maxLength: 20 }), { maxLength: 6 }),
      fc.array(fc.nat(25), { maxLength: 20 }),
      (secret, parts, sizes) => {
        const bytes = Buffer.from(secret);
        const scrubber = new Scrubber([bytes]);
        const body = Buffer.concat([...parts.flatMap((part) => [Buffer.from(part), bytes]), bytes]);
        const out = chunked(scrubber, body, sizes);
        expect(out.length).toBe(body.length);
        expect(out.equals(whole(scrubber, body))).toBe(true);
        // An all-asterisk secret masks to itself.
        if (!bytes.every((byte) => byte === 0x2a)) expect(out.includes(bytes)).toBe(false);
      },
    ),
    { numRuns: 3_000 },
  );
});

test('an event that does not end in the beginning of the secret leaves at once', () => {
  const stream = new Scrubber([key('sk-ant-0123456789')]).stream();
  expect(stream.push(Buffer.from('data: hello\n\n')).toString()).toBe('data: hello\n\n');
  expect(stream.push(Buffer.from('data: sk-an')).toString()).toBe('data: ');
  expect(stream.push(Buffer.from('swer\n\n')).toString()).toBe('sk-answer\n\n');
  expect(stream.push(Buffer.from('sk-')).toString()).toBe('');
  expect(stream.flush().toString()).toBe('sk-');
});

test('the search is linear enough for bodies made to slow it down', () => {
  const scrubber = new Scrubber([key(`${'a'.repeat(400)}b`)]);
  const body = Buffer.alloc(1 << 20, 'a');
  const stream = scrubber.stream();
  let length = 0;
  for (let at = 0; at < body.length; at += 16_384)
    length += stream.push(body.subarray(at, at + 16_384)).length;
  expect(length + stream.flush().length).toBe(body.length);
});

/** Every occurrence masked, overlapping ones included, the slow way. */
function naive(text: string, secrets: readonly string[]): string {
  const covered = new Array<boolean>(text.length).fill(false);
  for (const secret of secrets) {
    for (let at = text.indexOf(secret); at !== -1; at = text.indexOf(secret, at + 1))
      covered.fill(true, at, at + secret.length);
  }
  return [...text].map((char, i) => (covered[i] ? '*' : char)).join('');
}
