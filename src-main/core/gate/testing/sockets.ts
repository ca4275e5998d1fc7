import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net';

/** A service on loopback that remembers what it was sent. */
export class Service {
  readonly port: number;
  readonly url: string;
  readonly seen: { method: string; url: string; headers: string[]; body: Buffer }[] = [];
  readonly sockets = new Set<Socket>();
  readonly #server: Server;

  static async start(handler: RequestListener): Promise<Service> {
    const server = createServer(handler);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const service = new Service(server);
    server.on('connection', (socket) => {
      service.sockets.add(socket);
      socket.on('close', () => service.sockets.delete(socket));
    });
    return service;
  }

  /** Answers with what it was sent, as JSON. */
  static async echo(): Promise<Service> {
    const service: Service = await Service.start((req, res) => {
      void bodyOf(req).then((body) => {
        service.seen.push({
          method: req.method ?? '',
          url: req.url ?? '',
          headers: req.rawHeaders,
          body,
        });
        res.setHeader('content-type', 'application/json');
        res.end(
          JSON.stringify({ method: req.method, url: req.url, headers: req.rawHeaders, length: body.length }),
        );
      });
    });
    return service;
  }

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    this.url = `http://127.0.0.1:${this.port}`;
  }

  /** Value of a header of the last request. */
  header(name: string): string | undefined {
    const headers = this.seen.at(-1)?.headers ?? [];
    const at = headers.findIndex((text, i) => i % 2 === 0 && text.toLowerCase() === name);
    return at === -1 ? undefined : headers[at + 1];
  }

  async dispose(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }
}

export async function bodyOf(req: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of req) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** A TCP server that does with each connection what the test says. */
export async function tcpServer(
  onSocket: (socket: Socket) => void,
): Promise<{ port: number; url: string; dispose: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    onSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    dispose: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

export interface RawAnswer {
  readonly status: number;
  /** Lower-case names; the last of equal ones. */
  readonly headers: Record<string, string>;
  readonly body: string;
  /** Everything that came, several answers perhaps. */
  readonly text: string;
  /** The connection ended with a reset. */
  readonly reset: boolean;
}

/** Sends bytes as they are and reads until the other side closes. */
export function raw(port: number, bytes: string | Buffer): Promise<RawAnswer> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    let reset = false;
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => {
      reset = true;
    });
    socket.on('close', () => resolve({ ...parse(Buffer.concat(chunks).toString('latin1')), reset }));
    socket.write(bytes);
  });
}

function parse(text: string): Omit<RawAnswer, 'reset'> {
  const end = text.indexOf('\r\n\r\n');
  const head = text.slice(0, end === -1 ? text.length : end).split('\r\n');
  const headers: Record<string, string> = {};
  for (const line of head.slice(1)) {
    const colon = line.indexOf(':');
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return {
    status: Number(head[0]?.split(' ')[1] ?? 0),
    headers,
    body: end === -1 ? '' : text.slice(end + 4),
    text,
  };
}

/** The JSON of a refusal. */
export function refusalOf(answer: RawAnswer): {
  error: string;
  code: string;
  request_id: string;
  hint: string;
} {
  return JSON.parse(answer.body) as { error: string; code: string; request_id: string; hint: string };
}
