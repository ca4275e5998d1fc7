/** The vault: secrets encrypted at rest, opened only for the Gate. */
export { coversTarget } from './domains.ts';
export { EnvironmentKey, type KeyStore, SystemKeychain } from './key-stores.ts';
export { Vault } from './vault.ts';
