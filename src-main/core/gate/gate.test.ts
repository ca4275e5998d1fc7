import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { raw, refusalOf, Service } from './testing/sockets.ts';
import { ACTOR, World } from './testing/world.ts';

const SECRET = 'sk-ant-api03-S3cr3tS3cr3tS3cr3tS3cr3t_x-AA';

let world: World;
let service: Service;
let token: string;

beforeAll(async () => {
  world = await World.open();
  service = await Service.echo();
  await world.credential('echo', service.url, SECRET);
  ({ token } = await world.agent('alice', 'echo'));
});

afterAll(async () => {
  await world?.dispose();
  await service?.dispose();
});

const call = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${world.url}${path}`, {
    ...init,
    headers: { 'x-aegis-agent': token, ...(init.headers as Record<string, string>) },
  });

describe('a request that may pass', () => {
  test('reaches the service with the key and without the token, byte for byte', async () => {
    const answer = await call('/echo//a/./../b%20c/?q=1&&x=%2F'.replace('/./..', '/x;y=1'), {
      method: 'POST',
      body: 'hello',
      headers: { 'x-custom': 'kept' },
    });
    expect(answer.status).toBe(200);
    const seen = service.seen.at(-1);
    expect(seen?.url).toBe('//a/x;y=1/b%20c/?q=1&&x=%2F');
    expect(seen?.method).toBe('POST');
    expect(seen?.body.toString()).toBe('hello');
    expect(service.header('authorization')).toBe(`Bearer ${SECRET}`);
    expect(service.header('x-custom')).toBe('kept');
    expect(service.header('host')).toBe(`127.0.0.1:${service.port}`);
    expect(JSON.stringify(seen?.headers)).not.toContain(token);
  });

  test.each([
    ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', '4bf92f3577b34da6a3ce929d0e0e4736'],
    ['01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more', '4bf92f3577b34da6a3ce929d0e0e4736'],
    ['00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more', null],
    ['00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01', null],
    [`00-${'0'.repeat(32)}-00f067aa0ba902b7-01`, null],
    ['ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', null],
  ])('with traceparent %s is found by its trace in the ledger', async (traceparent, trace_id) => {
    const answer = await call('/echo/traced', { headers: { traceparent } });
    await answer.arrayBuffer();
    const id = answer.headers.get('x-aegis-request-id') ?? '';
    await world.completed(id);
    expect(world.entries({ request_id: id }).map((entry) => entry.trace_id)).toEqual([trace_id, trace_id]);
    expect(service.header('traceparent')).toBe(traceparent);
  });

  test('writes an entry before it leaves and one when it has ended', async () => {
    const answer = await call('/echo/v1/models?secret=in-query');
    await answer.arrayBuffer();
    const id = answer.headers.get('x-aegis-request-id') ?? '';
    const completed = await world.completed(id);
    const entries = world.entries({ request_id: id });
    expect(entries.map((entry) => [entry.action, entry.outcome])).toEqual([
      ['gate.request', 'allowed'],
      ['gate.completed', 'info'],
    ]);
    expect(entries[0]).toMatchObject({
      actor: 'alice',
      agent: 'alice',
      service: 'echo',
      target: `GET 127.0.0.1:${service.port}/v1/models`,
      details: { credential: 'echo', vault: 'default' },
    });
    expect(completed).toMatchObject({ bytes_in: 0, details: { status: 200 } });
    expect(completed.bytes_out).toBeGreaterThan(0);
    expect(completed.duration_ms).toBeGreaterThan(0);
  });

  test.each([
    ['authorization', (t: string) => ({ authorization: `Bearer ${t}` })],
    ['x-api-key', (t: string) => ({ 'x-api-key': t })],
    ['x-goog-api-key', (t: string) => ({ 'x-goog-api-key': t })],
  ])('takes the token where clients put their key: %s', async (_name, headers) => {
    const answer = await fetch(`${world.url}/echo/`, { headers: headers(token) });
    expect(answer.status).toBe(200);
    expect(service.header('authorization')).toBe(`Bearer ${SECRET}`);
    expect(service.header('x-api-key')).toBeUndefined();
    expect(service.header('x-goog-api-key')).toBeUndefined();
  });

  test('takes the token from ?key= and removes it', async () => {
    const answer = await fetch(`${world.url}/echo/v1beta/models?alt=sse&key=${token}&x=1`);
    expect(answer.status).toBe(200);
    expect(service.seen.at(-1)?.url).toBe('/v1beta/models?alt=sse&x=1');
  });

  test('HEAD, an empty POST and a bare service name work', async () => {
    expect((await call('/echo/x', { method: 'HEAD' })).status).toBe(200);
    expect((await call('/echo/x', { method: 'POST' })).status).toBe(200);
    expect(service.header('content-length')).toBe('0');
    expect((await call('/echo')).status).toBe(200);
    expect(service.seen.at(-1)?.url).toBe('/');
    expect((await call('/echo?a=b')).status).toBe(200);
    expect(service.seen.at(-1)?.url).toBe('/?a=b');
  });

  test('a base path of the upstream comes first', async () => {
    await world.credential('based', `${service.url}/api/v2/`, SECRET);
    const { token: other } = await world.agent('based-agent', 'based');
    await fetch(`${world.url}/based/items?x=1`, { headers: { 'x-aegis-agent': other } });
    expect(service.seen.at(-1)?.url).toBe('/api/v2/items?x=1');
  });
});

describe('each auth type is injected', () => {
  test.each([
    ['header', { auth_type: 'header', header_name: 'X-Api-Key' }, 'x-api-key', SECRET],
    [
      'basic',
      { auth_type: 'basic' },
      'authorization',
      `Basic ${Buffer.from('user:pass-word-1').toString('base64')}`,
    ],
  ] as const)('%s', async (name, rules, header, value) => {
    const secret = name === 'basic' ? 'user:pass-word-1' : SECRET;
    await world.credential(`auth-${name}`, service.url, secret, rules);
    const agent = await world.agent(`agent-${name}`, `auth-${name}`);
    const answer = await fetch(`${world.url}/auth-${name}/`, {
      headers: { 'x-aegis-agent': agent.token, 'x-api-key': 'agents-own' },
    });
    expect(answer.status).toBe(200);
    expect(service.header(header)).toBe(value);
    expect(JSON.stringify(service.seen.at(-1)?.headers)).not.toContain('agents-own');
    expect(await answer.text()).not.toContain(secret);
  });

  test('query: replaces the parameter of that name, and forbids caching', async () => {
    await world.credential('auth-query', service.url, 'k&y=/+ü12', {
      auth_type: 'query',
      query_name: 'api_key',
    });
    const agent = await world.agent('agent-query', 'auth-query');
    const answer = await fetch(`${world.url}/auth-query/v1?api_key=mine&api%5Fkey=too&z=1`, {
      headers: { 'x-aegis-agent': agent.token },
    });
    expect(service.seen.at(-1)?.url).toBe(`/v1?z=1&api_key=${encodeURIComponent('k&y=/+ü12')}`);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await answer.text()).not.toContain(encodeURIComponent('k&y=/+ü12'));
  });
});

describe('a refusal', () => {
  const refused = async (path: string, init: RequestInit = {}) => {
    const before = service.seen.length;
    const answer = await call(path, init);
    const body = (await answer.json()) as { code: string; request_id: string; error: string; hint: string };
    expect(answer.headers.get('x-aegis-request-id')).toBe(body.request_id);
    expect(body.error).toMatch(/\.$/);
    expect(body.hint).not.toBe('');
    const entries = world.entries({ request_id: body.request_id });
    expect(entries).toHaveLength(1);
    expect(entries[0]).toMatchObject({ action: 'gate.request', outcome: 'denied', code: body.code });
    expect(service.seen.length).toBe(before);
    return { status: answer.status, headers: answer.headers, ...body, entry: entries[0] };
  };

  test('without a token, or with a wrong one', async () => {
    const missing = await raw(
      world.port,
      `GET /echo/ HTTP/1.1\r\nHost: 127.0.0.1:${world.port}\r\nConnection: close\r\n\r\n`,
    );
    expect(missing.status).toBe(401);
    expect(missing.headers['www-authenticate']).toContain('Bearer');
    expect(refusalOf(missing).code).toBe('AGENT_AUTH_MISSING');
    expect(await refused('/echo/', { headers: { 'x-aegis-agent': 'aegis_agt_nonsense' } })).toMatchObject({
      status: 401,
      code: 'AGENT_AUTH_INVALID',
    });
  });

  test('an explicit wrong token is not papered over by a right one elsewhere', async () => {
    const answer = await refused('/echo/', {
      headers: { 'x-aegis-agent': 'wrong', authorization: `Bearer ${token}` },
    });
    expect(answer.code).toBe('AGENT_AUTH_INVALID');
  });

  test('for a service nobody has, without making a label of its name', async () => {
    const answer = await refused('/no-such-service/x');
    expect(answer).toMatchObject({ status: 404, code: 'NO_CREDENTIAL' });
    expect(answer.entry?.service).toBeNull();
    expect(answer.entry?.agent).toBe('alice');
  });

  test('without a grant', async () => {
    await world.credential('others', service.url, SECRET);
    expect(await refused('/others/x')).toMatchObject({ status: 403, code: 'AGENT_SCOPE' });
  });

  test('outside the scope of the credential', async () => {
    await world.credential('readonly', service.url, SECRET, { scopes: ['read'] });
    const { token: reader } = await world.agent('reader', 'readonly');
    const headers = { 'x-aegis-agent': reader };
    expect((await call('/readonly/x', { headers })).status).toBe(200);
    expect(await refused('/readonly/x', { method: 'DELETE', headers })).toMatchObject({
      status: 403,
      code: 'CREDENTIAL_SCOPE',
    });
    expect(await refused('/readonly/x', { method: 'PROPFIND', headers })).toMatchObject({
      code: 'CREDENTIAL_SCOPE',
    });
  });

  test('towards a host the credential is not for', async () => {
    const answer = await refused('/echo/x', { headers: { 'x-target-host': 'evil.example.com' } });
    expect(answer).toMatchObject({ status: 403, code: 'DOMAIN_GUARD', requested: 'evil.example.com' });
    for (const host of [
      `user@127.0.0.1:${service.port}`,
      `127.1:${service.port}`,
      `2130706433:${service.port}`,
      `0x7f.1:${service.port}`,
      `127.0.0.1:${service.port}/x`,
      `127.0.0.1.:${service.port + 1}`,
      'exa%6dple.com',
      'localhost',
      '',
    ]) {
      expect((await refused('/echo/x', { headers: { 'x-target-host': host } })).code).toBe('DOMAIN_GUARD');
    }
    // The credential's own host may be spelled out.
    expect(
      (await call('/echo/x', { headers: { 'x-target-host': `127.0.0.1:${service.port}` } })).status,
    ).toBe(200);
  });

  test('with the token in the path', async () => {
    const answer = await refused(`/echo/bot${token}/x`);
    expect(answer.code).toBe('PATH_REFUSED');
    expect(JSON.stringify(answer.entry)).not.toContain(token);
  });

  test('of a removed credential and a revoked agent', async () => {
    await world.credential('gone', service.url, SECRET);
    const agent = await world.agent('leaver', 'gone');
    const headers = { 'x-aegis-agent': agent.token };
    expect((await call('/gone/x', { headers })).status).toBe(200);
    await world.vault.remove('gone', ACTOR);
    expect((await refused('/gone/x', { headers })).code).toBe('NO_CREDENTIAL');
    await world.identity.revoke(agent.id, ACTOR);
    expect((await refused('/gone/x', { headers })).code).toBe('AGENT_AUTH_INVALID');
  });
});

describe('the Gate itself', () => {
  test('health is open, metrics are for agents and hold no label an agent made up', async () => {
    expect(await (await fetch(`${world.url}/_aegis/health`)).json()).toEqual({ status: 'ok' });
    expect((await fetch(`${world.url}/_aegis/metrics`)).status).toBe(401);
    await call('/made-up-by-agent/x');
    const text = await (await call('/_aegis/metrics')).text();
    expect(text).toContain('aegis_gate_requests_total{service="echo"}');
    expect(text).toContain('aegis_gate_refused_total{reason="NO_CREDENTIAL"}');
    expect(text).not.toContain('made-up-by-agent');
    expect((await call('/_aegis/else')).status).toBe(404);
  });

  test('tells its state', () => {
    expect(world.gate.status()).toMatchObject({ state: 'ok', url: world.url });
  });

  test('says when its port is taken', async () => {
    const second = await World.open().then((other) => other);
    await expect(second.gate.listen({ host: '127.0.0.1', port: world.port })).rejects.toMatchObject({
      code: 'PORT_IN_USE',
    });
    await second.dispose();
  });
});
