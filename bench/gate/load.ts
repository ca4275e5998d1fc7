/** A load generator that costs next to nothing: fixed bytes out, answers counted by their length. */
import { connect, type Socket } from 'node:net';

export interface Target {
  readonly port: number;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface LoadResult {
  readonly perSecond: number;
  /** Milliseconds, sorted. */
  readonly latencies: Float64Array;
  /** CPU time the server spent on each, all its threads, in microseconds. */
  readonly cpu: number;
}

/** As a model client sends it. */
const requestBytes = (target: Target, path: string): Buffer =>
  Buffer.from(
    [
      `GET ${target.path ?? ''}${path} HTTP/1.1`,
      `Host: 127.0.0.1:${target.port}`,
      'Accept: application/json',
      'User-Agent: bench/1.0 (linux; x64)',
      'anthropic-version: 2023-06-01',
      ...Object.entries(target.headers ?? {}).map(([name, value]) => `${name}: ${value}`),
      '',
      '',
    ].join('\r\n'),
  );

/** Keeps `connections` sockets busy, one request at a time each, for the time given. */
export async function load(
  target: Target & { cpu(): Promise<number> },
  connections: number,
  milliseconds: number,
): Promise<LoadResult> {
  const bytes = requestBytes(target, '/v1/models');
  const length = await answerLength(target, bytes);
  const latencies: number[] = [];
  const cpu = await target.cpu();
  const started = performance.now();
  const until = started + milliseconds;
  await Promise.all(
    Array.from({ length: connections }, () => drive(target.port, bytes, length, until, latencies)),
  );
  const seconds = (performance.now() - started) / 1000;
  return {
    perSecond: latencies.length / seconds,
    latencies: Float64Array.from(latencies).sort(),
    cpu: ((await target.cpu()) - cpu) / latencies.length,
  };
}

function drive(
  port: number,
  bytes: Buffer,
  length: number,
  until: number,
  latencies: number[],
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    let got = 0;
    let sent = 0;
    const send = (): void => {
      sent = performance.now();
      socket.write(bytes);
    };
    socket.on('connect', send);
    socket.on('error', reject);
    socket.on('data', (data) => {
      got += data.length;
      if (got < length) return;
      got -= length;
      const now = performance.now();
      latencies.push(now - sent);
      if (now < until) {
        send();
      } else {
        socket.destroy();
        resolve();
      }
    });
  });
}

/** One request first: its answer must be good, and every later one has the same length. */
async function answerLength(target: Target, bytes: Buffer): Promise<number> {
  const socket = await connected(target.port);
  try {
    const text = await new Promise<string>((resolve, reject) => {
      let all = '';
      socket.on('error', reject);
      socket.on('data', (data) => {
        all += data.toString('latin1');
        const end = all.indexOf('\r\n\r\n');
        const length = /content-length: (\d+)/i.exec(all)?.[1];
        if (end !== -1 && length !== undefined && all.length >= end + 4 + Number(length)) resolve(all);
      });
      socket.write(bytes);
    });
    if (!text.startsWith('HTTP/1.1 200')) throw new Error(`unexpected answer: ${text.slice(0, 300)}`);
    return text.length;
  } finally {
    socket.destroy();
  }
}

/** Times from the request to the first byte of a body, in milliseconds, one after the other on one connection. */
export async function firstBytes(target: Target, rounds: number): Promise<number[]> {
  const bytes = requestBytes(target, '/sse');
  const socket = await connected(target.port);
  const times: number[] = [];
  for (let i = 0; i < rounds; i += 1) {
    const sent = performance.now();
    socket.write(bytes);
    times.push(
      await new Promise<number>((resolve, reject) => {
        let all = '';
        let first = 0;
        const onData = (data: Buffer): void => {
          all += data.toString('latin1');
          if (first === 0 && all.includes('data: ')) first = performance.now() - sent;
          if (!all.endsWith('0\r\n\r\n')) return;
          socket.off('data', onData);
          resolve(first);
        };
        socket.on('data', onData);
        socket.once('error', reject);
      }),
    );
  }
  socket.destroy();
  return times;
}

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  socket.setNoDelay(true);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  return socket;
}
