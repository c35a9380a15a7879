import type { SigningConfig } from './read-signing-config.ts';
import { mayUseLog, type SelectedServices, selectServices } from './select-services.ts';
import { signChart } from './sign-chart.ts';
import type { SignerEnvironment, SigstoreSigner } from './signer.ts';
import type { SigningKey } from './signing-key.ts';
import { unusableKey } from './unusable-key.ts';

/** What a signer with a key is made of. */
export interface KeySignerOptions extends SignerEnvironment {
  key: SigningKey;
  /** Which log and which timestamp authority; without one, neither is used. */
  signingConfig?: SigningConfig | undefined;
}

/**
 * A signer with a key of one's own, as `cosign sign --key`. Nothing is asked before something is signed.
 * @throws ChartsealError sign.cosign_key_unusable when the log cannot hold signatures of such a key, sign.signing_config when
 *   no service in it can be used now
 */
export function createKeySigner(options: KeySignerOptions): SigstoreSigner {
  const { key, signingConfig, clock, random } = options;
  const select = (at: number): SelectedServices =>
    signingConfig === undefined ? NONE : selectServices(signingConfig, at, random);
  if (signingConfig !== undefined) refuseUnfit(key, signingConfig);
  select(clock());
  return {
    kind: 'key',
    key: { ...key.public, pem: key.publicPem },
    cosignFlags: flagsOf(key, select(clock())),
    sign: (input) => signChart(input, { key, services: select(input.at), environment: options }),
  };
}

const NONE: SelectedServices = { certificateAuthority: undefined, logs: [], timestampAuthorities: [] };

function refuseUnfit(key: SigningKey, config: SigningConfig): void {
  if (key.algorithm.hash !== undefined || !mayUseLog(config, 2)) return;
  throw unusableKey(
    `an ${key.algorithm.name} key cannot be used with the transparency log of the signing config: its entries hold the hash that was signed, so it takes Ed25519ph alone, which cosign verify refuses`,
  );
}

function flagsOf({ algorithm }: SigningKey, { logs }: SelectedServices): string[] {
  return [...(algorithm.cosignFlags ?? []), ...(logs.length > 0 ? [] : ['--insecure-ignore-tlog'])];
}
