import { randomBytes } from 'node:crypto';
import { realpathSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, isAbsolute, join, resolve } from 'node:path';
import type { Credential, Session, SessionInput } from '#contract';
import { AegisError, errnoOf } from '../base/errors.ts';
import { newId } from '../base/ids.ts';
import type { Actor } from '../base/principal.ts';
import { privateFolder } from '../base/secure-files.ts';
import { nowIso } from '../base/time.ts';
import { profileEnv } from '../gate/index.ts';
import type { AgentAdapter, Environment } from './agents/adapter.ts';
import { checkUserEnvironment, inheritedEnvironment, sessionEnvironment } from './environment.ts';
import { hashHookToken } from './hook-desk.ts';
import type { SessionsOptions } from './ports.ts';
import type { CreateSpec } from './pty-host-types.ts';
import type { SessionRecord } from './records.ts';

const HOOK_TOKEN = 'AEGIS_HOOK_TOKEN';
const DEFAULT_COLS = 120;
const DEFAULT_ROWS = 32;

export interface Prepared {
  readonly record: SessionRecord;
  readonly spec: CreateSpec;
  readonly through_gate: boolean;
}

/**
 * Checks a new session's input and makes everything it needs: folder, program, identity with its grants, environment and
 * command line. Nothing runs yet; what was issued is the caller's to revoke if it does not start.
 */
export async function prepare(
  input: SessionInput,
  actor: Actor,
  adapter: AgentAdapter,
  login: Environment,
  options: SessionsOptions,
): Promise<Prepared> {
  const work_dir = checkFolder(input.work_dir ?? ownFolder(adapter, options));
  checkUserEnvironment(input.env ?? {});
  if (input.command !== undefined && adapter.kind !== 'shell') {
    throw new AegisError('INVALID_INPUT', `${adapter.label} takes no command.`, {
      hint: 'Use the agent "shell" to start a program of your choice.',
      data: { errors: [{ pointer: '/command', detail: 'only for shell' }] },
    });
  }
  const clean = inheritedEnvironment(login);
  const path = await installedPath(adapter, clean);
  if (adapter.kind === 'demo') await options.demo?.ensure();
  const credentials = chooseCredentials(input, adapter, options);
  const gate = options.gateUrl();
  if (credentials.length > 0 && gate === null) {
    throw new AegisError(
      'GATE_UNAVAILABLE',
      'The Gate is not running, so the agent could not reach its services.',
      {
        hint: 'Look at the Gate in the status bar; it says why. Then start the session again.',
      },
    );
  }

  const id = newId('ses');
  const name = input.name ?? basename(work_dir);
  const hookToken = `aegis_hook_${randomBytes(32).toString('base64url')}`;
  // Before anything is issued: an adapter may refuse.
  const launch = adapter.launch({
    session_id: id,
    path,
    work_dir,
    prompt: input.prompt,
    command: input.command,
    env: { ...clean, ...input.env },
    hook_url: `http://127.0.0.1:${options.ptyHost.hookPort}/v1/hooks/${adapter.kind}`,
    hook_token_variable: HOOK_TOKEN,
  });
  const { agent, token } = await options.identity.issueSessionAgent(
    { session_id: id, name, credential_ids: credentials.map((credential) => credential.id) },
    actor,
  );
  const env = sessionEnvironment({
    login: clean,
    user: input.env ?? {},
    agent: launch.env,
    gate: gate === null ? {} : gateEnvironment(credentials, gate, token),
    aegis: {
      AEGIS_SESSION_ID: id,
      ...(gate === null ? {} : { AEGIS_GATE_URL: gate, AEGIS_AGENT_TOKEN: token }),
      ...(adapter.reader ? { [HOOK_TOKEN]: hookToken } : {}),
    },
  });
  const cols = input.cols ?? DEFAULT_COLS;
  const rows = input.rows ?? DEFAULT_ROWS;
  const now = nowIso();
  const session: Session = {
    id,
    agent: adapter.kind,
    agent_id: agent.id,
    name,
    state: 'starting',
    state_reason: 'starts',
    state_since: now,
    work_dir,
    command: [...launch.shown],
    pid: null,
    owner: actor.name,
    credentials: credentials.map((credential) => credential.name),
    pending_approvals: 0,
    last_line: '',
    cols,
    rows,
    created_at: now,
    ended_at: null,
    exit_code: null,
  };
  const hook = { token_hash: hashHookToken(hookToken), held_events: [...adapter.held_events] };
  return {
    record: { session, hook_token_hash: hook.token_hash, data: launch.data, killed_by: null, removed: false },
    spec: {
      id,
      file: launch.file,
      args: [...launch.args],
      cwd: work_dir,
      env,
      cols,
      rows,
      ...(adapter.reader ? { hook } : {}),
    },
    through_gate: credentials.length > 0,
  };
}

/** The demo agent writes notes; a newcomer's home folder is no place for them. */
function ownFolder(adapter: AgentAdapter, { demoDir }: SessionsOptions): string {
  if (adapter.kind !== 'demo' || demoDir === undefined) {
    throw new AegisError('INVALID_INPUT', 'work_dir: name a folder.', {
      hint: 'Say in which folder the agent works.',
      data: { errors: [{ pointer: '/work_dir', detail: 'name a folder' }] },
    });
  }
  privateFolder(demoDir);
  return demoDir;
}

/** @throws FOLDER_MISSING saying which */
function checkFolder(given: string): string {
  const expanded = given === '~' || given.startsWith('~/') ? join(homedir(), given.slice(1)) : given;
  const missing = (why: string) =>
    new AegisError('FOLDER_MISSING', `${expanded} ${why}.`, {
      hint: 'Choose a folder that exists; make it first if it is new.',
      data: { errors: [{ pointer: '/work_dir', detail: why }] },
    });
  if (!isAbsolute(expanded) || expanded.includes('\0')) throw missing('is not an absolute path');
  try {
    if (!statSync(expanded).isDirectory()) throw missing('is not a folder');
    realpathSync(expanded);
  } catch (error) {
    if (error instanceof AegisError) throw error;
    throw missing(errnoOf(error) === 'EACCES' ? 'may not be entered' : 'does not exist');
  }
  return resolve(expanded);
}

/** @throws AGENT_NOT_INSTALLED saying how to install it */
async function installedPath(adapter: AgentAdapter, env: Environment): Promise<string> {
  const probe = await adapter.probe(env);
  if (probe.installed && probe.path !== null) return probe.path;
  throw new AegisError('AGENT_NOT_INSTALLED', `${adapter.label} is not on the PATH of your login shell.`, {
    hint:
      adapter.install_hint === null ? 'Install it, then try again.' : `Install it: ${adapter.install_hint}`,
  });
}

/** Those named, or, when none is named, those for the service the agent speaks to. @throws NOT_FOUND */
function chooseCredentials(
  input: SessionInput,
  adapter: AgentAdapter,
  { vault }: SessionsOptions,
): readonly Credential[] {
  const known = vault.info().name;
  if (input.vault !== undefined && input.vault !== known) {
    throw new AegisError('NOT_FOUND', `There is no vault named ${input.vault}.`, {
      hint: `Leave it out to use the vault ${known}.`,
    });
  }
  if (input.credentials !== undefined) return input.credentials.map((name) => vault.get(name));
  return adapter.service === null ? [] : vault.forService(adapter.service);
}

const gateEnvironment = (credentials: readonly Credential[], gate: string, token: string): Environment =>
  Object.assign({}, ...credentials.map((credential) => profileEnv(credential, gate, token)));
