/** The measure for the Gate: a pass-through proxy on undici's dispatch that checks nothing and changes nothing. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Dispatcher, Pool } from 'undici';
import { announce, argument, untilStopped } from './process.ts';

const pool = new Pool(argument(0), { pipelining: 1, connections: 512 });
const HOP = new Set(['connection', 'keep-alive', 'transfer-encoding', 'host', 'content-length']);

function forward(req: IncomingMessage, res: ServerResponse): void {
  const headers: string[] = [];
  for (let i = 0; i < req.rawHeaders.length; i += 2) {
    const name = req.rawHeaders[i] ?? '';
    if (!HOP.has(name.toLowerCase())) headers.push(name, req.rawHeaders[i + 1] ?? '');
  }
  const length = req.headers['content-length'];
  const hasBody = req.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
  if (hasBody && length !== undefined) headers.push('content-length', length);
  let abort: ((error?: Error) => void) | undefined;
  let done = false;
  res.on('close', () => {
    if (!done) abort?.();
  });
  const handler: Dispatcher.DispatchHandler = {
    onConnect: (cancel) => {
      abort = cancel;
    },
    onHeaders: (status, raw, resume, text) => {
      const out: string[] = [];
      for (let i = 0; i < raw.length; i += 2) {
        const name = raw[i]?.toString('latin1') ?? '';
        const lower = name.toLowerCase();
        if (lower === 'content-length' || !HOP.has(lower))
          out.push(name, raw[i + 1]?.toString('latin1') ?? '');
      }
      res.writeHead(status, text, out);
      res.on('drain', resume);
      return true;
    },
    onData: (chunk) => res.write(chunk),
    onComplete: () => {
      done = true;
      res.end();
    },
    onError: () => {
      done = true;
      if (res.headersSent) res.destroy();
      else res.writeHead(502).end();
    },
  };
  pool.dispatch(
    { path: req.url ?? '/', method: req.method ?? 'GET', headers, body: hasBody ? req : null },
    handler,
  );
}

announce(createServer({ noDelay: true, keepAliveTimeout: 65_000 }, forward));
untilStopped();
