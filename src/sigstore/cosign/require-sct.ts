import type { X509Certificate } from '@sigstore/core';
import { countScts } from './count-scts.ts';
import type { LogAuthority } from './material.ts';
import type { LeafCertificate } from './read-certificate.ts';
import { Refusal } from './refusal.ts';

/** @throws Refusal unless a log of certificates knows this one */
export function requireSct(
  { x509 }: LeafCertificate,
  chain: readonly X509Certificate[] | undefined,
  logs: readonly LogAuthority[],
): void {
  const issuer = chain?.[1];
  let count = 0;
  try {
    count = issuer === undefined ? 0 : countScts(x509, issuer, logs);
  } catch {
    throw new Refusal('failed to parse SCT list from certificate');
  }
  if (count === 0) throw new Refusal('only able to verify 0 SCT entries; unable to meet threshold of 1');
}
