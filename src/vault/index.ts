export { readTransitKey, type TransitKey, type TransitKeyOptions } from './read-transit-key.ts';
export { type TransitHash, type TransitInput, transitSign } from './transit-sign.ts';
export { type VaultClient, type VaultKeyOptions, vaultClient } from './vault-client.ts';
