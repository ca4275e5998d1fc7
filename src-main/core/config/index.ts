import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { z } from 'zod';
import { AegisError, messageOf } from '../base/errors.ts';

/** Where a value came from, for `aegis config show`. Flags win over environment over file over defaults. */
export type ConfigSource = 'flag' | 'environment' | 'file' | 'default';

const Port = z.coerce.number().int().min(0).max(65535);

/** Every setting: its schema (with the default) and the environment names that set it. */
const SETTINGS = {
  host: { schema: z.string().min(1).default('127.0.0.1'), env: ['AEGIS_HOST', 'MANUS_HOST'] },
  /** Control API and console. 0 takes any free port. */
  port: { schema: Port.default(9100), env: ['AEGIS_PORT', 'MANUS_PORT'] },
  gate_port: { schema: Port.default(3100), env: ['AEGIS_GATE_PORT', 'MANUS_GATE_PORT'] },
  state_dir: {
    schema: z.string().min(1).default(join(homedir(), '.aegis')),
    env: ['AEGIS_STATE_DIR', 'MANUS_STATE_DIR'],
  },
  log_level: {
    schema: z.enum(['silent', 'error', 'warn', 'info', 'debug', 'trace']).default('info'),
    env: ['AEGIS_LOG_LEVEL', 'MANUS_LOG_LEVEL'],
  },
  max_sessions: {
    schema: z.coerce.number().int().min(1).max(1000).default(50),
    env: ['AEGIS_MAX_SESSIONS', 'MANUS_MAX_SESSIONS'],
  },
  /** An admin bearer token for the control API. */
  auth_token: {
    schema: z.string().min(16, 'must be at least 16 characters').optional(),
    env: ['AEGIS_AUTH_TOKEN', 'MANUS_AUTH_TOKEN'],
  },
  /** Stands in for the keychain on servers. Environment only: a key does not belong in a file. */
  master_key: {
    schema: z
      .string()
      .regex(/^[0-9a-fA-F]{64}$/, 'must be 64 hexadecimal digits')
      .optional(),
    env: ['AEGIS_MASTER_KEY'],
  },
} as const;

type Settings = typeof SETTINGS;
export type ConfigKey = keyof Settings;
export type Config = { readonly [K in ConfigKey]: z.output<Settings[K]['schema']> };

/** Settings that must not stand in a file or on a command line. */
const ENVIRONMENT_ONLY: ReadonlySet<ConfigKey> = new Set(['master_key']);
const KEYS = Object.keys(SETTINGS) as ConfigKey[];
const isKey = (key: string): key is ConfigKey => Object.hasOwn(SETTINGS, key);

export interface LoadedConfig {
  readonly config: Config;
  readonly sources: Readonly<Record<ConfigKey, ConfigSource>>;
  /** The file that was read, if any. */
  readonly file: string | null;
}

export interface ConfigInput {
  readonly flags?: Partial<Record<ConfigKey | 'config', string>>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Reads all layers. Throws INVALID_INPUT with every problem at once. */
export function loadConfig({ flags = {}, env }: ConfigInput): LoadedConfig {
  const problems: string[] = [];
  const file = findFile(flags, env);
  const fromFile = file === null ? {} : readFile(file, env, problems);
  const values: Partial<Record<ConfigKey, unknown>> = {};
  const sources = {} as Record<ConfigKey, ConfigSource>;
  for (const key of KEYS) {
    const { schema, env: names } = SETTINGS[key];
    const envName = names.find((name) => env[name] !== undefined && env[name] !== '');
    const [raw, source, label] = pick(key, flags[key], envName, env, fromFile[key]);
    const parsed = schema.safeParse(raw);
    if (parsed.success)
      values[key] = key === 'state_dir' ? resolve(expandHome(String(parsed.data))) : parsed.data;
    else for (const issue of parsed.error.issues) problems.push(`${label}: ${issue.message}`);
    sources[key] = source;
  }
  if (problems.length > 0) {
    throw new AegisError('INVALID_INPUT', `The configuration is not valid:\n  ${problems.join('\n  ')}`, {
      hint: `Known settings: ${KEYS.join(', ')}.`,
    });
  }
  return { config: values as Config, sources, file };
}

function pick(
  key: ConfigKey,
  flag: string | undefined,
  envName: string | undefined,
  env: ConfigInput['env'],
  fileValue: unknown,
): [unknown, ConfigSource, string] {
  if (flag !== undefined) return [flag, 'flag', `--${key.replaceAll('_', '-')}`];
  if (envName !== undefined) return [env[envName], 'environment', envName];
  if (fileValue !== undefined) return [fileValue, 'file', key];
  return [undefined, 'default', key];
}

/** The named file must exist; the usual ones in the state folder may. */
function findFile(flags: NonNullable<ConfigInput['flags']>, env: ConfigInput['env']): string | null {
  const named = flags.config ?? env.AEGIS_CONFIG ?? env.MANUS_CONFIG;
  if (named !== undefined && named !== '') {
    const path = resolve(expandHome(named));
    if (!existsSync(path)) {
      throw new AegisError('INVALID_INPUT', `The configuration file ${path} does not exist.`, {
        hint: 'Check --config and AEGIS_CONFIG.',
      });
    }
    return path;
  }
  const stateDir = flags.state_dir ?? env.AEGIS_STATE_DIR ?? env.MANUS_STATE_DIR ?? join(homedir(), '.aegis');
  for (const name of ['aegis.config.yaml', 'aegis.config.yml', 'aegis.config.json']) {
    const path = join(resolve(expandHome(stateDir)), name);
    if (existsSync(path)) return path;
  }
  return null;
}

function readFile(
  path: string,
  env: ConfigInput['env'],
  problems: string[],
): Partial<Record<ConfigKey, unknown>> {
  let content: unknown;
  try {
    // JSON is YAML: one parser reads both.
    content = parseYaml(readFileSync(path, 'utf8')) ?? {};
  } catch (error) {
    problems.push(`${path} cannot be read: ${messageOf(error)}`);
    return {};
  }
  if (typeof content !== 'object' || content === null || Array.isArray(content)) {
    problems.push(`${path} must hold settings as "name: value" lines`);
    return {};
  }
  const known: Partial<Record<ConfigKey, unknown>> = {};
  for (const [key, value] of Object.entries(content)) {
    if (!isKey(key)) problems.push(`${path}: unknown setting "${key}"`);
    else if (ENVIRONMENT_ONLY.has(key)) problems.push(`${path}: "${key}" may only be set in the environment`);
    else
      known[key] =
        typeof value === 'string' ? expandVariables(value, env, `${path}: ${key}`, problems) : value;
  }
  return known;
}

/** `${NAME}` in a file stands for the environment variable, so that secrets stay out of files. */
function expandVariables(value: string, env: ConfigInput['env'], where: string, problems: string[]): string {
  return value.replaceAll(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name: string) => {
    const found = env[name];
    if (found === undefined) problems.push(`${where} refers to \${${name}}, which is not set`);
    return found ?? '';
  });
}

const expandHome = (path: string): string =>
  path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(1)) : path;
