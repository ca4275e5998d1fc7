import type { Duplex } from 'node:stream';
import { errnoOf } from '../../core/base/errors.ts';
import { newId } from '../../core/base/ids.ts';
import { problem } from './problem.ts';

/** How long a client may take to read an answer that ends its connection. */
const LINGER_MS = 2_000;

/**
 * The last answer on a connection that has no response object. The socket is destroyed soon after, whether or not the
 * other side closes its half: a client that keeps it open would otherwise hold it, and our own end, for ever.
 */
export function endWith(socket: Duplex, status: string, requestId: string, body: string): void {
  socket.on('error', () => undefined);
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
  if (!socket.writable) return;
  const lines = [
    `HTTP/1.1 ${status}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    'X-Content-Type-Options: nosniff',
    'Cache-Control: no-store',
    ...(status.startsWith('401') ? ['WWW-Authenticate: Bearer realm="aegis"'] : []),
    'Connection: close',
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

/** Bytes that are no request: there is nothing to answer but the connection. */
export function answerBrokenRequest(error: Error, socket: Duplex): void {
  const code = errnoOf(error);
  if (code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, phrase] =
    code === 'ERR_HTTP_REQUEST_TIMEOUT'
      ? [408, 'Request Timeout']
      : code === 'HPE_HEADER_OVERFLOW'
        ? [431, 'Request Header Fields Too Large']
        : [400, 'Bad Request'];
  const request_id = newId('req');
  const detail = 'The request is not valid HTTP, or did not arrive in time.';
  const body = JSON.stringify(problem({ code: 'INVALID_INPUT', status, detail, request_id }));
  endWith(socket, `${status} ${phrase}`, request_id, body);
}
