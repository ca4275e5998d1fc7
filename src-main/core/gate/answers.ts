import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { ERROR_CATALOGUE } from '#contract';
import type { Refusal } from './refusal.ts';

/** A refused body up to this size is read and dropped, so that the connection can be used again. */
const DRAINED_BODY_BYTES = 64 * 1024;
/** How long a client may take to read an answer that ends its connection. */
const LINGER_MS = 2_000;
const CHALLENGE = 'Bearer realm="aegis-gate"';

/** `{error, code, request_id, hint, …}` with the status of its code. Does nothing when an answer was begun already. */
export function answerRefusal(
  req: IncomingMessage,
  res: ServerResponse,
  requestId: string,
  refusal: Refusal,
): void {
  if (res.destroyed || res.headersSent) return;
  const { socket } = res;
  if (socket && !req.complete && bodyMayBeLong(req)) {
    // Closing over unread bytes would reset the connection before the answer is read: half-close, then drop the rest.
    endSocket(socket, requestId, refusal, req.method !== 'HEAD');
    req.on('error', () => undefined);
    req.resume();
    return;
  }
  const body = refusalBody(refusal, requestId);
  const headers = refusalHeaders(refusal, requestId, Buffer.byteLength(body));
  if (refusal.close) headers.push('connection', 'close');
  res.writeHead(ERROR_CATALOGUE[refusal.code].status, headers);
  res.end(req.method === 'HEAD' ? undefined : body);
}

/** The same as bytes, for sockets without a response object (parser errors, CONNECT); ends the connection. */
export function endSocket(socket: Duplex, requestId: string, refusal: Refusal, withBody = true): void {
  socket.on('error', () => undefined);
  if (socket.writable) {
    const { status } = ERROR_CATALOGUE[refusal.code];
    const body = refusalBody(refusal, requestId);
    const headers = [...refusalHeaders(refusal, requestId, Buffer.byteLength(body)), 'connection', 'close'];
    let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}\r\ndate: ${new Date().toUTCString()}\r\n`;
    for (let i = 0; i < headers.length; i += 2) head += `${headers[i]}: ${headers[i + 1]}\r\n`;
    socket.end(`${head}\r\n${withBody ? body : ''}`);
  }
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

/** A short answer of the Gate itself. */
export function answerText(res: ServerResponse, type: string, body: string): void {
  res.writeHead(200, [
    'content-type',
    type,
    'content-length',
    String(Buffer.byteLength(body)),
    'cache-control',
    'no-store',
    'x-content-type-options',
    'nosniff',
  ]);
  res.end(body);
}

const refusalBody = (refusal: Refusal, requestId: string): string =>
  `${JSON.stringify({
    error: refusal.detail,
    code: refusal.code,
    request_id: requestId,
    hint: refusal.hint,
    ...refusal.data,
  })}\n`;

function refusalHeaders(refusal: Refusal, requestId: string, bodyBytes: number): string[] {
  const { status } = ERROR_CATALOGUE[refusal.code];
  const headers = [
    'content-type',
    'application/json; charset=utf-8',
    'content-length',
    String(bodyBytes),
    'x-aegis-request-id',
    requestId,
    'cache-control',
    'no-store',
    'x-content-type-options',
    'nosniff',
  ];
  if (status === 401) headers.push('www-authenticate', CHALLENGE);
  if (status === 429 || status === 503) headers.push('retry-after', '1');
  const limit = refusal.data?.limit;
  if (status === 429 && typeof limit === 'number') {
    // draft-ietf-httpapi-ratelimit-headers: not requests in a time, but requests at once.
    headers.push('ratelimit-policy', `"under-way";q=${limit};qu="concurrent-requests"`);
    headers.push('ratelimit', '"under-way";r=0;t=1');
  }
  if (status === 405) headers.push('allow', 'GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE');
  return headers;
}

function bodyMayBeLong(req: IncomingMessage): boolean {
  if (req.headers['transfer-encoding'] !== undefined) return true;
  return Number(req.headers['content-length'] ?? 0) > DRAINED_BODY_BYTES;
}
