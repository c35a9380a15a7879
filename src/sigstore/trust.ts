import type { SigstoreKey } from './key.ts';
import type { TrustedRoot } from './trusted-root.ts';

/** The predicate type of what `cosign sign` makes since version 3; the only one that is taken for a signature by default. */
export const COSIGN_SIGN = 'https://sigstore.dev/cosign/sign/v1';

/** Whom a trust name stands for. */
export type SigstoreIdentity =
  | { kind: 'key'; key: SigstoreKey }
  | {
      kind: 'keyless';
      /** A glob; one without an asterisk is compared to the letter. */
      issuer: string;
      /** Globs, one of which the subject alternative name must match. Never empty. */
      subjects: readonly string[];
      /** Globs by the name of the certificate extension (camelCase); all must match. */
      extensions: ReadonlyMap<string, string>;
    };

/** A trust entry of the sigstore scheme, everything in it parsed once. */
export interface SigstoreTrust {
  scheme: 'sigstore';
  name: string;
  identity: SigstoreIdentity;
  /** Predicate types that count as a signature; never empty. Legacy `.sig` signatures count as `COSIGN_SIGN`. */
  predicateTypes: readonly string[];
  /** cosign annotations (`cosign sign -a`) that must be signed, compared to the letter. */
  annotations: ReadonlyMap<string, string>;
  /** keyless without a log needs a signed timestamp all the same. */
  transparencyLog: 'required' | 'optional';
  certificateTransparency: 'required' | 'optional';
  /** undefined only for a key with `transparencyLog: optional`. */
  root: TrustedRoot | undefined;
}
