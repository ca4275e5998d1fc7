/** Who may call the Gate, and where the key may go. Numbers are rows of the attack list. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Attack, request, SECRET } from './testing/attack.ts';
import { refusalOf } from './testing/sockets.ts';
import { ACTOR, World } from './testing/world.ts';
import type { Resolve } from './upstreams.ts';

const ADDRESSES: Record<string, string[]> = {
  'public.example.com': ['93.184.216.34'],
  'private.example.com': ['10.0.0.1'],
  'mixed.example.com': ['93.184.216.34', '127.0.0.1'],
  'mapped.example.com': ['::ffff:127.0.0.1'],
  'nat64.example.com': ['64:ff9b::a9fe:a9fe'],
  'sixtofour.example.com': ['2002:7f00:1::1'],
  'metadata.example.com': ['169.254.169.254'],
};

const resolve: Resolve = async (name) => {
  const found = ADDRESSES[name];
  if (!found) throw Object.assign(new Error('not found'), { code: 'ENOTFOUND' });
  return found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
};

let attack: Attack;

beforeAll(async () => {
  attack = await Attack.open({ resolve });
});

afterAll(() => attack?.dispose());

beforeEach(() => attack.begin());

describe('who calls', () => {
  const as = (hostHeader: string, ...more: string[]): string =>
    `${['GET /echo/x HTTP/1.1', `Host: ${hostHeader}`, 'X-Aegis-Agent: <token>', 'Connection: close', ...more].join('\r\n')}\r\n\r\n`;

  test.each([
    'evil.example.com',
    '127.0.0.1',
    '127.0.0.1:1',
    '0.0.0.0',
    '127.0.0.1.',
    '127.1',
    'localhost.evil.com',
    '2130706433',
    'user@127.0.0.1',
    '',
  ])('29, 31 Host: %s', async (name) => {
    const withPort =
      name.includes(':') || name === '127.0.0.1' || name === '' ? name : `${name}:${attack.world.port}`;
    await attack.refused(as(withPort), 403, 'ORIGIN_REFUSED');
  });

  test.each([
    'Origin: https://evil.example.com',
    'Origin: null',
    'Origin: http://127.0.0.1:9100',
    'Sec-Fetch-Site: cross-site',
    'Sec-Fetch-Site: same-origin',
  ])('29, 30 from a page: %s', async (line) => {
    const answer = await attack.refused(as('<host>', line), 403, 'ORIGIN_REFUSED');
    expect(Object.keys(answer.headers).some((name) => name.startsWith('access-control'))).toBe(false);
  });

  test('30 a preflight gets no leave', async () => {
    const bytes = request(
      'OPTIONS /echo/x HTTP/1.1',
      'Origin: https://evil',
      'Access-Control-Request-Private-Network: true',
    );
    await attack.refused(bytes, 403, 'ORIGIN_REFUSED');
  });

  test('localhost and the IPv6 loopback spelling are us', async () => {
    for (const name of ['localhost', 'LOCALHOST', '[::1]']) {
      expect((await attack.send(as(`${name}:${attack.world.port}`))).status).toBe(200);
    }
  });
});

describe('where the key may go', () => {
  const secretFor = async (name: string, domain: string, more = {}): Promise<string> => {
    await attack.world.vault.add(
      { name, service: name, secret: SECRET, domains: [domain], auth_type: 'bearer', ...more },
      ACTOR,
    );
    const agent = await attack.world.agent(`agent-${name}`, name);
    attack.begin();
    return agent.token;
  };
  const get = (name: string, agent: string, ...headers: string[]): string =>
    [
      `GET /${name}/x HTTP/1.1`,
      'Host: <host>',
      `X-Aegis-Agent: ${agent}`,
      'Connection: close',
      ...headers,
      '',
      '',
    ].join('\r\n');

  test.each(['private', 'mixed', 'mapped', 'nat64', 'sixtofour', 'metadata'])(
    '16, 17 a name that leads to a %s address',
    async (name) => {
      const agent = await secretFor(name, `${name}.example.com`);
      const answer = await attack.refused(get(name, agent), 403, 'ADDRESS_GUARD');
      expect(refusalOf(answer).error).toContain(`${name}.example.com`);
    },
  );

  test('16 a name that does not resolve is no refusal, and says so', async () => {
    const agent = await secretFor('nowhere', 'nowhere.example.com');
    const answer = await attack.send(get('nowhere', agent));
    expect(answer.status).toBe(502);
    expect(refusalOf(answer)).toMatchObject({ code: 'UPSTREAM_UNREACHABLE' });
    expect(refusalOf(answer).error).toContain('nowhere.example.com');
    const entries = attack.world.entries({ request_id: refusalOf(answer).request_id });
    expect(entries.map((entry) => [entry.action, entry.outcome])).toEqual([['gate.request', 'error']]);
  });

  test('13, 14, 15 odd spellings in X-Target-Host', async () => {
    const agent = await secretFor('public', 'public.example.com');
    for (const name of [
      'public.example.com..',
      'publíc.example.com',
      'user@public.example.com',
      'public.example.com:8443',
      'public.example.com.evil.com',
      '127.1',
      '0177.0.0.1',
      '[::ffff:127.0.0.1]',
      '0.0.0.0',
    ]) {
      attack.begin();
      const bytes = get('public', agent, `X-Target-Host: ${name}`);
      await attack.refused(bytes, 403, 'DOMAIN_GUARD');
    }
  });

  test('17 the answer of the resolver changes: the next check refuses', async () => {
    let answer = '127.0.0.1';
    const other = await World.open({ resolve: async () => [{ address: answer, family: 4 }] });
    try {
      await other.credential('svc', attack.service.url.replace('127.0.0.1', 'rebind.example.com'), SECRET);
      const agent = await other.agent('a', 'svc');
      const url = `${other.url}/svc/x`;
      const headers = { 'x-aegis-agent': agent.token };
      // allow_private lets the first one through; without it the same address is refused.
      expect((await fetch(url, { headers })).status).toBe(200);
      await other.vault.add(
        {
          name: 'strict',
          service: 'strict',
          secret: SECRET,
          domains: ['rebind.example.com'],
          auth_type: 'bearer',
        },
        ACTOR,
      );
      await other.identity.grant(agent.id, 'strict', 'default', ACTOR);
      answer = '10.0.0.1';
      const refusal = await fetch(`${other.url}/strict/x`, { headers });
      expect(refusal.status).toBe(403);
      expect(await refusal.json()).toMatchObject({ code: 'ADDRESS_GUARD' });
    } finally {
      await other.dispose();
    }
  });
});

describe('headers', () => {
  test('25, 32 what Connection names, and every credential of the agent, stays here', async () => {
    const bytes = [
      'GET /echo/x HTTP/1.1',
      'Host: <host>',
      'X-Aegis-Agent: <token>',
      'Authorization: Bearer <token>',
      'Proxy-Authorization: Basic eDp5',
      'X-Api-Key: agents-own',
      'Cookie: session=agents-own',
      'X-Forwarded-For: 1.2.3.4',
      'Forwarded: for=1.2.3.4',
      'X-Secret-Hop: agents-own',
      'X-Custom: prefix-<token>',
      'Connection: close, authorization, x-secret-hop',
      '',
      '',
    ].join('\r\n');
    expect((await attack.send(bytes)).status).toBe(200);
    // Naming the injected header in Connection does not remove it: it comes last.
    expect(attack.service.header('authorization')).toBe(`Bearer ${SECRET}`);
    const sent = JSON.stringify(attack.service.seen.at(-1)?.headers);
    expect(sent).not.toContain(attack.token);
    expect(sent).not.toContain('agents-own');
    expect(sent).not.toContain('1.2.3.4');
    expect(sent).not.toContain('eDp5');
  });

  test('32 the token in the query does not travel either', async () => {
    await attack.send(request('GET /echo/x?a=1&t=<token>&b=%2F HTTP/1.1'));
    expect(attack.service.seen.at(-1)?.url).toBe('/x?a=1&b=%2F');
  });

  test('G1 a Host from the agent never becomes the service Host', async () => {
    await attack.send(
      request('GET /echo/x HTTP/1.1', 'X-Forwarded-Host: evil', 'X-Original-URL: /admin', 'X-Host: evil'),
    );
    expect(attack.service.header('host')).toBe(`127.0.0.1:${attack.service.port}`);
    expect(JSON.stringify(attack.service.seen.at(-1)?.headers)).not.toContain('evil');
  });
});

describe('the ledger', () => {
  test('36 cannot be written: nothing is forwarded, the answer says so', async () => {
    const other = await World.open();
    try {
      await other.credential('echo', attack.service.url, SECRET);
      const agent = await other.agent('a', 'echo');
      await other.ledger.dispose();
      const answer = await fetch(`${other.url}/echo/x`, {
        method: 'POST',
        body: 'x',
        headers: { 'x-aegis-agent': agent.token },
      });
      expect(answer.status).toBe(503);
      expect(await answer.json()).toMatchObject({ code: 'LEDGER_UNAVAILABLE' });
      expect(attack.service.seen).toHaveLength(0);
      expect(other.gate.status().state).toBe('degraded');
      expect(other.gate.inFlight).toBe(0);
    } finally {
      await other.dispose();
    }
  });
});
