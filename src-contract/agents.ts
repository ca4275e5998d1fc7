import { z } from 'zod';
import { Name, PageInput, pageOf, Timestamp } from './common.ts';
import { AgentId, CredentialId, SessionId } from './ids.ts';
import { procedure } from './procedure.ts';

/** Leave for one agent to use one credential. */
export const Grant = z.object({
  credential_id: CredentialId,
  credential: Name,
  vault: Name,
  granted_at: Timestamp,
});
export type Grant = z.infer<typeof Grant>;

/** An identity at the Gate. `session_id` is set for the short-lived identity of one session. */
export const Agent = z.object({
  id: AgentId,
  name: z.string(),
  session_id: SessionId.nullable(),
  /** First characters of the token, to recognise it by; never enough to use it. */
  token_prefix: z.string(),
  created_at: Timestamp,
  revoked_at: Timestamp.nullable(),
  last_used_at: Timestamp.nullable(),
  grants: z.array(Grant),
});
export type Agent = z.infer<typeof Agent>;

/** The answer to create and regenerate: the only time a token is shown. */
export const AgentWithToken = Agent.extend({ token: z.string() });
export type AgentWithToken = z.infer<typeof AgentWithToken>;

const tag = 'agents';
const byId = z.strictObject({ id: AgentId });
const grantPath = z.strictObject({ id: AgentId, credential: Name, vault: Name.optional() });

export const agentsContract = {
  list: procedure('agent:read', { method: 'GET', path: '/v1/agents', summary: 'List agent identities', tag })
    .input(PageInput)
    .output(pageOf(Agent)),
  create: procedure('agent:write', {
    method: 'POST',
    path: '/v1/agents',
    summary: 'Create an agent identity; its token is shown once',
    tag,
    successStatus: 201,
  })
    .input(z.strictObject({ name: Name }))
    .output(AgentWithToken),
  get: procedure('agent:read', { method: 'GET', path: '/v1/agents/{id}', summary: 'Show one agent', tag })
    .input(byId)
    .output(Agent),
  revoke: procedure('agent:write', {
    method: 'DELETE',
    path: '/v1/agents/{id}',
    summary: 'Revoke an agent: its token stops working at once',
    tag,
  })
    .input(byId)
    .output(Agent),
  regenerate: procedure('agent:write', {
    method: 'POST',
    path: '/v1/agents/{id}/regenerate',
    summary: 'Replace the token; the old one stops working at once',
    tag,
  })
    .input(byId)
    .output(AgentWithToken),
  grant: procedure('agent:write', {
    method: 'PUT',
    path: '/v1/agents/{id}/grants/{credential}',
    summary: 'Allow the agent to use a credential',
    tag,
  })
    .input(grantPath)
    .output(Agent),
  ungrant: procedure('agent:write', {
    method: 'DELETE',
    path: '/v1/agents/{id}/grants/{credential}',
    summary: 'Take the use of a credential away from the agent',
    tag,
  })
    .input(grantPath)
    .output(Agent),
};
