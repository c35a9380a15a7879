import type { Clock } from '../base/clock.ts';
import { sleep } from '../base/sleep.ts';
import type { ReadSigstoreSigner } from '../config/index.ts';
import type { ServiceTimeouts, SigningKey } from '../sigstore/index.ts';

/**
 * Takes what signs for sigstore under `signing` into use. The code for it is loaded when there is something.
 * @param options.fetch reaches vaults and the services of a signing config, whose addresses are written out and may be
 * private
 */
export function createSigstoreSignerReader(options: {
  fetch: typeof globalThis.fetch;
  clock: Clock;
  sleep?: (ms: number, signal: AbortSignal) => Promise<void>;
  timeouts?: ServiceTimeouts;
}): ReadSigstoreSigner {
  const { clock, timeouts } = options;
  const environment = {
    fetch: options.fetch,
    clock,
    timeouts,
    sleep: options.sleep ?? sleep,
    random: Math.random,
  };
  return async (source) => {
    const { createKeylessSigner, createKeySigner, readCosignKey, readSigningConfig, vaultCosignKey } =
      await import('../sigstore/index.ts');
    const signingConfig =
      source.signingConfig === undefined ? undefined : readSigningConfig(source.signingConfig);
    if (source.kind === 'keyless') {
      if (signingConfig === undefined) throw new Error('keyless without a signing config');
      return createKeylessSigner({ ...environment, signingConfig });
    }
    const key: SigningKey =
      source.kind === 'secret'
        ? await readCosignKey(source.pem, { passphrase: source.passphrase })
        : vaultCosignKey({ ...source, fetch: options.fetch });
    return createKeySigner({ ...environment, key, signingConfig });
  };
}
