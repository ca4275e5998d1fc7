import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  Agent,
  type AgentId,
  AgentWithToken,
  type AuditEvent,
  type Credential,
  type CredentialId,
  type LiveEvent,
} from '#contract';
import { AegisError } from '../base/errors.ts';
import { newId } from '../base/ids.ts';
import { silentLog } from '../base/log.ts';
import type { Actor } from '../base/principal.ts';
import { LiveHub } from '../live/index.ts';
import { openDatabase } from '../store/index.ts';
import { Identity, identitySchema } from './index.ts';
import { newToken } from './tokens.ts';

const OWNER: Actor = { name: 'owner', via: 'system' };

const credential = (name: string): Credential => ({
  id: newId('crd'),
  vault: 'default',
  name,
  version: 1,
  service: name,
  domains: ['api.example.com'],
  auth_type: 'bearer',
  header_name: null,
  query_name: null,
  scopes: ['*'],
  upstream: null,
  allow_private: false,
  created_at: '2026-01-01T00:00:00.000Z',
  expires_at: null,
  last_used_at: null,
});

function setUp() {
  const dir = mkdtempSync(join(tmpdir(), 'aegis-identity-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  const credentials = ['anthropic', 'openai'].map(credential);
  const [anthropic, openai] = credentials as [Credential, Credential];
  const find = (test: (one: Credential) => boolean): Credential => {
    const found = credentials.find(test);
    if (!found) throw new AegisError('NOT_FOUND', 'There is no such credential.');
    return found;
  };
  const events: AuditEvent[] = [];
  const ledger = {
    down: false,
    async append(event: AuditEvent): Promise<void> {
      await Promise.resolve();
      if (ledger.down) throw new AegisError('LEDGER_UNAVAILABLE', 'The ledger cannot be written.');
      events.push(event);
    },
  };
  const live = new LiveHub();
  const published: LiveEvent[] = [];
  live.subscribe((event) => published.push(event));
  const open = (): Identity => {
    const db = openDatabase(join(dir, 'aegis.db'), [identitySchema]);
    const identity = new Identity({
      db,
      ledger,
      live,
      log: silentLog(),
      credentials: {
        byName: (vault, name) => find((one) => one.vault === vault && one.name === name),
        byId: (id) => find((one) => one.id === id),
      },
    });
    onTestFinished(async () => {
      await identity.dispose();
      db.close();
    });
    return identity;
  };
  return { dir, anthropic, openai, events, ledger, live, published, open };
}

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    (error: unknown) => (error instanceof AegisError ? error.code : String(error)),
  );

describe('an agent', () => {
  test('is created with a token shown once, authenticates, and is revoked at once', async () => {
    const { open, events, published, dir } = setUp();
    const identity = open();
    const made = await identity.create('robot', OWNER);
    expect(AgentWithToken.parse(made)).toEqual(made);
    expect(identity.authenticate(made.token)).toEqual({ id: made.id, name: 'robot', session_id: null });
    expect(identity.list()).toEqual([Agent.parse(identity.get(made.id))]);

    const heard: AgentId[] = [];
    identity.onRevoked((id) => heard.push(id));
    const revoking = identity.revoke(made.id, OWNER);
    expect(identity.authenticate(made.token)).toBeUndefined();
    expect(heard).toEqual([made.id]);
    expect((await revoking).revoked_at).not.toBeNull();
    expect(await identity.revoke(made.id, OWNER)).toEqual(await revoking);
    expect(identity.list()).toEqual([]);
    expect(identity.get(made.id).revoked_at).not.toBeNull();
    expect(events.map((event) => event.action)).toEqual(['agent.created', 'agent.revoked']);
    expect(published.map((event) => event.type)).toEqual(['agent.changed', 'agent.changed']);

    const visible = JSON.stringify([identity.list(), identity.get(made.id), events, published]);
    expect(visible).not.toContain(made.token.slice(-40));
    for (const file of readdirSync(dir))
      expect(readFileSync(join(dir, file)).includes(made.token.slice(-40))).toBe(false);
  });

  test('is dead though the database cannot be told, says so, and stays dead once it can', async () => {
    const { dir, events, open } = setUp();
    const identity = open();
    const made = await identity.create('robot', OWNER);
    const outside = openDatabase(join(dir, 'aegis.db'), [identitySchema]);
    outside.exec('ALTER TABLE agents RENAME TO elsewhere');
    const refused = await identity.revoke(made.id, OWNER).catch((error: unknown) => error);
    expect(refused).toMatchObject({ code: 'INTERNAL', hint: expect.stringContaining('revoke it again') });
    expect(identity.authenticate(made.token)).toBeUndefined();
    expect(events.at(-1)).toMatchObject({ action: 'agent.revoked', details: { stored: false } });
    outside.exec('ALTER TABLE elsewhere RENAME TO agents');
    outside.close();
    expect(await codeOf(identity.grant(made.id, 'anthropic', 'default', OWNER))).toBe('NOT_FOUND');
    expect((await identity.revoke(made.id, OWNER)).revoked_at).not.toBeNull();
    expect(open().authenticate(made.token)).toBeUndefined();
  });

  test('survives a restart; a revoked one does not come back', async () => {
    const { open } = setUp();
    const first = open();
    const [kept, gone] = [await first.create('kept', OWNER), await first.create('gone', OWNER)];
    await first.grant(kept.id, 'anthropic', 'default', OWNER);
    await first.revoke(gone.id, OWNER);
    const again = open();
    expect(again.authenticate(kept.token)?.id).toBe(kept.id);
    expect(again.authenticate(gone.token)).toBeUndefined();
    expect(again.get(kept.id).grants).toEqual(first.get(kept.id).grants);
    expect(again.get(gone.id).revoked_at).not.toBeNull();
  });

  test('gets a new token, and the old one stops at once', async () => {
    const { open, events } = setUp();
    const identity = open();
    const made = await identity.create('robot', OWNER);
    await identity.grant(made.id, 'anthropic', 'default', OWNER);
    let hungUp = 0;
    identity.onRevoked(() => {
      hungUp += 1;
    });
    const fresh = await identity.regenerate(made.id, OWNER);
    expect(hungUp).toBe(1);
    expect(fresh).toMatchObject({ id: made.id, name: 'robot' });
    expect(fresh.grants).toHaveLength(1);
    expect(identity.authenticate(made.token)).toBeUndefined();
    expect(identity.authenticate(fresh.token)?.id).toBe(made.id);
    expect(open().authenticate(fresh.token)?.id).toBe(made.id);
    expect(events.at(-1)?.action).toBe('agent.regenerated');
    await identity.revoke(made.id, OWNER);
    expect(await codeOf(identity.regenerate(made.id, OWNER))).toBe('NOT_FOUND');
  });

  test('keeps its name while it lives, also when two are created at once', async () => {
    const { open } = setUp();
    const identity = open();
    const codes = await Promise.all([1, 2].map(() => codeOf(identity.create('robot', OWNER))));
    expect(codes.sort()).toEqual(['NAME_TAKEN', 'done']);
    const [robot] = identity.list();
    await identity.revoke(robot?.id ?? newId('agt'), OWNER);
    expect(await codeOf(identity.create('robot', OWNER))).toBe('done');
  });

  test('that nobody made is not found', async () => {
    const identity = setUp().open();
    const id = newId('agt');
    expect(() => identity.get(id)).toThrow(expect.objectContaining({ code: 'NOT_FOUND' }));
    for (const work of [
      identity.revoke(id, OWNER),
      identity.regenerate(id, OWNER),
      identity.grant(id, 'anthropic', 'default', OWNER),
      identity.ungrant(id, 'anthropic', 'default', OWNER),
    ]) {
      expect(await codeOf(work)).toBe('NOT_FOUND');
    }
  });

  test('remembers when it was used', async () => {
    const { open } = setUp();
    const identity = open();
    const { id } = await identity.create('robot', OWNER);
    identity.touch(id);
    const used = identity.get(id).last_used_at;
    expect(used).not.toBeNull();
    await identity.dispose();
    expect(open().get(id).last_used_at).toBe(used);
  });
});

describe('authentication', () => {
  test('refuses everything but the exact token', async () => {
    const identity = setUp().open();
    const { token } = await identity.create('robot', OWNER);
    const foreign = newToken().token;
    // The right id with another well-formed secret: found, and refused by its hash.
    const { token: spare } = newToken();
    const forged = token.slice(0, 23) + spare.slice(23);
    for (const wrong of [
      '',
      'x',
      token.slice(0, -1),
      `${token} `,
      token.toUpperCase(),
      foreign,
      forged,
      spare,
    ]) {
      expect(identity.authenticate(wrong), wrong).toBeUndefined();
    }
    expect(identity.authenticate(token)).toBeDefined();
  });

  test('gives out nothing of the hash', async () => {
    const identity = setUp().open();
    const { token } = await identity.create('robot', OWNER);
    expect(Object.keys(identity.authenticate(token) ?? {})).toEqual(['id', 'name', 'session_id']);
  });
});

describe('grants', () => {
  test('are given once, taken away at once, and heard', async () => {
    const { open, anthropic, openai, events } = setUp();
    const identity = open();
    const { id } = await identity.create('robot', OWNER);
    expect(identity.mayUse(id, anthropic.id)).toBe(false);
    const granted = await identity.grant(id, 'anthropic', 'default', OWNER);
    expect(granted.grants).toMatchObject([
      { credential_id: anthropic.id, credential: 'anthropic', vault: 'default' },
    ]);
    expect(await identity.grant(id, 'anthropic', 'default', OWNER)).toEqual(granted);
    expect(identity.mayUse(id, anthropic.id)).toBe(true);
    expect(identity.mayUse(id, openai.id)).toBe(false);

    const lost: CredentialId[] = [];
    identity.onUngranted((one) => lost.push(one.credential_id));
    expect((await identity.ungrant(id, 'anthropic', 'default', OWNER)).grants).toEqual([]);
    expect(identity.mayUse(id, anthropic.id)).toBe(false);
    expect(lost).toEqual([anthropic.id]);
    expect(await codeOf(identity.ungrant(id, 'anthropic', 'default', OWNER))).toBe('NOT_FOUND');
    expect(await codeOf(identity.grant(id, 'nothing', 'default', OWNER))).toBe('NOT_FOUND');
    expect(await codeOf(identity.grant(id, 'anthropic', 'other', OWNER))).toBe('NOT_FOUND');
    expect(events.map((event) => event.action)).toEqual(['agent.created', 'grant.added', 'grant.removed']);
    expect(open().mayUse(id, anthropic.id)).toBe(false);
  });

  test('end with the credential', async () => {
    const { open, anthropic, live } = setUp();
    const identity = open();
    const { id } = await identity.create('robot', OWNER);
    await identity.grant(id, 'anthropic', 'default', OWNER);
    live.publish({ type: 'credential.removed', credential_id: anthropic.id });
    expect(identity.mayUse(id, anthropic.id)).toBe(false);
    expect(identity.get(id).grants).toEqual([]);
    expect(open().get(id).grants).toEqual([]);
  });

  test('end with the agent', async () => {
    const { open, anthropic } = setUp();
    const identity = open();
    const { id } = await identity.create('robot', OWNER);
    await identity.grant(id, 'anthropic', 'default', OWNER);
    await identity.revoke(id, OWNER);
    expect(identity.mayUse(id, anthropic.id)).toBe(false);
    expect(await codeOf(identity.grant(id, 'openai', 'default', OWNER))).toBe('NOT_FOUND');
  });
});

describe('a session agent', () => {
  test('is born with its grants and dies with its session', async () => {
    const { open, anthropic, openai, events } = setUp();
    const identity = open();
    const [one, two] = [newId('ses'), newId('ses')];
    const named = { name: 'claude-code', credential_ids: [anthropic.id, anthropic.id] };
    const first = await identity.issueSessionAgent({ session_id: one, ...named }, OWNER);
    const second = await identity.issueSessionAgent({ session_id: two, ...named }, OWNER);
    expect(Agent.parse(first.agent)).toMatchObject({ session_id: one, name: 'claude-code' });
    expect(first.agent.grants).toHaveLength(1);
    expect(identity.mayUse(first.agent.id, anthropic.id)).toBe(true);
    expect(identity.mayUse(first.agent.id, openai.id)).toBe(false);
    expect(identity.authenticate(first.token)).toMatchObject({ session_id: one });
    await identity.revokeSession(one, OWNER);
    expect(identity.authenticate(first.token)).toBeUndefined();
    expect(identity.authenticate(second.token)).toMatchObject({ session_id: two });
    expect(events.map((event) => [event.action, event.session_id])).toEqual([
      ['agent.created', one],
      ['agent.created', two],
      ['agent.revoked', one],
    ]);
    await identity.revokeSession(one, OWNER);
  });

  test('with an unknown credential is not made', async () => {
    const { open } = setUp();
    const identity = open();
    const input = { session_id: newId('ses'), name: 'shell', credential_ids: [newId('crd')] };
    expect(await codeOf(identity.issueSessionAgent(input, OWNER))).toBe('NOT_FOUND');
    expect(identity.list()).toEqual([]);
  });
});

describe('without a ledger', () => {
  test('nothing is given, but what is taken away is gone', async () => {
    const { open, ledger, anthropic } = setUp();
    const identity = open();
    const { id, token } = await identity.create('robot', OWNER);
    const other = await identity.create('other', OWNER);
    await identity.grant(id, 'anthropic', 'default', OWNER);
    ledger.down = true;
    const session = { session_id: newId('ses'), name: 's', credential_ids: [] };
    for (const work of [
      () => identity.create('more', OWNER),
      () => identity.issueSessionAgent(session, OWNER),
      () => identity.regenerate(id, OWNER),
      () => identity.grant(id, 'openai', 'default', OWNER),
      () => identity.ungrant(id, 'anthropic', 'default', OWNER),
      () => identity.revoke(other.id, OWNER),
    ]) {
      expect(await codeOf(work())).toBe('LEDGER_UNAVAILABLE');
    }
    expect(identity.list().map((agent) => agent.name)).toEqual(['robot']);
    expect(identity.authenticate(token)?.id).toBe(id);
    expect(identity.mayUse(id, anthropic.id)).toBe(false);
    expect(identity.authenticate(other.token)).toBeUndefined();
    expect(open().authenticate(other.token)).toBeUndefined();
  });
});

test('a write that fails after its entry is followed by an error entry, and nothing is given', async () => {
  const { open, events, dir } = setUp();
  const identity = open();
  const breaker = openDatabase(join(dir, 'aegis.db'), [identitySchema]);
  breaker.exec('DROP TABLE agent_grants; DROP TABLE agents;');
  breaker.close();
  expect(await codeOf(identity.create('robot', OWNER))).toBe('INTERNAL');
  expect(identity.list()).toEqual([]);
  expect(events.map((event) => [event.action, event.outcome])).toEqual([
    ['agent.created', 'allowed'],
    ['agent.created', 'error'],
  ]);
});
