/**
 * The service behind the proxies: as little work per request as a TCP server can do, so that what is measured is the
 * proxy. `/sse` waits as a model would before its first event.
 */
import { createServer, type Socket } from 'node:net';
import { announce, untilStopped } from './process.ts';

/** A quick model's time to its first token. */
const FIRST_EVENT_MS = 50;
const BODY = JSON.stringify({ id: 'msg_1', content: 'x'.repeat(1000) });
const ANSWER = Buffer.from(
  `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: ${BODY.length}\r\nx-request-id: abc\r\n\r\n${BODY}`,
);
const STREAM_HEAD =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n';
const EVENT = 'data: {"type":"content_block_delta","delta":{"text":"hello"}}\n\n';
const STREAM = `${STREAM_HEAD}${EVENT.length.toString(16)}\r\n${EVENT}\r\n0\r\n\r\n`;

function answer(socket: Socket, head: string): void {
  if (head.startsWith('GET /sse')) setTimeout(() => socket.write(STREAM), FIRST_EVENT_MS);
  else socket.write(ANSWER);
}

const server = createServer({ noDelay: true }, (socket) => {
  let rest = '';
  socket.on('error', () => undefined);
  socket.on('data', (data) => {
    rest += data.toString('latin1');
    for (let end = rest.indexOf('\r\n\r\n'); end !== -1; end = rest.indexOf('\r\n\r\n')) {
      answer(socket, rest);
      rest = rest.slice(end + 4);
    }
  });
});
announce(server);
untilStopped();
