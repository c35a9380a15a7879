import { TrustedRoot } from '@sigstore/protobuf-specs';
import { toTrustMaterial } from '@sigstore/verify';
import { ChartsealError } from '../../base/error.ts';
import { clean } from '../../base/text.ts';

/**
 * Refuses what is no trusted root, before it takes the place of one: a good signature says who published it, not that
 * it can be used here.
 * @throws ChartsealError `sigstore.root_invalid`
 */
export function acceptTrustedRoot(bytes: Uint8Array): void {
  try {
    const root = TrustedRoot.fromJSON(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
    toTrustMaterial(root);
    if (root.certificateAuthorities.length > 0 && root.tlogs.length + root.timestampAuthorities.length > 0)
      return;
  } catch (cause) {
    throw new ChartsealError('sigstore.root_invalid', `the fetched trusted root: ${clean(cause)}`, { cause });
  }
  throw new ChartsealError(
    'sigstore.root_invalid',
    'the fetched trusted root names no authority, or nothing that tells the time of a signature',
  );
}
