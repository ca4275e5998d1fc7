import { join } from 'node:path';
import { createORPCClient, ORPCError } from '@orpc/client';
import { OpenAPILink } from '@orpc/openapi-client/fetch';
import { type AegisClient, contract } from '#contract';
import { messageOf } from '../../core/base/errors.ts';
import { findInstance, type InstanceInfo } from '../../core/base/instance-file.ts';
import type { LoadedConfig } from '../../core/config/index.ts';
import { localToken } from '../../core/local-token.ts';
import { CommandError, EXIT } from './exit.ts';

export interface Connection {
  readonly client: AegisClient;
  readonly api: string;
  readonly token: string;
}

/** A typed client for the running control plane of this state folder. Throws with exit code 3 when none runs. */
export async function connect(loaded: LoadedConfig): Promise<Connection> {
  const instance = requireInstance(loaded);
  const token = await tokenFor(loaded);
  const link = new OpenAPILink(contract, {
    url: instance.api,
    headers: { authorization: `Bearer ${token}` },
  });
  return { client: createORPCClient(link), api: instance.api, token };
}

export function requireInstance(loaded: LoadedConfig): InstanceInfo {
  const instance = findInstance(join(loaded.config.state_dir, 'run'));
  if (instance) return instance;
  throw new CommandError(EXIT.notRunning, `No Aegis runs with the state folder ${loaded.config.state_dir}.`, {
    hint: 'Start the app, or "aegis serve".',
  });
}

/** A token from the environment, else the one whoever holds the vault's key may derive. */
async function tokenFor(loaded: LoadedConfig): Promise<string> {
  const { env } = process;
  const given = env.AEGIS_API_KEY || env.AEGIS_USER_TOKEN || loaded.config.auth_token;
  if (given) return given;
  try {
    const { state_dir, master_key } = loaded.config;
    return await localToken({ stateDir: state_dir, environmentKey: master_key });
  } catch (error) {
    throw new CommandError(EXIT.failed, `There is no token to call Aegis with: ${messageOf(error)}`, {
      hint: 'Set AEGIS_AUTH_TOKEN, or unlock the keychain.',
      errorCode: 'UNAUTHENTICATED',
    });
  }
}

/** What went wrong on the way to or inside the control plane, as a command's end. */
export function asCommandError(error: unknown): CommandError {
  if (error instanceof CommandError) return error;
  if (error instanceof ORPCError) {
    const problem: unknown = error.data;
    const hint = typeof problem === 'object' && problem !== null ? Reflect.get(problem, 'hint') : undefined;
    return new CommandError(EXIT.failed, error.message, {
      errorCode: error.code,
      ...(typeof hint === 'string' ? { hint } : {}),
    });
  }
  const cause = error instanceof Error && error.cause !== undefined ? `: ${messageOf(error.cause)}` : '';
  return new CommandError(EXIT.failed, `${messageOf(error)}${cause}`);
}
