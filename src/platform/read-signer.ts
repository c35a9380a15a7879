import type { Clock } from '../base/clock.ts';
import type { ReadSigner } from '../config/index.ts';

/**
 * Takes the keys under `signing` into use. The code for it is loaded when there is one.
 * @param options.fetch reaches vaults, whose addresses are written out and may be private
 */
export function createSignerReader(options: { fetch: typeof fetch; clock: Clock }): ReadSigner {
  return async (source) => {
    const { readSecretKey, vaultSigner } = await import('../provenance/index.ts');
    const helm = source.unsafeAllow.includes('ed25519') ? 'current' : 'every';
    const at = options.clock();
    if (source.kind === 'secret') {
      return readSecretKey(source.armored, { passphrase: source.passphrase, at, helm });
    }
    const { address, key, token, publicKey, mount, namespace, keyVersion } = source;
    const { fetch } = options;
    return vaultSigner({ address, key, token, publicKey, mount, namespace, keyVersion, fetch, at, helm });
  };
}
