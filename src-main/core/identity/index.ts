/** Who acts at the Gate: agent identities, their tokens and grants. */
export { type CredentialLookup, Identity } from './identity.ts';
export { identitySchema } from './schema.ts';
