/** The vault: secrets encrypted at rest, opened only for the Gate. */
export {
  canonicalHost,
  coversTarget,
  isPrivateHost,
  matchDomain,
  type Parsed,
  parseDomainPattern,
} from './domains.ts';
export { EnvironmentKey, KEYCHAIN_SERVICE, type KeyStore, SystemKeychain } from './key-stores.ts';
export type { FieldProblem } from './rules.ts';
export { Vault, type VaultOptions } from './vault.ts';
