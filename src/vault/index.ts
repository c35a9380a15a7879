export { readTransitKey } from './read-transit-key.ts';
export { transitSign } from './transit-sign.ts';
export { type VaultKeyOptions, vaultClient } from './vault-client.ts';
