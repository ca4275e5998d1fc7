import { expect, test } from 'vitest';
import { CredentialInput } from '#contract';
import {
  AMBIENT_CREDENTIAL_VARS,
  isAmbientCredential,
  MODEL_PROFILES,
  profileEnv,
  profileFor,
} from './profiles.ts';

const GATE = 'http://127.0.0.1:3100';

test('each profile makes a valid credential and an environment that holds the token alone', () => {
  for (const profile of MODEL_PROFILES) {
    const { service, domain, auth_type, header_name } = profile;
    CredentialInput.parse({
      name: service,
      service,
      secret: 'x',
      domains: [domain],
      auth_type,
      ...(header_name === null ? {} : { header_name }),
    });
    const env = profileEnv({ service, domains: [domain] }, GATE, 'token-1');
    expect(Object.values(env)).toContain('token-1');
    expect(Object.values(env).some((value) => value.startsWith(`${GATE}/${service}`))).toBe(true);
  }
});

test('the environments are those the clients read', () => {
  const env = (service: string) => profileEnv({ service, domains: [] }, GATE, 't');
  expect(env('anthropic')).toEqual({ ANTHROPIC_BASE_URL: `${GATE}/anthropic`, ANTHROPIC_AUTH_TOKEN: 't' });
  expect(env('openai')).toEqual({ OPENAI_BASE_URL: `${GATE}/openai/v1`, OPENAI_API_KEY: 't' });
  expect(env('google')).toEqual({ GOOGLE_GEMINI_BASE_URL: `${GATE}/google`, GEMINI_API_KEY: 't' });
  expect(env('something')).toEqual({});
});

test('a credential under another name is found by its host', () => {
  const credential = { service: 'claude-work', domains: ['api.anthropic.com'] };
  expect(profileFor(credential)?.id).toBe('anthropic');
  expect(profileEnv(credential, GATE, 't').ANTHROPIC_BASE_URL).toBe(`${GATE}/claude-work`);
});

test('an agent inherits no secret of its user, and everything else', () => {
  for (const name of [
    'ANTHROPIC_API_KEY',
    'Anthropic_Api_Key',
    'AWS_SECRET_ACCESS_KEY',
    'GITHUB_TOKEN',
    'AEGIS_MASTER_KEY',
    'AEGIS_AUTH_TOKEN',
    'STRIPE_API_KEY',
    'DB_PASSWORD',
    'CARGO_REGISTRY_TOKEN',
    'VERCEL_TOKEN',
    'SESSION_SECRET',
    'PGPASSWORD',
    'GPG_PASSPHRASE',
  ]) {
    expect(isAmbientCredential(name)).toBe(true);
  }
  for (const name of ['PATH', 'HOME', 'LANG', 'SSH_AUTH_SOCK']) expect(isAmbientCredential(name)).toBe(false);
  expect(isAmbientCredential('TOKENIZERS_PARALLELISM')).toBe(false);
});

test('every line of the table gives its reason, and none twice', () => {
  for (const { why } of AMBIENT_CREDENTIAL_VARS) expect(why.length).toBeGreaterThan(8);
  const names = AMBIENT_CREDENTIAL_VARS.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
});

test('what a profile sets is itself on the list, so that the user’s own value never stays', () => {
  for (const profile of MODEL_PROFILES) {
    for (const name of Object.keys(profile.env('x', 'y'))) expect(isAmbientCredential(name)).toBe(true);
  }
});
