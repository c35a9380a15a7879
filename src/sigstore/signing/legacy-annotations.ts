import type { Buffer } from 'node:buffer';
import type { Testimony } from './witness.ts';

/** The annotation that holds the signature of a layer, base64. */
export const SIGNATURE_ANNOTATION = 'dev.cosignproject.cosign/signature';

/**
 * The annotations of a layer of a `.sig` manifest (cosign:pkg/oci/static/signature.go, pkg/cosign/bundle/rekor.go, tsa.go).
 * There is room for one log entry and one timestamp. The entry must have a signed time, so one of a log of version 2 is not
 * written.
 */
export function legacyAnnotations(
  signature: Buffer,
  { tlogEntries, rfc3161Timestamps }: Required<Testimony>,
  certificate?: { leafPem: string; chainPem: string },
): Record<string, string> {
  const entry = tlogEntries.find(({ inclusionPromise }) => inclusionPromise !== undefined);
  const [timestamp] = rfc3161Timestamps;
  return {
    [SIGNATURE_ANNOTATION]: signature.toString('base64'),
    ...(entry && {
      'dev.sigstore.cosign/bundle': JSON.stringify({
        SignedEntryTimestamp: entry.inclusionPromise?.signedEntryTimestamp.toString('base64'),
        Payload: {
          body: entry.canonicalizedBody.toString('base64'),
          integratedTime: Number(entry.integratedTime),
          logIndex: Number(entry.logIndex),
          logID: entry.logId.keyId.toString('hex'),
        },
      }),
    }),
    ...(certificate && {
      'dev.sigstore.cosign/certificate': certificate.leafPem,
      'dev.sigstore.cosign/chain': certificate.chainPem,
    }),
    ...(timestamp && {
      'dev.sigstore.cosign/rfc3161timestamp': JSON.stringify({
        SignedRFC3161Timestamp: timestamp.signedTimestamp.toString('base64'),
      }),
    }),
  };
}
