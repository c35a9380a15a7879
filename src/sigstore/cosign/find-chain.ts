import type { X509Certificate } from '@sigstore/core';
import type { CertAuthority } from './material.ts';
import type { LeafCertificate } from './read-certificate.ts';
import { verifyChain } from './verify-chain.ts';

/**
 * A path from a signer's certificate to an authority that is trusted at that time (sigstore-go:pkg/verify/certificate.go,
 * pkg/root/certificate_authority.go).
 * @param at milliseconds since the epoch
 */
export function findChain(
  { x509 }: LeafCertificate,
  at: number,
  authorities: readonly CertAuthority[],
): X509Certificate[] | undefined {
  for (const { certChain, validFor } of authorities) {
    const root = certChain.at(-1);
    if (root === undefined || at < validFor.start.getTime() || at > validFor.end.getTime()) continue;
    const intermediates = certChain.slice(0, -1);
    const chain = verifyChain({ leaf: x509, root, intermediates, at, purpose: 'codeSigning' });
    if (chain !== undefined) return chain;
  }
  return undefined;
}
