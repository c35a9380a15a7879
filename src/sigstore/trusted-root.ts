import type { TrustMaterial } from '@sigstore/verify';

/** A trusted_root.json, parsed once: keys and certificates of logs, certificate and timestamp authorities. */
export interface TrustedRoot {
  /** `sha256:…` of the file. */
  digest: string;
  material: TrustMaterial;
}
