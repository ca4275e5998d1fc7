/** Who acts at the Gate: agent identities, their tokens and grants. */
export {
  type AgentIdentity,
  type CredentialLookup,
  Identity,
  type IdentityOptions,
} from './identity.ts';
export { identitySchema } from './schema.ts';
export { AGENT_TOKEN_PREFIX, looksLikeAgentToken } from './tokens.ts';
