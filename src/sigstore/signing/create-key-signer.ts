import type { SigningConfig } from './read-signing-config.ts';
import { type SelectedServices, selectServices } from './select-services.ts';
import { signChart } from './sign-chart.ts';
import type { SignatureAlgorithm } from './signature-algorithm.ts';
import type { SignerEnvironment, SigstoreSigner } from './signer.ts';
import type { SigningKey } from './signing-key.ts';
import { unusableKey } from './unusable-key.ts';

/** What a signer with a key is made of. */
interface KeySignerOptions extends SignerEnvironment {
  key: SigningKey;
  /** Which log and which timestamp authority; without one, neither is used. */
  signingConfig?: SigningConfig | undefined;
  /** Will signatures for the `.sig` tag be asked for? Then the key must be fit for them too. Default: false. */
  legacy?: boolean | undefined;
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
  const { logs } = select(clock());
  for (const { majorApiVersion } of logs) {
    const why = unfit(key.algorithm, majorApiVersion, options.legacy === true);
    if (why !== undefined)
      throw unusableKey(`${key.algorithm.name} cannot be used with this signing config: ${why}`);
  }
  return {
    kind: 'key',
    key: { ...key.public, pem: key.publicPem },
    cosignFlags: [
      ...(key.algorithm.cosignFlags ?? []),
      ...(logs.length > 0 ? [] : ['--insecure-ignore-tlog']),
    ],
    sign: (input) => signChart(input, { key, services: select(input.at), environment: options }),
  };
}

const NONE: SelectedServices = { certificateAuthority: undefined, logs: [], timestampAuthorities: [] };

const HASHED = 'which hold the hash that was signed, so only Ed25519ph fits, and cosign verify refuses that';

function unfit({ hash }: SignatureAlgorithm, logVersion: number, legacy: boolean): string | undefined {
  if (logVersion === 2)
    return hash === undefined ? `its log takes hashedrekord entries, ${HASHED}` : undefined;
  // rekor:pkg/types/dsse/v0.0.1/entry.go, verifyEnvelope
  if (hash !== undefined && hash !== 'sha256') {
    return `its log, of version 1, verifies envelopes with SHA-256, and this key signs with ${hash.toUpperCase()}`;
  }
  return hash === undefined && legacy
    ? `its log takes signatures for the .sig tag as hashedrekord entries, ${HASHED}`
    : undefined;
}
