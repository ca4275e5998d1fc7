import type { AgentWithToken, Credential } from '#contract';
import type { Host } from './host.ts';

/** A caller of the Gate with a token of its own, as a program outside of any session has it. */
export async function makeAgent(host: Host, name: string): Promise<AgentWithToken> {
  return host.call('POST', '/v1/agents', { name });
}

export async function storeCredential(
  host: Host,
  fields: Partial<Credential> & { name: string; secret: string },
): Promise<Credential> {
  return host.call('POST', '/v1/vaults/default/credentials', {
    service: fields.name,
    domains: ['api.example.com'],
    auth_type: 'bearer',
    ...fields,
  });
}

export const grant = (host: Host, agent: AgentWithToken, credential: string): Promise<unknown> =>
  host.call('PUT', `/v1/agents/${agent.id}/grants/${credential}`);

export interface GateAnswer {
  readonly status: number;
  readonly code: string | undefined;
  readonly text: string;
  readonly hint: string | undefined;
}

/** One request through the Gate. */
export async function throughGate(
  host: Host,
  path: string,
  headers: Record<string, string>,
): Promise<GateAnswer> {
  const response = await fetch(`${host.gate}${path}`, { headers });
  const text = await response.text();
  const body = (text.startsWith('{') ? JSON.parse(text) : {}) as { code?: string; hint?: string };
  return { status: response.status, code: body.code, text, hint: body.hint };
}
