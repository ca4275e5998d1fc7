import { readdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { JsonValue } from '#contract';
import { type Environment, field, type Pulse, textField } from './adapter.ts';

/** Where Claude Code keeps its own state; only ever read. */
export const claudeConfigDir = (env: Environment): string =>
  env.CLAUDE_CONFIG_DIR || join(env.HOME || homedir(), '.claude');

/**
 * What `claude agents --json` prints, from the file it reads: `<config>/sessions/<pid>.json`. The program may have been
 * started through a wrapper, so when the pid's own file is missing, the one that names our session id is looked for.
 */
export async function claudePulse(
  configDir: string,
  sessionId: string,
  pid: number,
): Promise<Pulse | undefined> {
  const folder = join(configDir, 'sessions');
  const own = await readStatus(join(folder, `${pid}.json`));
  if (own) return pulseOf(own);
  const names = await readdir(folder).catch(() => []);
  for (const name of names.slice(0, 200)) {
    if (!/^[0-9]+\.json$/.test(name)) continue;
    const status = await readStatus(join(folder, name));
    if (status !== undefined && textField(status, 'sessionId') === sessionId) return pulseOf(status);
  }
  return undefined;
}

async function readStatus(path: string): Promise<JsonValue | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as JsonValue;
  } catch {
    return undefined;
  }
}

function pulseOf(status: JsonValue): Pulse | undefined {
  const name = textField(status, 'status');
  const since = field(status, 'statusUpdatedAt') ?? field(status, 'updatedAt');
  if (typeof since !== 'number') return undefined;
  if (name !== 'busy' && name !== 'idle' && name !== 'waiting') return undefined;
  return { status: name, since, waiting_for: textField(status, 'waitingFor') ?? null };
}

/**
 * Settings of an administrator or of the user that keep our hooks from running. Without hooks the agent works, but its
 * questions stay in its terminal.
 */
export async function claudeHookLimits(env: Environment): Promise<string[]> {
  const limits: string[] = [];
  for (const path of await managedFiles()) {
    const settings = await readStatus(path);
    for (const key of ['disableAllHooks', 'allowManagedHooksOnly']) {
      if (field(settings, key) === true) limits.push(blocked(`${key} in ${path}`));
    }
    if (Array.isArray(field(settings, 'allowedHttpHookUrls'))) {
      limits.push(blocked(`allowedHttpHookUrls in ${path}, unless it lists http://127.0.0.1:*`));
    }
    if (Array.isArray(field(settings, 'httpHookAllowedEnvVars'))) {
      limits.push(blocked(`httpHookAllowedEnvVars in ${path}, unless it lists AEGIS_HOOK_TOKEN`));
    }
  }
  const own = join(claudeConfigDir(env), 'settings.json');
  if (field(await readStatus(own), 'disableAllHooks') === true)
    limits.push(blocked(`disableAllHooks in ${own}`));
  return limits;
}

const blocked = (why: string): string =>
  `Its questions cannot be answered in Aegis, only in its terminal: hooks are off by ${why}.`;

const MANAGED_FOLDERS: Partial<Record<NodeJS.Platform, string>> = {
  darwin: '/Library/Application Support/ClaudeCode',
  win32: 'C:\\Program Files\\ClaudeCode',
};

async function managedFiles(): Promise<string[]> {
  const folder = MANAGED_FOLDERS[process.platform] ?? '/etc/claude-code';
  const parts = await readdir(join(folder, 'managed-settings.d')).catch(() => []);
  return [
    join(folder, 'managed-settings.json'),
    ...parts.filter((name) => name.endsWith('.json')).map((name) => join(folder, 'managed-settings.d', name)),
  ];
}
