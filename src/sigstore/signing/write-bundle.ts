import { BUNDLE_V03_MEDIA_TYPE, type Bundle, bundleFromJSON, bundleToJSON } from '@sigstore/bundle';
import { ChartsealError } from '../../base/error.ts';
import type { SignedContent, Testimony } from './witness.ts';

/** What a bundle says who signed: the certificate, the leaf alone, or how the key is called. */
type VerificationContent = Bundle['verificationMaterial']['content'];

/** A sigstore bundle of version 0.3 as JSON (sigstore's protobuf specs, sigstore_bundle.proto). */
export function writeBundle(
  content: SignedContent,
  signer: VerificationContent,
  { tlogEntries, rfc3161Timestamps }: Required<Testimony>,
): Uint8Array {
  const json = bundleToJSON({
    mediaType: BUNDLE_V03_MEDIA_TYPE,
    verificationMaterial: {
      content: signer,
      tlogEntries,
      timestampVerificationData: rfc3161Timestamps.length === 0 ? undefined : { rfc3161Timestamps },
    },
    content,
  });
  try {
    bundleFromJSON(json);
  } catch {
    throw new ChartsealError('sign.self_check', 'the bundle that was made is not well-formed');
  }
  return new TextEncoder().encode(JSON.stringify(json));
}
