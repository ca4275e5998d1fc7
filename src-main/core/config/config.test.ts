import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig } from './index.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'aegis-config-'));
});
afterEach(() => rmSync(dir, { recursive: true }));

/** How a configuration file refers to the environment. */
const reference = (name: string): string => `\${${name}}`;

test('defaults are those of the documentation', () => {
  const { config, file } = loadConfig({ env: {}, flags: { state_dir: dir } });
  expect(config).toMatchObject({
    host: '127.0.0.1',
    port: 9100,
    gate_port: 3100,
    max_sessions: 50,
    log_level: 'info',
  });
  expect(file).toBeNull();
});

test('flags beat environment, environment beats file, and the source is told', () => {
  writeFileSync(join(dir, 'aegis.config.yaml'), 'port: 1001\ngate_port: 1002\nhost: 127.0.0.2\n');
  const { config, sources } = loadConfig({
    flags: { state_dir: dir, port: '3001' },
    env: { AEGIS_PORT: '2001', AEGIS_GATE_PORT: '2002' },
  });
  expect(config).toMatchObject({ port: 3001, gate_port: 2002, host: '127.0.0.2' });
  expect(sources).toMatchObject({
    port: 'flag',
    gate_port: 'environment',
    host: 'file',
    log_level: 'default',
  });
});

test.each([
  ['AEGIS_PORT', '7001', 'port', 7001],
  ['MANUS_PORT', '7002', 'port', 7002],
  ['AEGIS_HOST', '127.0.0.3', 'host', '127.0.0.3'],
  ['AEGIS_GATE_PORT', '7003', 'gate_port', 7003],
  ['AEGIS_LOG_LEVEL', 'debug', 'log_level', 'debug'],
  ['AEGIS_MAX_SESSIONS', '7', 'max_sessions', 7],
  ['AEGIS_AUTH_TOKEN', 'a-token-of-some-length', 'auth_token', 'a-token-of-some-length'],
  ['AEGIS_MASTER_KEY', 'ab'.repeat(32), 'master_key', 'ab'.repeat(32)],
] as const)('%s sets %s', (name, value, key, expected) => {
  expect(loadConfig({ env: { [name]: value }, flags: { state_dir: dir } }).config[key]).toBe(expected);
});

test('AEGIS_CONFIG names the file, and a reference in it reads the environment', () => {
  const path = join(dir, 'other.json');
  writeFileSync(path, JSON.stringify({ auth_token: reference('MY_TOKEN') }));
  const { config } = loadConfig({
    env: { AEGIS_CONFIG: path, MY_TOKEN: 'x'.repeat(20), AEGIS_STATE_DIR: dir },
  });
  expect(config.auth_token).toBe('x'.repeat(20));
});

test('every problem is listed at once, unknown keys included', () => {
  writeFileSync(
    join(dir, 'aegis.config.yaml'),
    `prot: 1\nmaster_key: aa\nhost: "${reference('NOT_SET_ANYWHERE')}"\n`,
  );
  const load = () =>
    loadConfig({ env: { AEGIS_PORT: '99999', AEGIS_MASTER_KEY: 'short' }, flags: { state_dir: dir } });
  expect(load).toThrow(/AEGIS_PORT.*[\s\S]*AEGIS_MASTER_KEY/);
  expect(load).toThrow(/unknown setting "prot"/);
  expect(load).toThrow(/"master_key" may only be set in the environment/);
  expect(load).toThrow(/NOT_SET_ANYWHERE/);
});

test('a broken or missing file is named', () => {
  writeFileSync(join(dir, 'aegis.config.yaml'), 'port: [1');
  expect(() => loadConfig({ env: {}, flags: { state_dir: dir } })).toThrow(
    /aegis\.config\.yaml cannot be read/,
  );
  expect(() => loadConfig({ env: { AEGIS_CONFIG: join(dir, 'none.yaml') } })).toThrow(/does not exist/);
});
