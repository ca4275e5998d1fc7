import { get, type IncomingMessage, type RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import type { AgentId } from '#contract';
import type { GateOptions } from '../gate.ts';
import { Service, tcpServer } from './sockets.ts';
import { World } from './world.ts';

/** The secret of every credential made here, and what is left of it in an answer. */
export const SECRET = 'sk-live-0123456789abcdefghij';
export const MASK = '*'.repeat(SECRET.length);

/** One service with its credential and an agent that may use it. */
export interface Route {
  /** URL at the Gate. */
  readonly base: string;
  readonly name: string;
  readonly token: string;
  readonly agent: AgentId;
}

/** A world, and services behind its Gate. */
export class Routes {
  readonly world: World;
  readonly #services: { dispose: () => Promise<void> }[] = [];

  static async open(options: Partial<GateOptions> = {}): Promise<Routes> {
    return new Routes(await World.open(options));
  }

  private constructor(world: World) {
    this.world = world;
  }

  async to(url: string): Promise<Route> {
    const name = `svc${this.#services.length}-${new URL(url).port}`;
    await this.world.credential(name, url, SECRET);
    const { token, id } = await this.world.agent(`agent-${name}`, name);
    return { base: `${this.world.url}/${name}`, token, name, agent: id };
  }

  async serve(handler: RequestListener): Promise<Route & { service: Service }> {
    const service = await Service.start(handler);
    this.#services.push(service);
    return { ...(await this.to(service.url)), service };
  }

  /** A service that is no HTTP server: told of every piece of bytes. */
  async serveRaw(onData: (socket: Socket, text: string) => void): Promise<Route> {
    const server = await tcpServer((socket) =>
      socket.on('data', (data) => onData(socket, data.toString('latin1'))),
    );
    this.#services.push(server);
    return await this.to(server.url);
  }

  async dispose(): Promise<void> {
    await this.world.dispose();
    for (const service of this.#services) await service.dispose();
  }
}

/** A GET on a connection of its own, answered by its head. */
export function open(base: string, token: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const req = get(base, { headers: { 'x-aegis-agent': token }, agent: false }, resolve);
    req.on('error', reject);
  });
}

/** The next piece of a body. */
export const next = (res: IncomingMessage): Promise<string> =>
  new Promise((resolve) => res.once('data', (chunk) => resolve(String(chunk))));
