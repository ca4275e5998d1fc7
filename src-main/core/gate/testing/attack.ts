import { expect } from 'vitest';
import type { GateOptions } from '../gate.ts';
import { type RawAnswer, raw, refusalOf, Service } from './sockets.ts';
import { World } from './world.ts';

export const SECRET = 'sk-live-0123456789abcdef';

/** A request with the right Host and token, to be filled in when it is sent: tables are made before there is a Gate. */
export const request = (line: string, ...headers: string[]): string =>
  `${[line, 'Host: <host>', 'X-Aegis-Agent: <token>', 'Connection: close', ...headers].join('\r\n')}\r\n\r\n`;

/** A Gate in front of an echoing service, and an agent that may use it, for requests made of bytes. */
export class Attack {
  readonly world: World;
  readonly service: Service;
  readonly token: string;
  readonly host: string;
  #seq = 0;

  static async open(options: Partial<GateOptions> = {}): Promise<Attack> {
    const world = await World.open(options);
    const service = await Service.echo();
    await world.credential('echo', service.url, SECRET);
    const { token } = await world.agent('alice', 'echo');
    return new Attack(world, service, token);
  }

  private constructor(world: World, service: Service, token: string) {
    this.world = world;
    this.service = service;
    this.token = token;
    this.host = `127.0.0.1:${world.port}`;
  }

  /** Forgets what was seen so far. */
  begin(): void {
    this.#seq = this.world.ledger.status().entries;
    this.service.seen.length = 0;
  }

  /** Entries since `begin`. */
  news(): ReturnType<World['entries']> {
    return this.world.entries().filter((entry) => entry.seq > this.#seq);
  }

  /** Puts the right Host and token into what `request` made. */
  fill(bytes: string | Buffer): string | Buffer {
    if (typeof bytes !== 'string') return bytes;
    return Buffer.from(bytes.replaceAll('<host>', this.host).replaceAll('<token>', this.token), 'latin1');
  }

  send(bytes: string | Buffer): Promise<RawAnswer> {
    return raw(this.world.port, this.fill(bytes));
  }

  /** Sends it; expects one answer with that code, one entry, and nothing forwarded. */
  async refused(bytes: string | Buffer, status: number, code: string): Promise<RawAnswer> {
    this.begin();
    const answer = await this.send(bytes);
    expect(answer.status, answer.text).toBe(status);
    const body = refusalOf(answer);
    expect(body.code).toBe(code);
    expect(body.hint).toBeTruthy();
    expect(answer.headers['x-aegis-request-id']).toBe(body.request_id);
    expect(answer.text.match(/^HTTP\/1\.1 \d/gm)).toHaveLength(1);
    const requests = this.news().filter((entry) => entry.action === 'gate.request');
    expect(requests.map((entry) => [entry.outcome, entry.code])).toEqual([['denied', code]]);
    expect(this.world.entries({ request_id: body.request_id })).toHaveLength(1);
    expect(requests[0]?.request_id).toBe(body.request_id);
    expect(this.service.seen).toHaveLength(0);
    return answer;
  }

  async dispose(): Promise<void> {
    await this.world.dispose();
    await this.service.dispose();
  }
}
