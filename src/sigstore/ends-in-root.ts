import type { X509Certificate } from '@sigstore/core';

/**
 * Does the chain of an authority in a trusted root end in a certificate that vouches for itself? `@sigstore/verify` finds
 * no path to it otherwise; Go, and with it cosign, takes the last certificate for the root, whoever issued it.
 */
export function endsInRoot(chain: readonly X509Certificate[]): boolean {
  const last = chain.at(-1);
  return last?.subject.equals(last.issuer) === true;
}
