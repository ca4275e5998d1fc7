import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that systems hand out by themselves, so that nobody takes one between two runs of the product. */
const FROM = 20_000;
const TO = 30_000;

/** A free port on loopback that stays free while the product restarts. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 50; tries++) {
    const port = randomInt(FROM, TO);
    const server = createServer();
    try {
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
      return port;
    } catch {
      // Taken: another one.
    } finally {
      await new Promise((resolve) => server.close(resolve));
    }
  }
  throw new Error(`No free port between ${FROM} and ${TO} after 50 tries.`);
}
