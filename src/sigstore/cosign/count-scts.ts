import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { EXTENSION_OID_SCT, type X509Certificate, X509SCTExtension } from '@sigstore/core';
import type { LogAuthority } from './material.ts';

/**
 * How many logs of certificates signed that they know this one (RFC 6962, section 3.2; sigstore-go:pkg/verify/sct.go): the
 * timestamps that it carries, by the logs of the trusted root.
 */
export function countScts(
  leaf: X509Certificate,
  issuer: X509Certificate,
  logs: readonly LogAuthority[],
): number {
  // What the log signed is the certificate without the timestamps; taking them out changes it, so out of a copy.
  const copy = leaf.clone();
  const at = copy.extensions.findIndex((extension) => extension.subs[0]?.toOID() === EXTENSION_OID_SCT);
  const extension = copy.extensions[at];
  if (extension === undefined) return 0;
  const { signedCertificateTimestamps } = new X509SCTExtension(extension);
  copy.extensions.splice(at, 1);
  const certificate = copy.tbsCertificate.toDER();
  const head = Buffer.alloc(35);
  createHash('sha256').update(issuer.publicKey).digest().copy(head);
  head.writeUIntBE(certificate.length, 32, 3);
  const signed = Buffer.concat([head, certificate]);
  const verified = new Set<string>();
  for (const sct of signedCertificateTimestamps) {
    const time = sct.datetime;
    const log = logs.find(
      ({ logID, validFor }) => logID.equals(sct.logID) && validFor.start <= time && time <= validFor.end,
    );
    if (log !== undefined && sct.verify(signed, log.publicKey)) verified.add(sct.logID.toString('hex'));
  }
  return verified.size;
}
