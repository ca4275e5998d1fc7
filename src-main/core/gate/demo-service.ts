import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CredentialInput } from '#contract';

/** Service, credential name and first path segment of the demo. */
export const DEMO_SERVICE = 'demo';

const WORDS =
  'I asked this service through the Gate . It saw the real key ; I never did . Now look into the ledger .'.split(
    ' ',
  );
const WORD_MS = 60;
/** A demo prompt is a sentence; anything longer is not the demo. */
const MAX_PROMPT_BYTES = 4096;

/**
 * A stand-in for a model API, for people without a key: it listens on loopback, takes requests only with its own key as
 * a bearer token, and streams a short answer.
 *
 *   POST /v1/answer   {prompt}: server-sent events, `{"text": "word "}` each, then `{"done": true}`
 *   GET  /v1/whoami   echoes the key it was shown, so that the Gate's masking can be seen at work
 */
export class DemoService {
  readonly url: string;
  readonly port: number;
  readonly #server: Server;

  /** @param key what the Gate will inject; random, made for this run */
  static async start(key: string): Promise<DemoService> {
    const digest = sha256(key);
    const server = createServer({ keepAliveTimeout: 30_000 }, (req, res) => serve(req, res, digest));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(0, '127.0.0.1', resolve);
    });
    return new DemoService(server);
  }

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    this.url = `http://127.0.0.1:${this.port}`;
  }

  /** The credential that leads the Gate here. */
  credential(key: string): CredentialInput {
    return {
      name: DEMO_SERVICE,
      service: DEMO_SERVICE,
      secret: key,
      domains: [`127.0.0.1:${this.port}`],
      auth_type: 'bearer',
      scopes: ['read', 'write'],
      upstream: this.url,
      allow_private: true,
    };
  }

  async dispose(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }
}

function serve(req: IncomingMessage, res: ServerResponse, digest: Buffer): void {
  const { authorization = '', origin } = req.headers;
  const path = (req.url ?? '').split('?', 1)[0];
  if (origin !== undefined) {
    json(res, 403, { error: 'Pages in a browser are not served.' });
  } else if (!timingSafeEqual(sha256(authorization.replace(/^Bearer /, '')), digest)) {
    json(res, 401, { error: 'The demo key is missing: call this service through the Gate.' });
  } else if (req.method === 'GET' && path === '/v1/whoami') {
    json(res, 200, { you_showed_me: authorization });
  } else if (req.method === 'POST' && path === '/v1/answer') {
    answer(req, res);
  } else {
    json(res, 404, { error: 'The demo service knows POST /v1/answer and GET /v1/whoami.' });
  }
}

function answer(req: IncomingMessage, res: ServerResponse): void {
  let bytes = 0;
  req.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_PROMPT_BYTES) req.destroy();
  });
  req.on('error', () => undefined);
  req.on('end', () => {
    res.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-store' });
    let next = 0;
    const timer = setInterval(() => {
      const word = WORDS[next];
      next += 1;
      if (word !== undefined) {
        res.write(`data: ${JSON.stringify({ text: `${word} ` })}\n\n`);
        return;
      }
      clearInterval(timer);
      res.end(`data: ${JSON.stringify({ done: true })}\n\n`);
    }, WORD_MS);
    res.on('close', () => clearInterval(timer));
  });
}

function json(res: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body);
  res.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) });
  res.end(text);
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();
