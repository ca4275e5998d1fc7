import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { TEST_CA, TEST_CERTIFICATE, TEST_KEY } from './testing/tls.ts';
import { ACTOR, World } from './testing/world.ts';

const SECRET = 'sk-live-0123456789abcdef';
let port: number;
let stop: () => Promise<void>;
const names: (string | false | null)[] = [];

beforeAll(async () => {
  const server = createServer({ key: TEST_KEY, cert: TEST_CERTIFICATE }, (req, res) => {
    names.push((req.socket as TLSSocket).servername);
    res.end(req.headers.host);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
  stop = () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
});

afterAll(() => stop());

async function call(host: string, ca?: string): Promise<{ status: number; text: string }> {
  const world = await World.open({ ca, resolve: async () => [{ address: '127.0.0.1', family: 4 }] });
  try {
    await world.vault.add(
      {
        name: 'svc',
        service: 'svc',
        secret: SECRET,
        domains: [`${host}:${port}`],
        auth_type: 'bearer',
        allow_private: true,
      },
      ACTOR,
    );
    const { token } = await world.agent('a', 'svc');
    const answer = await fetch(`${world.url}/svc/x`, { headers: { 'x-aegis-agent': token } });
    return { status: answer.status, text: await answer.text() };
  } finally {
    await world.dispose();
  }
}

test('the connection goes to the checked address, certificate and SNI by name', async () => {
  expect(await call('tls.example.com', TEST_CA)).toEqual({ status: 200, text: `tls.example.com:${port}` });
  expect(names.at(-1)).toBe('tls.example.com');
});

test('a certificate for another name, or of an unknown authority, gets no key', async () => {
  const before = names.length;
  const other = await call('other.example.com', TEST_CA);
  expect(other.status).toBe(502);
  expect(JSON.parse(other.text)).toMatchObject({
    code: 'UPSTREAM_UNREACHABLE',
    error: expect.stringContaining('another name'),
  });
  const unknown = await call('tls.example.com');
  expect(unknown.status).toBe(502);
  expect(JSON.parse(unknown.text)).toMatchObject({
    code: 'UPSTREAM_UNREACHABLE',
    error: expect.stringContaining('tls.example.com'),
  });
  expect(names.length).toBe(before);
});
