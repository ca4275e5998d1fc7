/** Shorter secrets would mask ordinary text; the vault's users are told to use real keys. */
const SHORTEST_SECRET = 4;
/** Encoded forms of short fragments turn up by chance. */
const SHORTEST_ENCODED = 8;
const MASK = 0x2a;
const EMPTY = Buffer.alloc(0);

/**
 * Finds one secret, and the forms services echo it in, in whatever comes back. Masks with as many asterisks as the form
 * has bytes, so that lengths, ranges and JSON stay right. One per opened credential; holds key material.
 */
export class Scrubber {
  readonly #patterns: readonly Buffer[];
  readonly #texts: readonly string[];
  readonly #shortest: number;
  readonly #longest: number;
  /** 1 where some pattern begins with that byte. */
  readonly #firstBytes = new Uint8Array(256);

  /** @param secrets what must not come back, each in all its forms; the caller may zero them afterwards */
  constructor(secrets: readonly Buffer[]) {
    const forms = new Set<string>();
    for (const secret of secrets) for (const form of formsOf(secret)) forms.add(form);
    this.#texts = [...forms];
    this.#patterns = this.#texts.map((text) => Buffer.from(text, 'latin1'));
    this.#shortest = Math.min(...this.#texts.map((text) => text.length));
    this.#longest = Math.max(0, ...this.#texts.map((text) => text.length));
    for (const pattern of this.#patterns) this.#firstBytes[pattern[0] ?? 0] = 1;
  }

  /** A complete text, such as a header value, as latin1. */
  text(text: string): string {
    if (text.length < this.#shortest) return text;
    let bytes: Buffer | undefined;
    for (const form of this.#texts) {
      for (let at = text.indexOf(form); at !== -1; at = text.indexOf(form, at + 1)) {
        bytes ??= Buffer.from(text, 'latin1');
        bytes.fill(MASK, at, at + form.length);
      }
    }
    return bytes === undefined ? text : bytes.toString('latin1');
  }

  /** For one body, which comes in chunks cut anywhere. */
  stream(): ScrubStream {
    return new ScrubStream(this);
  }

  /** Calls back for every place a form stands at, overlapping ones included. */
  find(data: Buffer, found: (start: number, end: number) => void): void {
    if (data.length < this.#shortest) return;
    for (const pattern of this.#patterns) {
      for (let at = data.indexOf(pattern); at !== -1; at = data.indexOf(pattern, at + 1)) {
        found(at, at + pattern.length);
      }
    }
  }

  /** Where the unfinished beginning of a form starts at the end of the data; the data's length when there is none. */
  unfinished(data: Buffer): number {
    const end = data.length;
    const first = this.#firstBytes;
    for (let at = Math.max(0, end - this.#longest + 1); at < end; at += 1) {
      if (first[data[at] ?? 0] === 1 && this.#begins(data, at)) return at;
    }
    return end;
  }

  #begins(data: Buffer, at: number): boolean {
    const rest = data.length - at;
    const next = data[at + 1];
    for (const pattern of this.#patterns) {
      if (pattern.length <= rest || pattern[0] !== data[at]) continue;
      if (rest > 1 && pattern[1] !== next) continue;
      if (pattern.compare(data, at, data.length, 0, rest) === 0) return true;
    }
    return false;
  }
}

/**
 * Masks one body. Whatever the chunks, the bytes that come out together are those of the whole body masked at once.
 * Holds back only what really is the beginning of a form: an event that ends in anything else leaves at once.
 */
export class ScrubStream {
  readonly #scrubber: Scrubber;
  #held: Buffer = EMPTY;
  /** Leading bytes of `#held` that belong to a form found already. */
  #heldMasked = 0;
  /** How often a form was masked. */
  hits = 0;

  constructor(scrubber: Scrubber) {
    this.#scrubber = scrubber;
  }

  push(chunk: Buffer): Buffer {
    const data = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const keep = this.#scrubber.unfinished(data);
    const out = this.#mask(data, keep);
    this.#held = keep === data.length ? EMPTY : Buffer.from(data.subarray(keep));
    return out;
  }

  /** The rest, once the body has ended. */
  flush(): Buffer {
    const data = this.#held;
    this.#held = EMPTY;
    return data.length === 0 ? data : this.#mask(data, data.length);
  }

  /** The first `keep` bytes, masked; remembers how far a form reaches beyond them. */
  #mask(data: Buffer, keep: number): Buffer {
    let out: Buffer | undefined;
    let masked = 0;
    const cover = (start: number, end: number): void => {
      if (start >= keep) return;
      out ??= Buffer.from(data.subarray(0, keep));
      out.fill(MASK, start, Math.min(end, keep));
      masked = Math.max(masked, end - keep);
    };
    if (this.#heldMasked > 0) cover(0, this.#heldMasked);
    this.#scrubber.find(data, (start, end) => {
      if (start < keep) this.hits += 1;
      cover(start, end);
    });
    this.#heldMasked = keep === 0 ? this.#heldMasked : masked;
    return out ?? (keep === data.length ? data : data.subarray(0, keep));
  }
}

/** A secret's own bytes and what base64, hex, percent, form, JSON and HTML encoders make of them, as latin1 texts. */
function formsOf(secret: Buffer): string[] {
  if (secret.length < SHORTEST_SECRET) return [];
  const plain = secret.toString('latin1');
  const utf8 = secret.toString('utf8');
  const forms = [
    ...base64Forms(secret),
    secret.toString('hex'),
    secret.toString('hex').toUpperCase(),
    ...percentForms(secret),
    ...jsonForms(utf8),
    latin1OfUtf8(escapeHtml(utf8, '&#39;')),
    latin1OfUtf8(escapeHtml(utf8, '&#x27;')),
  ];
  return [plain, ...forms.filter((form) => form.length >= SHORTEST_ENCODED)];
}

/**
 * Base64 of a text that holds the secret shows it in one of three ways, depending on where it starts modulo 3. Only the
 * characters the secret alone decides are looked for.
 */
function* base64Forms(secret: Buffer): Generator<string> {
  for (const shift of [0, 1, 2]) {
    const bits = (shift + secret.length) * 8;
    const text = Buffer.concat([Buffer.alloc(shift), secret]).toString('base64');
    const own = text.slice(Math.ceil((shift * 8) / 6), Math.floor(bits / 6));
    yield own;
    yield own.replaceAll('+', '-').replaceAll('/', '_');
  }
}

function* percentForms(secret: Buffer): Generator<string> {
  // encodeURIComponent's set, RFC 3986's unreserved set, and the form encoding of URLSearchParams.
  for (const keep of [/[A-Za-z0-9\-_.!~*'()]/, /[A-Za-z0-9\-_.~]/, /[A-Za-z0-9\-_.*]/]) {
    for (const upper of [true, false]) {
      let text = '';
      for (const byte of secret) {
        const char = String.fromCharCode(byte);
        const hex = byte.toString(16).padStart(2, '0');
        text += keep.test(char) ? char : `%${upper ? hex.toUpperCase() : hex}`;
      }
      yield text;
      yield text.replaceAll('%20', '+');
    }
  }
}

function* jsonForms(text: string): Generator<string> {
  const json = JSON.stringify(text).slice(1, -1);
  // Go and .NET escape what HTML would read; Python escapes everything outside ASCII; PHP escapes slashes.
  const htmlSafe = json.replace(/[<>&'+]/g, unicodeEscape);
  const goStyle = json.replace(/[<>&]/g, unicodeEscape);
  const ascii = json.replace(/[\u0080-\uffff]/g, unicodeEscape);
  for (const form of [json, htmlSafe, goStyle, ascii]) {
    yield latin1OfUtf8(form);
    yield latin1OfUtf8(form.replaceAll('/', '\\/'));
  }
}

const unicodeEscape = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;

const escapeHtml = (text: string, apostrophe: string): string =>
  text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", apostrophe);

const latin1OfUtf8 = (text: string): string => Buffer.from(text, 'utf8').toString('latin1');
