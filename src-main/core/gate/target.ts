/** A request target, judged and sent as the same bytes. */
export interface RequestTarget {
  /** First path segment: names the credential's service. */
  readonly service: string;
  /** What follows the service, byte for byte; starts with `/`. Judged and sent alike. */
  readonly path: string;
  /** With its `?`, or empty. */
  readonly query: string;
}

/** Why a target is refused, as the middle of a sentence: "The request target …". */
export interface TargetProblem {
  readonly problem: string;
}

/** No escape, no dot at the start of a segment, no parameter: most targets, decided by one scan. */
const PLAIN = /^(?:\/(?:[A-Za-z0-9_~!$&'()*+,=:@-][A-Za-z0-9._~!$&'()*+,=:@-]*)?)+$/;
/** Printable ASCII but the fragment mark: everything else is ambiguous between parsers. */
const PRINTABLE = /^[\x21\x22\x24-\x7e]*$/;
/** An escaped escape of something that is refused itself: `%252e`, `%25252f`, `%255c`, `%2500`. */
const DOUBLE_ESCAPE = /%(?:25)+(?:2e|2f|5c|3b|[01][0-9a-f]|7f)/i;
const ESCAPED_FORBIDDEN = /%(?:2f|5c|[01][0-9a-f]|7f)/i;
const BROKEN_ESCAPE = /%(?![0-9a-f]{2})/i;

/**
 * Splits an origin-form target (RFC 9112, 3.2.1) into service, path and query without changing a byte, or says why two
 * parsers could read it differently. Refused in the path: dot segments raw or escaped (also with parameters, `..;x`),
 * escaped slashes, backslashes and controls, backslashes, escapes of those escapes, broken escapes, escapes that are no
 * UTF-8 (overlong forms among them), fragments, controls and anything outside ASCII.
 */
export function parseTarget(target: string): RequestTarget | TargetProblem {
  if (target.charCodeAt(0) !== 0x2f) return { problem: 'does not start with a slash' };
  const mark = target.indexOf('?');
  const path = mark === -1 ? target : target.slice(0, mark);
  const query = mark === -1 ? '' : target.slice(mark);
  if (query !== '' && !PRINTABLE.test(query)) {
    return { problem: 'holds a control character, a fragment or a character outside ASCII' };
  }
  if (!PLAIN.test(path)) {
    const problem = pathProblem(path);
    if (problem !== undefined) return { problem };
  }
  const end = path.indexOf('/', 1);
  const service = end === -1 ? path.slice(1) : path.slice(1, end);
  const rest = end === -1 ? '/' : path.slice(end);
  return { service, path: rest, query };
}

function pathProblem(path: string): string | undefined {
  if (!PRINTABLE.test(path)) return 'holds a control character, a fragment or a character outside ASCII';
  if (path.includes('\\')) return 'holds a backslash';
  if (BROKEN_ESCAPE.test(path)) return 'holds a broken percent escape';
  if (ESCAPED_FORBIDDEN.test(path)) return 'holds an escaped slash, backslash or control character';
  if (DOUBLE_ESCAPE.test(path)) return 'holds a doubly escaped dot, slash, backslash or control character';
  for (const segment of path.split('/')) {
    let decoded: string;
    try {
      decoded = decodeURIComponent(segment);
    } catch {
      return 'holds an escape that is not UTF-8';
    }
    if (/^\.{1,2}(?:;|$)/.test(decoded)) return 'holds a dot segment';
  }
  return undefined;
}

/**
 * The query without the parameters of one name (compared after decoding, as every server does), byte for byte
 * otherwise. Names differing only in case are different names.
 */
export function withoutParameter(query: string, name: string): string {
  if (query === '') return '';
  const kept = query
    .slice(1)
    .split('&')
    .filter((pair) => parameterName(pair) !== name);
  return kept.length === 0 || (kept.length === 1 && kept[0] === '') ? '' : `?${kept.join('&')}`;
}

/** First value of a parameter, decoded. */
export function parameter(query: string, name: string): string | undefined {
  if (query === '') return undefined;
  for (const pair of query.slice(1).split('&')) {
    if (parameterName(pair) !== name) continue;
    const equals = pair.indexOf('=');
    return equals === -1 ? '' : decode(pair.slice(equals + 1));
  }
  return undefined;
}

/** The query without every parameter whose name or value holds the text, decoded or not. */
export function withoutText(query: string, text: string): string {
  if (query === '') return '';
  const kept = query
    .slice(1)
    .split('&')
    .filter((pair) => !pair.includes(text) && !decode(pair).includes(text));
  return kept.length === 0 ? '' : `?${kept.join('&')}`;
}

const parameterName = (pair: string): string => {
  const equals = pair.indexOf('=');
  return decode(equals === -1 ? pair : pair.slice(0, equals));
};

function decode(text: string): string {
  if (!text.includes('%') && !text.includes('+')) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return text;
  }
}
